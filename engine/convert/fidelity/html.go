package fidelity

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/convert"
)

//go:embed page.tmpl.html
var pageHTML string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"cells": cells, "percent": percent, "plural": plural, "outcome": outcome, "number": number, "review": review,
}).Parse(pageHTML))

// Limits of the page; review.csv and fidelity.json have everything.
const (
	maxReviewed = 5000 // documents with something to look at
	maxStyles   = 500
	maxLines    = 100 // warnings or notes of one document
)

// WriteHTML writes a page about documents, all of which were added, as they come.
// The iterator is asked twice.
func (s *Summary) WriteHTML(w io.Writer, documents iter.Seq[Document]) error {
	return page.Execute(w, view{Summary: s, All: documents, Reviewed: reviewed(documents), MaxReviewed: maxReviewed})
}

// A view is what the page shows.
type view struct {
	*Summary
	All         iter.Seq[Document]
	Reviewed    iter.Seq[Document] // that a person must look at
	MaxReviewed int
}

// Review is how many documents a person must look at.
func (v view) Review() int { return v.Documents.Warnings + v.Documents.Failed }

// Unmapped are the styles that the style map does not name, the most frequent first.
func (v view) Unmapped() []convert.StyleUse {
	styles := slices.SortedStableFunc(slices.Values(v.Styles), func(a, b convert.StyleUse) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return styles[:min(len(styles), maxStyles)]
}

// reviewed are the documents that a person must look at, as many as are shown.
func reviewed(documents iter.Seq[Document]) iter.Seq[Document] {
	return func(yield func(Document) bool) {
		n := 0
		for d := range documents {
			if d.Outcome == convert.Converted {
				continue
			}
			if n++; n > maxReviewed || !yield(d) {
				return
			}
		}
	}
}

// review is what somebody must look at, and what was done, as much as is shown.
func review(list []convert.Warning) []convert.Warning { return list[:min(len(list), maxLines)] }

// A cell is what was kept of one kind of things.
type cell struct {
	Name    string
	In, Out int
}

// Less reports whether fewer came out than went in.
func (c cell) Less() bool { return c.Out < c.In }

// cells are what was kept, in the order of the page.
func cells(f convert.Fidelity) []cell {
	return []cell{
		{"Words", f.Words.In, f.Words.Out}, {"Headings", f.Headings.In, f.Headings.Out}, {"List items", f.ListItems.In, f.ListItems.Out},
		{"Tables", f.Tables.In, f.Tables.Out}, {"Rows", f.Rows.In, f.Rows.Out}, {"Cells", f.Cells.In, f.Cells.Out},
		{"Images", f.Images.In, f.Images.Out}, {"Footnotes", f.Footnotes.In, f.Footnotes.Out}, {"Links", f.Links.In, f.Links.Out},
		{"Formulas", f.Formulas.In, f.Formulas.Out},
	}
}

// percent is the share of words that were kept. It is never rounded up to 100 %.
func percent(k convert.Kept) string {
	switch {
	case k.In == 0 || k.Out >= k.In:
		return "100 %"
	case k.Out*100_000 > k.In*99_999:
		return "99.999 %"
	}
	return fmt.Sprintf("%.3f %%", float64(k.Out*100_000/k.In)/1000)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// number writes a number with narrow spaces between thousands.
func number(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// outcome says in words what became of a document.
func outcome(o convert.Outcome) string { return strings.ReplaceAll(string(o), "_", " ") }

// Clean is how many documents nobody has to look at.
func (v view) Clean() int { return v.Documents.Completed - v.Documents.Warnings }
