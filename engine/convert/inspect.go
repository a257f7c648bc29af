package convert

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/docx"
)

// wordFiles are the extensions of files that are taken for Word documents. Old ones
// are among them, to be refused by name rather than passed over.
var wordFiles = []string{".docx", ".docm", ".dotx", ".dotm", ".doc"}

// IsWordFile reports whether a file has the name of a Word document. What Word
// leaves beside an open document (~$name) has not.
func IsWordFile(name string) bool {
	return isWordName(name) && !strings.HasPrefix(path.Base(name), "~$")
}

func isWordName(name string) bool { return slices.Contains(wordFiles, strings.ToLower(path.Ext(name))) }

// An Inspection tells what documents hold, before anything is converted. It is that
// of one document, or of several that were added up.
type Inspection struct {
	Documents int      `json:"documents"` // that could be read
	Unread    []Unread `json:"unread,omitempty"`
	Words     int      `json:"words"`
	Tables    int      `json:"tables"`
	Images    int      `json:"images"`
	Footnotes int      `json:"footnotes"` // and endnotes
	Links     int      `json:"links"`
	ListItems int      `json:"list_items"`
	Formulas  int      `json:"formulas"`
	Comments  int      `json:"comments"`
	Contents
	Headings [9]int         `json:"headings"`           // by level, as the style map says
	Pictures map[string]int `json:"pictures,omitempty"` // by format
	Styles   []StyleSeen    `json:"styles,omitempty"`   // paragraphs first, the most frequent first
	Look     []Seen         `json:"look,omitempty"`     // what a person will have to look at, by kind
}

// An Unread document cannot be converted.
type Unread struct {
	Document string  `json:"document"`
	Reason   *Reason `json:"reason"`
}

// Seen is something that several places may have in common.
type Seen struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Count     int    `json:"count"`
	Documents int    `json:"documents"`
	Example   string `json:"example"` // the first document that has it
}

// A StyleSeen is a style in use and what the style map makes of it.
type StyleSeen struct {
	StyleUse
	Documents int    `json:"documents"`
	Mapped    bool   `json:"mapped"`             // by the style map, or by one that the style is based on
	Proposed  string `json:"proposed,omitempty"` // target for the style map, if it does not name the style

	clues clues
}

// Inspect reads a document and tells what it holds. A document that cannot be read is
// one of Inspection.Unread; an error is about the world.
func Inspect(ctx context.Context, src Source, document string, o Options) (*Inspection, error) {
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, o.Limits.Time)
	defer cancel()
	c := &conversion{
		ctx: ctx, source: src, path: document, options: o, styles: o.StyleMap,
		siblings: map[string]*sibling{}, uses: map[string]bool{},
	}
	i := &Inspection{Documents: 1, Pictures: map[string]int{}}
	defer c.close()
	err := guard(func() error { return i.of(c) })
	var reason *Reason
	if errors.As(err, &reason) {
		return &Inspection{Unread: []Unread{{document, reason}}}, nil
	}
	if err != nil {
		return nil, err
	}
	return i, nil
}

// of reads the document and tells what it holds.
func (i *Inspection) of(c *conversion) error {
	if err := c.load(); err != nil {
		return err
	}
	i.count(c)
	i.Contents = c.contents()
	if i.Skipped > 0 {
		i.look(Seen{
			Code: "skipped-level", Message: "Headings skip levels; their topics are nested one level deeper only.",
			Count: i.Skipped, Documents: 1, Example: c.path,
		})
	}
	i.Styles = c.seenStyles(&i.Headings)
	return nil
}

// count takes over what the reader has counted and noticed.
func (i *Inspection) count(c *conversion) {
	n := c.counts
	i.Words, i.Tables, i.Images, i.Footnotes = n.Words.Total(), n.Tables, n.Images, n.Footnotes
	i.Links, i.ListItems, i.Formulas, i.Comments = n.Links, n.ListItems, n.Formulas, len(c.doc.Comments)
	for _, m := range c.doc.Media {
		i.Pictures[formatName(m)]++
		if todo := formatToDo(m); todo != "" {
			i.look(Seen{Code: "picture-format", Message: todo, Count: 1, Documents: 1, Example: c.path})
		}
	}
	for _, f := range c.doc.Findings {
		if !harmless[f.Code] && f.Code != "picture-format" {
			i.look(Seen{Code: f.Code, Message: sentence(f.Message), Count: max(f.Count, 1), Documents: 1, Example: c.path})
		}
	}
}

// look adds something of a kind that may have been seen.
func (i *Inspection) look(s Seen) {
	for n := range i.Look {
		if i.Look[n].Code == s.Code && i.Look[n].Message == s.Message {
			i.Look[n].Count += s.Count
			if s.Example != i.Look[n].Example {
				i.Look[n].Documents += s.Documents
			}
			return
		}
	}
	i.Look = append(i.Look, s)
}

