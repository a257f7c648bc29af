package cli

import (
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
	}{
		{"words", i.Words}, {"tables", i.Tables}, {"pictures", i.Images}, {"list items", i.ListItems}, {"links", i.Links},
		{"footnotes", i.Footnotes}, {"formulas", i.Formulas}, {"comments", i.Comments},
	} {
		if c.n > 0 {
			rows = append(rows, []any{painted{c.name, faint}, c.n})
		}
	}
	var levels []string
	for level, n := range i.Headings {
		if n > 0 {
			levels = append(levels, fmt.Sprintf("%d of level %d", n, level+1))
		}
	}
	if len(levels) > 0 {
		rows = append(rows, []any{painted{"headings", faint}, strings.Join(levels, ", ")})
	}
	var formats []string
	for _, format := range slices.Sorted(maps.Keys(i.Pictures)) {
		formats = append(formats, fmt.Sprintf("%d %s", i.Pictures[format], format))
	}
	if len(formats) > 0 {
		rows = append(rows, []any{painted{"formats", faint}, strings.Join(formats, ", ")})
	}
	p.table(nil, rows)
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
