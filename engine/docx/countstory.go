package docx

import (
	"strings"

	"github.com/docjobs/docjobs/engine/words"
)

// A countedStory counts one part: a machine over its tags, with what is open.
type countedStory struct {
	*counter
	x      *tokenReader
	rels   relations
	kind   string // "footnotes", "endnotes", "comments" or ""
	open   []openElement
	paras  []*countedParagraph // innermost last: text boxes stand in paragraphs
	runs   []countedRun        // the same
	fields []*countedField
	carry  words.Stream // of a paragraph that runs on in the next one
	shown  int          // words and pictures that were seen
}

// An openElement is an element whose end is to come.
type openElement struct {
	name  string
	gone  bool // all its content is left out
	off   bool // its text is left out; its fields still count
	taken bool // of mc:AlternateContent: an alternative was read
	n     int  // links: what was shown before; tables: rows; cells: 1 if it continues one above
}

type countedParagraph struct {
	stream  words.Stream
	style   string
	outline int
	list    string
	joins   bool // its words run on in the next paragraph: a drop cap, or its mark was deleted
	shown   int  // what was shown before it
}

type countedRun struct {
	hidden bool
	style  string
	direct string // value of w:vanish; "-" if not said
	font   string // what its own properties say, if anything
	marked bool   // a note that has a mark of its own was referred to: the next text
}

// A countedField is a complex field that is open.
type countedField struct {
	code   strings.Builder
	result bool
	simple bool
	shown  int    // what was shown before its result
	held   []byte // text in its code, which counts if it never ends
}

// generated tells whether Word makes the result anew.
func (f *countedField) generated() bool {
	switch f.name() {
	case "TOC", "TOA", "INDEX":
		return f.result
	}
	return false
}

