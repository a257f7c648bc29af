package dita

import (
	"strings"

	"github.com/docjobs/docjobs/engine/words"
)

// Counts are how much of everything topics hold.
type Counts struct {
	Words                                                                        words.Tally
	Tables, Rows, Cells, Images, Footnotes, Links, ListItems, Headings, Formulas int
}

// inline are the elements that do not end a word.
var inline = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`b i u sup sub tt ph codeph uicontrol cite term filepath userinput systemoutput q xref indexterm`) {
		names[name] = true
	}
	return names
}()

// headed are the elements whose titles are headings.
var headed = map[string]bool{"topic": true, "concept": true, "task": true, "reference": true, "section": true, "example": true}

// Count counts what the documents hold. Alternative texts of pictures and index
// entries are no words of the text, nor are formulas and what stands for objects. The
// words of a footnote and of its mark stand apart from those around it. Headings are the titles of
// topics, sections and examples.
func Count(documents ...*Document) Counts {
	c := counter{Counts: Counts{Words: words.Tally{}}, text: &strings.Builder{}}
	for _, d := range documents {
		c.element(d.Root, "")
		c.flush()
	}
	return c.Counts
}

type counter struct {
	Counts
	text *strings.Builder
}

// flush ends a stretch of text: no word goes on behind it.
func (c *counter) flush() {
	c.Words.Add(c.text.String())
	c.text.Reset()
}

func (c *counter) element(e *Element, parent string) {
	switch e.Name {
	case "indexterm", "alt":
		return
	case "mathml":
		c.Formulas++
		return
	case "ph":
		switch e.Attr("outputclass") {
		case "formula":
			c.Formulas++
			return
		case "object":
			return
		}
	case "table":
		c.Tables++
	case "row":
		c.Rows++
	case "entry":
		c.Cells++
	case "image":
		c.Images++
	case "fn":
		c.Footnotes++
		c.Words.Add(e.Attr("callout"))
	case "xref":
		c.Links++
	case "li", "step", "substep", "choice":
		c.ListItems++
	case "title":
		if headed[parent] {
			c.Headings++
		}
	}
	if e.Name == "fn" {
		around := c.text
		c.text = &strings.Builder{}
		defer func() { c.text = around }()
	}
	if !inline[e.Name] {
		c.flush()
		defer c.flush()
	}
	for _, child := range e.Children {
		switch child := child.(type) {
		case Text:
			c.text.WriteString(string(child))
		case *Element:
			c.element(child, e.Name)
		}
	}
}