// Add adds what another document holds.
func (i *Inspection) Add(other *Inspection) {
	i.Unread = append(i.Unread, other.Unread...)
	for _, pair := range [][2]*int{
		{&i.Documents, &other.Documents}, {&i.Words, &other.Words}, {&i.Tables, &other.Tables}, {&i.Images, &other.Images},
		{&i.Footnotes, &other.Footnotes}, {&i.Links, &other.Links}, {&i.ListItems, &other.ListItems},
		{&i.Formulas, &other.Formulas}, {&i.Comments, &other.Comments},
	} {
		*pair[0] += *pair[1]
	}
	for level, n := range other.Headings {
		i.Headings[level] += n
	}
	addCounts(&i.Pictures, other.Pictures)
	i.Contents.add(&other.Contents)
	for _, s := range other.Look {
		i.look(s)
	}
	i.addStyles(other.Styles)
}

func (i *Inspection) addStyles(styles []StyleSeen) {
	known := map[[2]string]int{}
	for n, s := range i.Styles {
		known[[2]string{s.Type, fold(s.Name)}] = n
	}
	for _, s := range styles {
		n, ok := known[[2]string{s.Type, fold(s.Name)}]
		if !ok {
			i.Styles = append(i.Styles, s)
			continue
		}
		seen := &i.Styles[n]
		seen.Count += s.Count
		seen.Documents += s.Documents
		seen.Example = firstOf(seen.Example, s.Example)
		seen.Mapped = seen.Mapped && s.Mapped
		seen.clues.add(s.clues)
		seen.propose()
	}
	sortStyles(i.Styles)
}

func sortStyles(styles []StyleSeen) {
	slices.SortFunc(styles, func(a, b StyleSeen) int {
		return cmp.Or(cmp.Compare(b.Type, a.Type), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
}

// seenStyles walks the document for the styles that it uses.
func (c *conversion) seenStyles(headings *[9]int) []StyleSeen {
	seen := map[[2]string]*StyleSeen{}
	use := func(kind, name string) *StyleSeen {
		key := [2]string{kind, fold(name)}
		if seen[key] == nil {
			seen[key] = &StyleSeen{StyleUse: StyleUse{Name: name, Type: kind}, Documents: 1}
		}
		seen[key].Count++
		return seen[key]
	}
	marks := map[string]docx.Marks{}
	for _, s := range c.doc.Styles {
		if s.Type == docx.CharacterStyle {
			marks[fold(s.Name)] = s.Marks
		}
	}
	c.eachStyledParagraph(func(p *docx.Paragraph) {
		text := oneLine(plainText(p.Content))
		if text == "" && !holdsPicture(p.Content) || p.Generated != "" {
			return
		}
		t, mapped := c.styles.paragraph(p)
		if t.name == "heading" {
			headings[t.level-1]++
		}
		s := use("paragraph", p.Style)
		s.Mapped, s.Treated = mapped, t.String()
		s.clues.paragraph(p, text, c.monospaced[p.Style])
		s.Example = firstOf(s.Example, abbreviate(text, 60))
		for _, run := range textsOf(p.Content) {
			if run.Style == "" {
				continue
			}
			s := use("character", run.Style)
			name, mapped := c.styles.character(run.Style)
			s.Mapped, s.Treated = mapped, firstOf(name, "its formatting only")
			s.clues.marks = marks[fold(run.Style)]
			s.Example = firstOf(s.Example, abbreviate(oneLine(run.Text), 60))
		}
	})
	styles := make([]StyleSeen, 0, len(seen))
	for _, s := range slices.Collect(maps.Values(seen)) {
		s.propose()
		styles = append(styles, *s)
	}
	sortStyles(styles)
	return styles
}

// eachStyledParagraph calls f with every paragraph of the document.
func (c *conversion) eachStyledParagraph(f func(*docx.Paragraph)) {
	eachParagraph(c.doc.Body, f)
	for _, notes := range [][]docx.Note{c.doc.Footnotes, c.doc.Endnotes} {
		for _, n := range notes {
			eachParagraph(n.Blocks, f)
		}
	}
}

// textsOf returns the runs of text in inlines, those of links and fields included.
func textsOf(content []docx.Inline) []*docx.Text {
	var out []*docx.Text
	for _, in := range content {
		switch in := in.(type) {
		case *docx.Text:
			out = append(out, in)
		case *docx.Link:
			out = append(out, textsOf(in.Content)...)
		case *docx.Reference:
			out = append(out, textsOf(in.Content)...)
		case *docx.Field:
			out = append(out, textsOf(in.Content)...)
		}
	}
	return out
}

// spaces are what style names have between words.
var spaces = regexp.MustCompile(`[\s_.\-]+`)