func (f *countedField) name() string {
	words := strings.Fields(f.code.String())
	if len(words) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(words[0], `\`)
	return strings.ToUpper(name)
}

func (s *countedStory) top() *openElement {
	if len(s.open) == 0 {
		return &openElement{}
	}
	return &s.open[len(s.open)-1]
}

// within returns the innermost open element of a name; nil if there is none.
func (s *countedStory) within(name string) *openElement {
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i].name == name {
			return &s.open[i]
		}
	}
	return nil
}

func (s *countedStory) start() {
	above := *s.top()
	e := openElement{name: s.x.Name, gone: above.gone, off: above.off}
	if !e.gone {
		s.enter(&e, above)
	}
	s.open = append(s.open, e)
}

// enter looks at an element whose content may count.
func (s *countedStory) enter(e *openElement, above openElement) {
	switch e.name {
	case "mc:Choice", "mc:Fallback":
		e.gone = !s.alternative(e.name)
	case "w:del", "w:moveFrom":
		s.change(e, above, Deleted)
	case "w:ins", "w:moveTo":
		s.change(e, above, Inserted)
	case "w:footnote", "w:endnote", "w:comment":
		if above.name == "w:"+s.kind {
			e.gone = !s.referred()
		}
	case "w:p", "a:p":
		s.enterParagraph()
	case "w:r":
		s.runs = append(s.runs, countedRun{hidden: s.styles.hidden(s.paragraph().style), direct: "-"})
	case "w:sdtPr", "w:tblPr", "w:sdtEndPr", "w:tblGrid", "w:ffData", "v:shapetype":
		e.gone = true
	case "w:hyperlink", "w:fldSimple", "w:fldChar":
		s.enterField(e)
	default:
		s.enterMore(e, above)
	}
}

func (s *countedStory) enterMore(e *openElement, above openElement) {
	switch {
	case strings.HasSuffix(e.name, "Change"):
		e.gone = true
	case above.name == "w:pPr":
		s.paragraphProperty(e)
	case above.name == "w:numPr" && e.name == "w:numId":
		s.paragraph().list = s.x.attr("w:val")
	case above.name == "w:rPr":
		s.runProperty(e)
	case e.name == "w:headerReference" || e.name == "w:footerReference":
		s.headers = append(s.headers, s.x.attr("r:id"))
	case e.name == "w:vMerge" || e.name == "w:hMerge":
		if value := s.x.attr("w:val"); value == "" || value == "continue" {
			if cell := s.within("w:tc"); cell != nil {
				cell.n = 1
			}
		}
	default:
		s.content(e)
	}
}

// alternative tells whether a branch of mc:AlternateContent is read: the first whose
// requirements Word 2010 and later meet, else the fallback (ISO/IEC 29500-3, 9.3).
func (s *countedStory) alternative(name string) bool {
	e := s.top()
	if e.taken || name == "mc:Choice" && !met(s.x.attr("Requires")) {
		return false
	}
	e.taken = true
	return true
}

func met(requires string) bool {
	for _, prefix := range strings.Fields(requires) {
		switch prefix {
		case "wps", "wpg", "wpc", "wp14", "w14", "w15", "w16", "w16cid", "w16cex", "a14", "c14", "c15", "v", "m":
		default:
			return false
		}
	}
	return true
}

// change leaves out what a tracked change holds, as the policy says. In the
// properties of a row it concerns the row.
func (s *countedStory) change(e *openElement, above openElement, kind Change) {
	policy := s.options.Changes
	if policy == KeepChanges || (kind == Deleted) == (policy == RejectChanges) {
		return
	}
	switch above.name {
	case "w:trPr":
		if row := s.within("w:tr"); row != nil {
			row.gone = true
			for i := len(s.open) - 1; s.open[i].name != "w:tr"; i-- {
				s.open[i].gone = true
			}
		}
	case "mark":
		s.paragraph().joins = true
	case "w:rPr", "w:numPr":
	default:
		e.off = true
	}
}

// referred tells whether a note counts: one without a reference is left over.
func (s *countedStory) referred() bool {
	id := s.x.attr("w:id")
	if !s.notes[s.kind][id] {
		return false
	}
	delete(s.notes[s.kind], id)
	if s.kind != "comments" {
		s.counts.Footnotes++
	}
	return true
}

func (s *countedStory) paragraph() *countedParagraph {
	if len(s.paras) == 0 {
		return &countedParagraph{}
	}
	return s.paras[len(s.paras)-1]
}

func (s *countedStory) run() *countedRun {
	if len(s.runs) == 0 {
		return &countedRun{}
	}
	return &s.runs[len(s.runs)-1]
}

func (s *countedStory) enterParagraph() {
	s.paras = append(s.paras, &countedParagraph{stream: s.carry, shown: s.shown})
	s.carry = words.Stream{}
}

func (s *countedStory) paragraphProperty(e *openElement) {
	p := s.paragraph()
	switch e.name {
	case "w:pStyle":
		p.style = s.x.attr("w:val")
	case "w:outlineLvl":
		p.outline = outlineLevel(s.x.attr("w:val"))
	case "w:rPr":
		e.name = "mark"
	case "w:framePr":
		p.joins = p.joins || on(orElse(s.x.attr("w:dropCap"), "none"))
	}
}

func (s *countedStory) runProperty(e *openElement) {
	r := s.run()
	switch e.name {
	case "w:rStyle":
		r.style = s.x.attr("w:val")
	case "w:vanish":
		r.direct = s.x.attr("w:val")
	case "w:rFonts":
		r.font = orElse(s.x.attr("w:ascii"), s.x.attr("w:hAnsi"))
	}
	r.hidden = s.styles.hidden(s.paragraph().style) != (r.style != "" && s.styles.hidden(r.style))
	if r.direct != "-" {
		r.hidden = on(r.direct)
	}
}

// content looks at what may stand in a run or in a drawing.
func (s *countedStory) content(e *openElement) {
	switch e.name {
	case "m:oMath":
		e.gone = true
		if s.visible() {
			s.counts.Formulas++
			s.shown++
		}
	case "w:sym":
		if !s.takesMark() {
			s.breakWord()
		}
	case "w:tab", "w:ptab", "w:br", "w:cr", "a:br", "w:drawing", "w:pict", "w:object", "w:rt", "w:rubyBase", "w:noBreakHyphen":
		s.breakWord()
		s.run().marked = false
	case "w:footnoteReference":
		s.note("footnotes")
	case "w:endnoteReference":
		s.note("endnotes")
	case "w:commentReference":
		s.note("comments")
	case "a:blip":
		s.picture(s.x.attr("r:embed"), s.x.attr("r:link"))
	case "v:imagedata":
		s.picture(s.x.attr("r:id"), s.x.attr("r:pict"), s.x.attr("r:href"))
	case "v:fill":
		s.picture(s.x.attr("r:id"))
	}
}

func (s *countedStory) note(kind string) {
	if !s.visible() {
		return
	}
	if kind != "comments" {
		s.shown++
		s.run().marked = on(orElse(s.x.attr("w:customMarkFollows"), "off"))
	}
	if s.notes[kind] == nil {
		s.notes[kind] = map[string]bool{}
	}
	if len(s.notes[kind]) < maxCountedNotes {
		s.notes[kind][s.x.attr("w:id")] = true
	}
}

// maxCountedNotes bounds the references of a hostile file.
const maxCountedNotes = 1 << 20

// takesMark tells whether the text or sign at hand may be the mark of a note.
func (s *countedStory) takesMark() bool {
	r := s.run()
	marked := r.marked
	r.marked = false
	return marked && s.visible()
}

// mark counts the mark of a note, which stands apart from the words around it, and
// returns the rest of the text.
func (s *countedStory) mark(text string) string {
	if !s.takesMark() {
		return text
	}
	mark, rest := cutMark(text)
	s.counts.Words.Add(mark)
	return rest
}

func (s *countedStory) picture(ids ...string) {
	if s.visible() && s.within("w:r") != nil && s.pictured(s.rels, ids...) {
		s.counts.Images++
		s.shown++
	}
}

// visible tells whether text at this place is seen.
func (s *countedStory) visible() bool {
	if s.top().off || s.top().gone {
		return false
	}
	for i := range s.runs {
		if s.runs[i].hidden && s.options.Hidden == DropHidden {
			return false
		}
	}
	for _, f := range s.fields {
		if !f.result || f.generated() {
			return false
		}
	}
	return true
}

func (s *countedStory) breakWord() {
	if len(s.paras) > 0 {
		s.paragraph().stream.Break(s.counts.Words)
	}
}

func (s *countedStory) text() {
	switch s.top().name {
	case "w:t", "w:delText", "a:t":
	case "w:instrText", "w:delInstrText":
		s.code(string(s.x.Text))
		return
	default:
		return
	}
	switch {
	case s.visible():
		if len(strings.TrimSpace(string(s.x.Text))) > 0 {
			s.shown++
		}
		s.paragraph().stream.Write(s.counts.Words, s.mark(symbolText(s.run().font, string(s.x.Text))))
	case !s.top().off && len(s.fields) > 0:
		s.hold(string(s.x.Text))
	}
}

func (s *countedStory) end() {
	if len(s.open) == 0 {
		return
	}
	e := *s.top()
	s.open = s.open[:len(s.open)-1]
	switch e.name {
	case "w:r":
		if !e.gone && len(s.runs) > 0 {
			s.runs = s.runs[:len(s.runs)-1]
		}
	case "w:p", "a:p":
		if !e.gone && len(s.paras) > 0 {
			s.endParagraph(e)
		}
	case "w:rt":
		s.breakWord()
	case "w:hyperlink", "w:fldSimple":
		if !e.gone {
			s.endField(e)
		}
	default:
		s.endTable(e)
	}
}

func (s *countedStory) endTable(e openElement) {
	if e.gone || e.off {
		return
	}
	switch e.name {
	case "w:tc":
		if e.n == 0 {
			s.counts.Cells++
		}
	case "w:tr":
		s.counts.Rows++
		if table := s.within("w:tbl"); table != nil {
			table.n++
		}
	case "w:tbl":
		if e.n > 0 {
			s.counts.Tables++
		}
	}
}

func (s *countedStory) endParagraph(e openElement) {
	p := s.paragraph()
	if p.joins {
		s.carry = p.stream
	} else {
		p.stream.Break(s.counts.Words)
	}
	s.paras = s.paras[:len(s.paras)-1]
	if e.name != "w:p" || s.shown == p.shown {
		return
	}
	outline := p.outline
	if outline == 0 {
		outline = s.styles.outline(p.style)
	}
	list := p.list
	if list == "" {
		list = s.styles.list(p.style)
	}
	switch {
	case outline > 0:
		s.counts.Headings++
	case list != "" && list != "0":
		s.counts.ListItems++
	}
}
