package docx

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/words"
)

// Counts are how much of everything a document holds.
type Counts struct {
	Words                                                                        words.Tally
	Tables, Rows, Cells, Images, Footnotes, Links, ListItems, Headings, Formulas int
}

// Count counts what the document holds as it is stored: what a conversion must
// hand on. It is a witness of its own and shares nothing with Read but the opening
// of the zip and its limits, the tags and texts of a part, and the policies of Options.
// What counts:
//
//   - Words of the body, of footnotes, endnotes and comments that the text refers to,
//     of text boxes and shapes, and with Options.HeadersFooters of every distinct
//     header and footer. Tabs, breaks, cells and paragraphs end a word; runs,
//     links and note references do not; the mark that a note has of its own is a word
//     apart. Of mc:AlternateContent one alternative counts.
//   - Not what a reader of the document does not see: text that the policies for
//     changes and hidden text leave out, codes of fields (their results count).
//   - Not what Word generates anew: results of TOC, TOA and INDEX fields, numbers of
//     lists. Signs of symbol fonts, charts, SmartArt and files that a w:altChunk
//     includes are no words here, nor are the letters of formulas.
//   - Tables that have a row, rows that were not deleted, and their cells; a cell that
//     continues another one downwards is none.
//   - Formulas, one for each m:oMath.
//   - Pictures that are shown, if the file holds them or says where they are.
//   - Footnotes and endnotes that are referred to and exist.
//   - Links that show something: w:hyperlink and HYPERLINK fields.
//   - Headings and list items that show something: paragraphs with an outline level, and
//     paragraphs without one that are numbered or bulleted, by themselves or by style.
//
// Sections are those of ECMA-376-1: 17.3 paragraphs and runs, 17.4 tables, 17.9
// numbering, 17.11 notes, 17.13.5 changes, 17.16 fields.
func (p *Package) Count(ctx context.Context, o Options) (*Counts, error) {
	c := &counter{ctx: ctx, pkg: p, options: o, counts: &Counts{Words: words.Tally{}}, notes: map[string]map[string]bool{}}
	if err := c.count(); err != nil {
		if world := p.src.failure(); world != nil {
			return nil, world
		}
		return nil, err
	}
	return c.counts, nil
}

// A counter counts one document.
type counter struct {
	ctx     context.Context // of one call of Count
	pkg     *Package
	options Options
	counts  *Counts
	styles  countedStyles
	notes   map[string]map[string]bool // IDs that were referred to, by kind
	headers []string                   // relationships of headers and footers
}

func (c *counter) count() error {
	rels, err := c.pkg.relations(c.ctx, c.pkg.main)
	if err != nil {
		return err
	}
	part := func(kind string) string {
		if rel, ok := rels.first(kind); ok {
			return rel.target
		}
		return "word/" + kind + ".xml"
	}
	if c.styles, err = c.pkg.countedStyles(c.ctx, part("styles")); err != nil {
		return err
	}
	if err := c.story(c.pkg.main, ""); err != nil {
		return err
	}
	for _, kind := range []string{"footnotes", "endnotes", "comments"} {
		if len(c.notes[kind]) == 0 {
			continue
		}
		if err := c.story(part(kind), kind); err != nil {
			return err
		}
	}
	return c.countHeaders(rels)
}

func (c *counter) countHeaders(rels relations) error {
	if c.options.HeadersFooters == DropHeaders {
		return nil
	}
	var seen []string
	for _, id := range c.headers {
		rel, ok := rels[id]
		if !ok || rel.external || slices.Contains(seen, rel.target) || len(seen) >= maxHeaders {
			continue
		}
		seen = append(seen, rel.target)
		if err := c.story(rel.target, ""); err != nil {
			return err
		}
	}
	return nil
}

// story counts one part, if the file has it. The kind is "footnotes", "endnotes",
// "comments" or "".
func (c *counter) story(part, kind string) error {
	rels, err := c.pkg.relations(c.ctx, part)
	if err != nil {
		return err
	}
	x, err := c.pkg.tokens(c.ctx, part)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer x.Close()
	s := &countedStory{counter: c, x: x, rels: rels, kind: kind}
	for x.next() {
		switch x.kind {
		case atStart:
			s.start()
		case atEnd:
			s.end()
		case atText:
			s.text()
		}
	}
	s.finish()
	return x.failed()
}

// pictured tells whether a relationship leads to a picture that can be shown.
func (c *counter) pictured(rels relations, ids ...string) bool {
	for _, id := range ids {
		if rel, ok := rels[id]; id != "" && ok && (rel.external || c.pkg.has(rel.target)) {
			return true
		}
	}
	return false
}

// on tells the value of a toggle (17.17.4).
func on(value string) bool {
	switch strings.ToLower(value) {
	case "0", "false", "off", "none":
		return false
	}
	return true
}
