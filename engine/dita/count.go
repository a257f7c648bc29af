package dita

import (
	"strings"

	"github.com/docjobs/docjobs/engine/words"
)

// Counts are how much of everything topics hold.
type Counts struct {
	Words                                                              words.Tally
	Tables, Rows, Cells, Images, Footnotes, Links, ListItems, Headings int
}

// inline are the elements that do not end a word.
var inline = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`b i u sup sub tt ph codeph uicontrol cite term filepath userinput systemoutput q xref`) {
		names[name] = true
	}
	return names
}()

// Count counts what the documents hold. Alternative texts of pictures and index
// entries are no words of the text, nor are comments, formulas and objects.
func Count(documents ...*Document) Counts {
	c := counter{Counts: Counts{Words: words.Tally{}}}
	for _, d := range documents {
		c.element(d.Root)
		c.flush()
	}
	return c.Counts
}

type counter struct {
	Counts
	text strings.Builder
}

// flush ends a stretch of text: no word goes on behind it.
func (c *counter) flush() {
	c.Words.Add(c.text.String())
	c.text.Reset()
}

func (c *counter) element(e *Element) {
	switch e.Name {
	case "indexterm", "alt", "draft-comment", "mathml":
		return
	case "ph":
		if class := e.Attr("outputclass"); class == "formula" || class == "object" {
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
	case "xref":
		c.Links++
	case "li", "step", "substep":
		c.ListItems++
	case "title":
		c.Headings++
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
			c.element(child)
		}
	}
}
