package docx

// A line gathers the content of the paragraph in hand.
type line struct {
	props  *paraProps
	style  *styleRule
	frames []*frame // the open containers, outermost first; frames[0] is the paragraph
	after  []Block  // text boxes anchored here
	inCode bool     // it began within the code of a field
	inside string   // the field that Word generates text by and that it began within
	look   look     // of the run in hand
	marked *NoteRef // a note whose own mark is the text that comes next in the run
}

// A frame is an open container of inlines: the paragraph, a link or a field.
type frame struct {
	content []Inline
	link    *Link
	field   *field
	again   bool // it was closed and opened again
}

func (l *line) top() *frame { return l.frames[len(l.frames)-1] }

// paragraph reads a w:p (ECMA-376-1, 17.3.1.22).
func (s *story) paragraph(k *sink, e element) {
	s.ordinal++
	s.node()
	s.r.progress.at(s.x.Offset())
	var begun bool
	begin := func(p paraProps) {
		if !begun {
			begun = true
			s.begin(&p)
		}
	}
	s.x.each(func(e element) {
		if e.name == "w:pPr" {
			begin(s.props.para())
			return
		}
		begin(paraProps{outline: -1})
		s.inline(e)
	})
	begin(paraProps{outline: -1})
	s.end(k)
}

// begin opens a paragraph, and in it again the fields that are open.
func (s *story) begin(props *paraProps) {
	style := s.r.styles.paragraph(props.style)
	style.Uses++
	s.r.headers = append(s.r.headers, props.headers...)
	s.line = &line{props: props, style: style, frames: []*frame{{content: s.anchors}}}
	s.anchors = nil
	for _, f := range s.fields {
		s.line.inCode = s.line.inCode || !f.result
		s.line.inside = orElse(s.line.inside, f.generates())
		s.line.frames = append(s.line.frames, &frame{field: f, again: true})
	}
}

// end closes the paragraph and hands it to the sink.
func (s *story) end(k *sink) {
	l := s.line
	p := &Paragraph{
		Style: l.style.Name, Lineage: l.style.lineage, Outline: s.outline(), Align: orElse(l.props.align, l.style.align),
		RTL: l.style.rtl, Section: l.props.section, PageBreakBefore: l.props.pageBreak, Part: s.part, Ordinal: s.ordinal,
	}
	if l.props.rtl != nil {
		p.RTL = *l.props.rtl
	}
	p.Generated = s.generated()
	p.Content = s.closeLine()
	s.line = nil
	s.languages(p)
	s.deliver(k, l, p)
}

// deliver adds the paragraph to the sink, or keeps it to become one with the next.
func (s *story) deliver(k *sink, l *line, p *Paragraph) {
	if k.carry != nil {
		p.Content = append(k.carry.Content, p.Content...)
		l.after = append(k.after, l.after...)
		k.carry, k.after = nil, nil
	}
	if s.joins(l) {
		k.carry, k.after = p, l.after
		return
	}
	if !s.vanishes(l, p) {
		s.place(l, p)
		k.blocks = append(k.blocks, p)
	}
	k.blocks = append(k.blocks, l.after...)
}

// joins tells whether the mark of a paragraph goes away, so that it becomes one
// with the next: a tracked change, or an initial that stands in a frame of its own
// (17.3.1.11).
func (s *story) joins(l *line) bool {
	m := l.props.mark
	return m.deleted && s.drops(Deleted) || m.inserted && s.drops(Inserted) || l.props.dropCap
}

// vanishes tells whether nothing is left of a paragraph: it is hidden altogether,
// or lay within the code of a field.
func (s *story) vanishes(l *line, p *Paragraph) bool {
	if len(p.Content) > 0 || len(l.after) > 0 {
		return false
	}
	inCode := len(s.fields) > 0 && !s.fields[len(s.fields)-1].result
	hidden := l.props.mark.hidden && s.r.options.Hidden == DropHidden
	return hidden || l.inCode && inCode
}

// place counts the paragraph in its list and finds its indent.
func (s *story) place(l *line, p *Paragraph) {
	indent := l.style.indent
	if id, at, ok := s.listLevel(l); ok {
		p.List = s.counters.item(id, at)
		if lvl := s.r.numbering.level(id, at); lvl != nil && lvl.indent != nil && (l.props.num != nil || indent == nil) {
			indent = lvl.indent
		}
	}
	if l.props.indent != nil {
		indent = l.props.indent
	}
	if indent != nil {
		p.Indent = *indent
	}
}

// listLevel finds the list instance and level of a paragraph: its own w:numPr over
// that of its style, whose level may be the one that stands for it (17.9.23).
func (s *story) listLevel(l *line) (id, at int, ok bool) {
	var num numProps
	fromStyle := ""
	if l.style.num != nil {
		num, fromStyle = *l.style.num, l.style.numBy
	}
	if own := l.props.num; own != nil {
		if own.id != nil {
			num, fromStyle = numProps{id: own.id}, ""
		}
		if own.level != nil {
			num.level, fromStyle = own.level, ""
		}
	}
	if num.id == nil || *num.id == 0 {
		return 0, 0, false
	}
	if num.level != nil {
		at = *num.level
	}
	if fromStyle != "" {
		if i, linked := s.r.numbering.styleLevel(*num.id, fromStyle); linked {
			at = i
		}
	}
	return *num.id, at, at >= 0 && at < 9
}

// outline is the heading level: the paragraph's own over that of its style.
func (s *story) outline() int {
	if s.line.props.outline >= 0 {
		return headingLevel(s.line.props.outline)
	}
	return s.line.style.Outline
}

// closeLine closes all containers and returns the content of the paragraph. Fields
// that are open stay so for the next paragraph.
func (s *story) closeLine() []Inline {
	s.fields = s.fields[:0]
	for i := len(s.line.frames) - 1; i > 0; i-- {
		f := s.line.frames[i]
		if f.field != nil {
			s.fields = append([]*field{f.field}, s.fields...)
			s.keepCode(f)
		}
		s.pop(false)
	}
	return s.line.frames[0].content
}

// keepCode keeps text that stands in the code of a field at the end of a
// paragraph: the field has most likely no end.
func (s *story) keepCode(f *frame) {
	if f.field.result || !f.field.text {
		return
	}
	s.find("broken-field", "a field has no end; its text was kept")
	f.field.result = true
}

// pop closes the innermost container; final says that a field ends with it.
func (s *story) pop(final bool) {
	l := s.line
	f := l.top()
	l.frames = l.frames[:len(l.frames)-1]
	parent := l.top()
	switch {
	case f.field != nil:
		parent.content = append(parent.content, s.fieldContent(f, final)...)
	case f.link != nil && (len(f.content) > 0 || !f.again):
		link := *f.link
		link.Content = f.content
		parent.content = append(parent.content, &link)
	}
}

// closeFrame closes container i. Those within it end there too and are opened
// again after it: a field may begin in a link and end behind it.
func (s *story) closeFrame(i int) {
	l := s.line
	within := append([]*frame(nil), l.frames[i+1:]...)
	for len(l.frames) > i+1 {
		s.pop(false)
	}
	s.pop(true)
	for _, f := range within {
		l.frames = append(l.frames, &frame{link: f.link, field: f.field, again: true})
	}
}

func orElse(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
