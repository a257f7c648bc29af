package convert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/words"
)

// minKept is the share of words that must be kept for a document to need no look.
const minKept = 0.995

// report compares what went in with what will come out, and judges.
func (c *conversion) report() *Report {
	in, out := c.counts, dita.Count(append(c.documents, c.ditamap())...)
	kept := in.Words
	if len(c.droppedWords) > 0 {
		kept = kept.Without(c.droppedWords)
	}
	missing := kept.Without(out.Words)
	lost, total := missing.Total(), kept.Total()
	r := &Report{
		Document: c.path, Topics: len(c.documents), Styles: c.styleUses(), Uses: c.used(), Leads: slices.Sorted(maps.Keys(c.leads)),
		Fidelity: Fidelity{
			Words:     Kept{total, total - lost},
			Tables:    Kept{in.Tables, out.Tables},
			Rows:      Kept{in.Rows, out.Rows},
			Cells:     Kept{in.Cells, out.Cells},
			Images:    Kept{in.Images, out.Images},
			Footnotes: Kept{in.Footnotes, out.Footnotes},
			Links:     Kept{in.Links, out.Links},
			ListItems: Kept{in.ListItems, out.ListItems},
			Headings:  Kept{in.Headings, out.Headings},
			Formulas:  Kept{in.Formulas, out.Formulas},
		},
	}
	c.findings()
	if total > 0 && lost == total {
		return c.rejected(&Reason{Code: "empty_output", Message: fmt.Sprintf("Nothing came of the %d words of the document.", total)})
	}
	c.judgeWords(missing, lost, total)
	r.Warnings, r.Notes, r.Outcome = c.warnings, c.notes, Converted
	if len(r.Warnings) > 0 {
		r.Outcome = WithWarnings
	}
	return r
}

// judgeWords tells which words are missing: somebody must look if they are many.
func (c *conversion) judgeWords(missing words.Tally, lost, total int) {
	if lost == 0 {
		return
	}
	message := fmt.Sprintf("%d of %d words are missing: %s.", lost, total, named(missing))
	if float64(total-lost) < minKept*float64(total) {
		c.warn(CodeWordsLost, message, 0)
	} else {
		c.note(CodeWordsLost, message, 0)
	}
}

// maxNamed is how many missing words a message names.
const maxNamed = 10

// named names words, the most frequent first.
func named(t words.Tally) string {
	list := slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		return cmp.Or(cmp.Compare(t[b], t[a]), cmp.Compare(a, b))
	})
	more := ""
	if len(list) > maxNamed {
		list, more = list[:maxNamed], " and others"
	}
	for i, word := range list {
		list[i] = fmt.Sprintf("%q", word)
	}
	return strings.Join(list, ", ") + more
}

// checkReferences tells what is wrong with the documents that were written. A fault is one of the program,
// and somebody must look at it all the same.
func (c *conversion) checkReferences(w *writer, r *Report) error {
	slices.Sort(w.documents)
	findings, err := w.check.Findings(c.ctx, w.documents)
	for _, f := range findings {
		r.Warnings = append(r.Warnings, Warning{Code: CodeReference, Message: f.Message, Place: fmt.Sprintf("%s, line %d", f.File, f.Line), Count: 1})
		r.Outcome = WithWarnings
	}
	return err
}

// findings passes on what the reader noticed.
func (c *conversion) findings() {
	for _, f := range c.doc.Findings {
		if f.Code == "picture-format" {
			continue // it is said of the picture as it is written
		}
		w := Warning{Code: f.Code, Message: sentence(f.Message), Place: placeOf(f.Part, f.Ordinal), Count: max(f.Count, 1)}
		if harmless[f.Code] {
			c.notes = append(c.notes, w)
		} else {
			c.warnings = append(c.warnings, w)
		}
	}
}

// harmless are findings of the reader that need nobody's look: what was done
// follows a stated policy.
var harmless = map[string]bool{"tracked-change": true, "hidden-text": true}

// sentence makes a sentence of what the reader says.
func sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	return string(unicode.ToUpper(first)) + message[size:] + "."
}

func placeOf(part string, ordinal int) string {
	if ordinal == 0 {
		return part
	}
	if part == "word/document.xml" || part == "" {
		return fmt.Sprintf("paragraph %d", ordinal)
	}
	return fmt.Sprintf("%s, paragraph %d", part, ordinal)
}
