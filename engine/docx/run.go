package docx

import (
	"strings"
)

// A look is how a run looks: its own formatting with that of its styles.
type look struct {
	style  string
	marks  Marks
	hidden bool
	rtl    bool
	font   string
	lang   langs
}

// run reads a w:r (ECMA-376-1, 17.3.2.25).
func (s *story) run() {
	s.line.look = s.resolve(runProps{})
	s.line.marked = nil
	s.x.each(func(e element) {
		if e.name == "w:rPr" {
			props := s.props.run()
			s.line.look = s.resolve(props)
			return
		}
		s.runContent(e)
	})
}

// toggleMarks are those of which two styles cancel each other (17.7.3).
const toggleMarks = Bold | Italic | Strike | SmallCaps | AllCaps | Hidden

// resolve lays the properties of a run over those of its styles.
func (s *story) resolve(props runProps) look {
	para := s.line.style
	l := look{rtl: props.rtl, font: para.font, lang: s.r.styles.runs.lang}
	l.lang.apply(para.lang)
	var char toggles
	if r := s.r.styles.character(props.style); r != nil {
		r.Uses++
		l.style, char = r.Name, r.toggles
		l.font = orElse(r.font, l.font)
		l.lang.apply(r.lang)
	}
	l.font = orElse(props.font, l.font)
	l.lang.apply(props.lang)
	on := (para.toggles.on^char.on)&toggleMarks | (para.toggles.on&^char.off|char.on)&^toggleMarks
	on = on&^props.toggles.off | props.toggles.on
	l.hidden = on&Hidden != 0
	l.marks = on &^ (para.toggles.on &^ Hidden)
	return l
}

// runContent reads what may stand in a run. Of hidden and deleted runs only the
// fields count: index entries are hidden as a rule.
func (s *story) runContent(e element) {
	switch e.name {
	case "w:fldChar":
		s.fieldChar(e)
		return
	case "w:instrText", "w:delInstrText":
		s.code(s.x.text())
		return
	}
	switch {
	case s.unseen > 0:
	case s.line.look.hidden && s.r.options.Hidden == DropHidden:
		s.find("hidden-text", "hidden text was left out")
	default:
		s.visible(e)
	}
}

func (s *story) visible(e element) {
	switch e.name {
	case "w:t", "m:t", "w:delText":
		s.write(s.x.text())
	case "w:tab", "w:ptab":
		s.put(&Break{Kind: Tab})
	case "w:br":
		s.put(&Break{Kind: breakKind(e.attr("w:type"))})
	case "w:cr":
		s.put(&Break{Kind: LineBreak})
	case "w:noBreakHyphen":
		s.write("\u2011")
	case "w:sym":
		s.sym(e)
	case "w:footnoteReference":
		s.noteRef(Footnote, e)
	case "w:endnoteReference":
		s.noteRef(Endnote, e)
	case "w:commentReference":
		s.commentRef(e)
	case "w:drawing":
		s.drawing()
	case "w:pict", "w:object":
		s.vml()
	case "w:ruby":
		s.ruby()
	default:
		if !isProperties(e.name) {
			s.x.each(s.runContent)
		}
	}
}

func breakKind(t string) BreakKind {
	switch t {
	case "page":
		return PageBreak
	case "column":
		return ColumnBreak
	}
	return LineBreak
}

// noteRef reads a reference to a footnote (17.11.14) or an endnote (17.11.7). Word does
// not count one with w:customMarkFollows: its mark is the next text of the run.
func (s *story) noteRef(kind NoteKind, e element) {
	ref := &NoteRef{Kind: kind, Index: s.r.noteIndex(kind).refer(e.attr("w:id"))}
	s.put(ref)
	if isOn(e.attr("w:customMarkFollows"), false) {
		s.line.marked = ref
	}
}

// takeMark gives text to the note that waits for its mark, and returns the rest.
func (s *story) takeMark(text string) string {
	ref := s.line.marked
	if ref == nil {
		return text
	}
	s.line.marked = nil
	ref.Mark, text = cutMark(text)
	return text
}

// commentRef refers to a comment, if it is there.
func (s *story) commentRef(e element) {
	if i, ok := s.r.comments[e.attr("w:id")]; ok {
		s.put(&NoteRef{Kind: Comment, Index: i})
	}
}

// write adds text in the look of the run. Line ends in it are spaces (17.3.3.31).
func (s *story) write(text string) {
	if strings.ContainsAny(text, "\r\n\t") {
		text = strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == '\t' {
				return ' '
			}
			return r
		}, text)
	}
	s.show(symbolText(s.line.look.font, text))
}

// maxJoined bounds texts that are joined: each joining copies what is there.
const maxJoined = 4 << 10

// show adds text as it is, as one with the text before if that looks the same.
func (s *story) show(text string) {
	if text = s.takeMark(text); text == "" {
		return
	}
	l := s.line.look
	t := &Text{Text: text, Style: l.style, Marks: l.marks, Lang: l.language(text), RTL: l.rtl, Change: s.change}
	f := s.line.top()
	if f.field != nil && !f.field.result {
		f.field.text = true
		f.field.write(text)
	}
	if n := len(f.content); n > 0 {
		if last, ok := f.content[n-1].(*Text); ok && len(last.Text) < maxJoined && last.sameLook(t) {
			last.Text += text
			return
		}
	}
	s.put(t)
}

func (t *Text) sameLook(o *Text) bool {
	return t.Style == o.Style && t.Marks == o.Marks && t.Lang == o.Lang && t.RTL == o.RTL && t.Change == o.Change
}

// sym reads a sign of a symbol font (17.3.3.30).
func (s *story) sym(e element) {
	text := symbol(e.attr("w:font"), e.attr("w:char"))
	if text == "" || []rune(text)[0] >= 0xE000 && []rune(text)[0] <= 0xF8FF {
		s.find("symbol", "a sign of a symbol font has no counterpart in Unicode")
	}
	s.show(text)
}

// ruby reads a reading aid (17.3.3.25): the base, then the aid in parentheses. In
// the file the aid comes first.
func (s *story) ruby() {
	var aid []Inline
	s.x.each(func(e element) {
		switch e.name {
		case "w:rt":
			aid = s.collect(func() { s.x.each(s.inline) })
		case "w:rubyBase":
			s.x.each(s.inline)
		}
	})
	if text := plainText(aid); text != "" {
		s.show("(" + text + ")")
	}
}

// collect returns what read adds, and adds it not.
func (s *story) collect(read func()) []Inline {
	f := &frame{}
	depth := len(s.line.frames)
	s.line.frames = append(s.line.frames, f)
	read()
	s.line.frames = s.line.frames[:depth]
	return f.content
}
