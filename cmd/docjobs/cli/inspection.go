package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/convert"
)

// maxStyles is how many styles of a kind are shown; JSON has them all.
const maxStyles = 40

// inspection writes what documents hold.
func (p *printer) inspection(i *convert.Inspection) {
	p.printf("%s", painted{count(i.Documents, "document"), bold})
	if n := len(i.Unread); n > 0 {
		p.printf(", and %s that cannot be converted", painted{fmt.Sprint(n), red})
	}
	p.write("\n")
	p.contents(i)
	var named, unnamed []convert.StyleSeen
	for _, s := range i.Styles {
		if s.Mapped {
			named = append(named, s)
		} else {
			unnamed = append(unnamed, s)
		}
	}
	p.styles("Styles that the style map does not name", unnamed)
	p.styles("Styles that it names", named)
	p.toLookAt(i)
}

// contents writes how much of everything there is.
func (p *printer) contents(i *convert.Inspection) {
	var rows [][]any
	for _, c := range []struct {
		name string
		n    int
		more string
	}{
		{"words", i.Words, ""},
		{"headings", sum(i.Headings[:]), headings(i)},
		{"tables", i.Tables, fmt.Sprintf("%s, %s", count(i.Rows, "row"), count(i.Cells, "cell"))},
		{"pictures", i.Images, kinds(i.Pictures)},
		{"list items", i.ListItems, fmt.Sprintf("%s; %d numbered, %d bulleted", count(i.Lists, "list"), i.Numbered, i.Bulleted)},
		{"links", i.Links, ""},
		{"footnotes", i.Footnotes - i.Endnotes, ""}, {"endnotes", i.Endnotes, ""},
		{"formulas", i.Formulas, ""},
		{"comments", i.Comments, ""},
		{"tracked changes", i.Changes, ""},
		{"hidden texts", i.Hidden, ""},
		{"text boxes", i.TextBoxes, ""},
		{"fields", total(i.Fields), kinds(i.Fields)},
		{"objects", total(i.Objects), kinds(i.Objects)},
		{"languages", len(i.Languages), kinds(i.Languages)},
	} {
		if c.n > 0 {
			rows = append(rows, []any{painted{c.name, faint}, c.n, c.more})
		}
	}
	p.table(nil, rows)
}

// headings says how many headings there are of each level, and how many skip one.
func headings(i *convert.Inspection) string {
	var levels []string
	for level, n := range i.Headings {
		if n > 0 {
			levels = append(levels, fmt.Sprintf("%d of level %d", n, level+1))
		}
	}
	text := strings.Join(levels, ", ")
	if i.Skipped > 0 {
		text += fmt.Sprintf("; %d below a level that is not there", i.Skipped)
	}
	return text
}

// maxKinds is how many kinds of one thing are shown; JSON has them all.
const maxKinds = 12

// kinds says how many there are of each kind, the most frequent first.
func kinds(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, name := range names[:min(len(names), maxKinds)] {
		parts = append(parts, fmt.Sprintf("%d %s", counts[name], name))
	}
	if more := len(names) - maxKinds; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more kinds", more))
	}
	return strings.Join(parts, ", ")
}

func total(counts map[string]int) int { return sum(slices.Collect(maps.Values(counts))) }

func sum(numbers []int) (n int) {
	for _, number := range numbers {
		n += number
	}
	return n
}

// styles writes a table of styles, if there are any.
func (p *printer) styles(title string, styles []convert.StyleSeen) {
	if len(styles) == 0 {
		return
	}
	p.printf("\n%s\n", painted{title, bold})
	var rows [][]any
	for _, s := range styles[:min(len(styles), maxStyles)] {
		becomes := s.Treated
		if s.Proposed != "" && s.Proposed != s.Treated {
			becomes += "; proposed: " + s.Proposed
		}
		rows = append(rows, []any{s.Name, s.Type, s.Count, s.Documents, becomes, painted{s.Example, faint}})
	}
	p.table([]string{"STYLE", "TYPE", "USES", "DOCUMENTS", "BECOMES", "FOR EXAMPLE"}, rows)
	if more := len(styles) - maxStyles; more > 0 {
		p.printf("and %d more; --json lists them all.\n", more)
	}
}

// toLookAt writes what people will have to look at, and what cannot be converted.
func (p *printer) toLookAt(i *convert.Inspection) {
	if len(i.Look) > 0 {
		p.printf("\n%s\n", painted{"To look at", bold})
		var rows [][]any
		for _, s := range i.Look {
			rows = append(rows, []any{s.Message, s.Count, s.Documents, painted{s.Example, faint}})
		}
		p.table([]string{"", "TIMES", "DOCUMENTS", "FOR EXAMPLE"}, rows)
	}
	if len(i.Unread) > 0 {
		p.printf("\n%s\n", painted{"Cannot be converted", bold})
		var rows [][]any
		for _, u := range i.Unread {
			rows = append(rows, []any{u.Document, u.Reason.Message})
		}
		p.table([]string{"DOCUMENT", ""}, rows)
	}
}
