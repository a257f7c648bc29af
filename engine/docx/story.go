package docx

import (
	"io"
	"strings"
)

// A story is one part that holds text: the body, the notes, a header. It reads
// its part as a stream and keeps of it what is open: fields, bookmarks that wait
// for a paragraph, the paragraph in hand.
type story struct {
	r        *reader
	x        *xmlReader
	part     string
	rels     relations
	props    propReader
	counters *counters
	ordinal  int      // of the last paragraph that began
	anchors  []Inline // bookmarks between paragraphs, for the next one
	fields   []*field // open across paragraphs, outermost first
	line     *line    // the paragraph in hand
	change   Change   // that the runs in hand are part of
	unseen   int      // depth of changes whose text the policy drops
}

func (r *reader) story(part string, rels relations) (*story, io.Closer, error) {
	x, closer, err := r.pkg.xml(r.ctx, part)
	if err != nil {
		return nil, nil, err
	}
	return &story{
		r: r, x: x, part: part, rels: rels, props: propReader{x, r.options.Changes},
		counters: newCounters(r.numbering, &r.lists),
	}, closer, nil
}

// close ends the story and returns what ended its reading, nil if it was its end.
func (s *story) close() error {
	if len(s.fields) > 0 {
		s.find("broken-field", "a field has no end; its text was kept")
	}
	s.r.progress.part(s.r.pkg.size(s.part))
	return s.x.failed()
}

// find notes something about the paragraph in hand.
func (s *story) find(code, message string) {
	s.r.findings.add(Finding{Code: code, Message: message, Part: s.part, Ordinal: s.ordinal})
}

// node counts a block or an inline.
func (s *story) node() {
	if s.r.nodes++; s.r.nodes > s.r.pkg.limits.Nodes && s.x.err == nil {
		s.x.err = refuse(TooLarge, "the document has more than %d paragraphs, runs and cells, which is the limit", s.r.pkg.limits.Nodes).in(s.part)
	}
}

// A sink takes the blocks of one container. A paragraph whose mark was deleted
// waits in it, to become one with the next (ECMA-376-1, 17.13.5.15).
type sink struct {
	blocks []Block
	carry  *Paragraph
	after  []Block // text boxes of carry
}

// add takes any block but a paragraph.
func (k *sink) add(b Block) {
	k.flush()
	k.blocks = append(k.blocks, b)
}

// flush lets go of a paragraph that waits in vain.
func (k *sink) flush() {
	if k.carry != nil && len(k.carry.Content) > 0 {
		k.blocks = append(k.blocks, k.carry)
	}
	k.blocks = append(k.blocks, k.after...)
	k.carry, k.after = nil, nil
}

// blocks reads the children of the element that was just entered as blocks.
func (s *story) blocks() []Block {
	var k sink
	s.x.each(func(e element) { s.block(&k, e) })
	k.flush()
	return k.blocks
}

func (s *story) block(k *sink, e element) {
	switch e.name {
	case "w:p":
		s.paragraph(k, e)
	case "w:tbl":
		s.table(k)
	case "w:sdt":
		s.group(k)
	case "w:sectPr":
		s.r.headers = append(s.r.headers, s.props.section()...)
	case "w:altChunk":
		s.chunk(k, e)
	case "w:bookmarkStart":
		s.anchors = append(s.anchors, anchor(e)...)
	case "w:del", "w:moveFrom", "w:ins", "w:moveTo":
		s.changed(e, func(e element) { s.block(k, e) })
	case "w:r", "w:hyperlink", "w:fldSimple", "m:oMath", "m:oMathPara":
		s.stray(k, e)
	default:
		if !isProperties(e.name) {
			s.x.each(func(e element) { s.block(k, e) })
		}
	}
}

// isProperties tells elements that describe, and hold no text, from wrappers of
// any kind, which are read through.
func isProperties(name string) bool {
	return strings.HasSuffix(name, "Pr") || strings.HasSuffix(name, "PrEx") || strings.HasSuffix(name, "Change")
}

// group reads a block-level content control (17.5.2).
func (s *story) group(k *sink) {
	s.node()
	g := &Group{}
	s.x.each(func(e element) {
		switch e.name {
		case "w:sdtPr":
			s.x.each(func(e element) { s.groupProp(g, e) })
		case "w:sdtContent":
			g.Blocks = append(g.Blocks, s.blocks()...)
		}
	})
	k.add(g)
}

func (s *story) groupProp(g *Group, e element) {
	switch e.name {
	case "w:alias":
		g.Title = e.val()
	case "w:tag":
		g.Tag = e.val()
	case "w:docPartObj", "w:docPartList":
		s.x.each(func(e element) {
			if e.name == "w:docPartGallery" {
				g.Kind = e.val()
			}
		})
	}
}

// stray reads inline content that stands where only blocks may.
func (s *story) stray(k *sink, e element) {
	s.begin(&paraProps{outline: -1})
	s.inline(e)
	s.end(k)
}

// anchor returns the bookmark that begins at e; Word's own of the last edit is
// none of the author's.
func anchor(e element) []Inline {
	name := e.attr("w:name")
	if name == "" || name == "_GoBack" {
		return nil
	}
	return []Inline{&Anchor{Name: name}}
}

// changed reads what a tracked change holds, as the policy says (17.13.5).
func (s *story) changed(e element, visit func(e element)) {
	change := Inserted
	if e.name == "w:del" || e.name == "w:moveFrom" {
		change = Deleted
	}
	s.find("tracked-change", "the document has tracked changes"+outcomes[s.r.options.Changes])
	saved := s.change
	if s.drops(change) {
		s.unseen++
		defer func() { s.unseen-- }()
	} else if s.r.options.Changes == KeepChanges {
		s.change = change
	}
	s.x.each(visit)
	s.change = saved
}

// outcomes end a message about tracked changes.
var outcomes = map[ChangePolicy]string{
	AcceptChanges: ", which were accepted", RejectChanges: ", which were rejected", KeepChanges: "",
}

// drops tells whether the policy drops what a change holds.
func (s *story) drops(c Change) bool {
	switch s.r.options.Changes {
	case KeepChanges:
		return false
	case RejectChanges:
		return c == Inserted
	}
	return c == Deleted
}
