package convert

import (
	"github.com/docjobs/docjobs/engine/docx"
)

// Contents are how much of everything documents hold that is found by walking them.
type Contents struct {
	Rows      int            `json:"rows"`
	Cells     int            `json:"cells"`
	Lists     int            `json:"lists"`
	Numbered  int            `json:"numbered_items"` // of the list items
	Bulleted  int            `json:"bulleted_items"`
	Endnotes  int            `json:"endnotes"` // of the footnotes and endnotes
	TextBoxes int            `json:"text_boxes"`
	Skipped   int            `json:"skipped_levels"`      // headings that are more than one level below the one above
	Changes   int            `json:"tracked_changes"`     // insertions and deletions that nobody has decided on
	Hidden    int            `json:"hidden_texts"`        // runs of hidden text
	Fields    map[string]int `json:"fields,omitempty"`    // by name: REF, TOC, DATE …
	Objects   map[string]int `json:"objects,omitempty"`   // by kind: embedded object, chart, diagram …
	Languages map[string]int `json:"languages,omitempty"` // paragraphs by the language of most of their text
}

// contents walks the document.
func (c *conversion) contents() Contents {
	s := &survey{
		conversion: c, lists: map[int]bool{},
		Contents: Contents{Endnotes: len(c.doc.Endnotes), Fields: map[string]int{}, Objects: map[string]int{}, Languages: map[string]int{}},
	}
	s.blocks(c.doc.Body)
	for _, notes := range [][]docx.Note{c.doc.Footnotes, c.doc.Endnotes, c.doc.Comments} {
		for _, n := range notes {
			s.blocks(n.Blocks)
		}
	}
	s.Rows, s.Cells, s.Lists = c.counts.Rows, c.counts.Cells, len(s.lists)
	for _, f := range c.doc.Findings {
		switch f.Code {
		case "tracked-change":
			s.Changes += max(f.Count, 1)
		case "hidden-text":
			s.Hidden += max(f.Count, 1)
		}
	}
	return s.Contents
}

// A survey is the walk through a document.
type survey struct {
	*conversion
	Contents
	lists map[int]bool
	above []int // levels of the headings that the next one stands under
}

func (s *survey) blocks(blocks []docx.Block) {
	for _, block := range blocks {
		switch block := block.(type) {
		case *docx.Paragraph:
			s.paragraph(block)
		case *docx.Table:
			for _, row := range block.Rows {
				for _, cell := range row.Cells {
					s.blocks(cell.Blocks)
				}
			}
		case *docx.TextBox:
			s.TextBoxes++
			s.blocks(block.Blocks)
		case *docx.Group:
			s.blocks(block.Blocks)
		}
	}
}

func (s *survey) paragraph(p *docx.Paragraph) {
	if p.Generated != "" { // one field made many paragraphs
		return
	}
	s.inlines(p.Content)
	t, _ := s.styles.paragraph(p)
	shows := oneLine(plainText(p.Content)) != ""
	if shows {
		s.Languages[firstOf(p.Lang, s.doc.Properties.Language, "not said")]++
	}
	switch {
	case t.name == "heading" && shows:
		s.heading(t.level)
	case t.name != "heading" && p.List != nil && (shows || holdsPicture(p.Content)):
		s.item(p.List)
	}
}

func (s *survey) item(l *docx.ListItem) {
	s.lists[l.List] = true
	switch l.Format {
	case "bullet", "none":
		s.Bulleted++
	default:
		s.Numbered++
	}
}

// heading notes a heading that is more than one level below the one that it stands under.
func (s *survey) heading(level int) {
	for len(s.above) > 0 && s.above[len(s.above)-1] >= level {
		s.above = s.above[:len(s.above)-1]
	}
	under := 0
	if len(s.above) > 0 {
		under = s.above[len(s.above)-1]
	}
	if level > under+1 {
		s.Skipped++
	}
	s.above = append(s.above, level)
}

func (s *survey) inlines(content []docx.Inline) {
	for _, in := range content {
		switch in := in.(type) {
		case *docx.Link:
			s.inlines(in.Content)
		case *docx.Reference:
			s.Fields[in.Kind]++
			s.inlines(in.Content)
		case *docx.Field:
			s.Fields[firstOf(in.Name, "other")]++
			s.inlines(in.Content)
		case *docx.IndexEntry:
			s.Fields["XE"]++
		case *docx.Object:
			s.Objects[in.Kind]++
		}
	}
}

// add adds what another document holds.
func (c *Contents) add(other *Contents) {
	for _, pair := range [][2]*int{
		{&c.Rows, &other.Rows}, {&c.Cells, &other.Cells}, {&c.Lists, &other.Lists}, {&c.Numbered, &other.Numbered},
		{&c.Bulleted, &other.Bulleted}, {&c.Endnotes, &other.Endnotes}, {&c.TextBoxes, &other.TextBoxes},
		{&c.Skipped, &other.Skipped}, {&c.Changes, &other.Changes}, {&c.Hidden, &other.Hidden},
	} {
		*pair[0] += *pair[1]
	}
	addCounts(&c.Fields, other.Fields)
	addCounts(&c.Objects, other.Objects)
	addCounts(&c.Languages, other.Languages)
}

// maxKinds bounds how many names of one sort are counted one by one: those of fields and
// languages are whatever a document says.
const maxKinds = 1000

func addCounts(to *map[string]int, from map[string]int) {
	if *to == nil {
		*to = map[string]int{}
	}
	for name, n := range from {
		if _, known := (*to)[name]; !known && len(*to) >= maxKinds {
			name = "other"
		}
		(*to)[name] += n
	}
}
