package docx

import "strings"

// inline reads what may stand in a paragraph. Wrappers of any kind (smart tags,
// custom XML, direction) are read through.
func (s *story) inline(e element) {
	switch e.name {
	case "w:r", "m:r":
		s.run()
	case "w:hyperlink":
		s.hyperlink(e)
	case "w:fldSimple":
		s.simpleField(e)
	case "w:ins", "w:moveTo", "w:del", "w:moveFrom":
		s.changed(e, s.inline)
	case "w:bookmarkStart":
		s.put(anchor(e)...)
	case "m:oMathPara":
		s.mathParagraph()
	case "m:oMath":
		s.math(false)
	case "w:subDoc":
		s.subDocument(e)
	case "w:p": // within w:p, as broken writers have it
		s.x.each(s.inline)
	case "w:tbl":
		var k sink
		s.apart(func() { s.table(&k) })
		s.line.after = append(s.line.after, k.blocks...)
	default:
		if !isProperties(e.name) {
			s.x.each(s.inline)
		}
	}
}

// put adds inlines to the innermost container.
func (s *story) put(inlines ...Inline) {
	s.line.marked = nil
	for _, in := range inlines {
		s.node()
		f := s.line.top()
		f.content = append(f.content, in)
	}
}

// apart reads something that is not part of the line in hand, such as the content
// of a text box.
func (s *story) apart(read func()) {
	line, fields, anchors := s.line, s.fields, s.anchors
	s.line, s.fields, s.anchors = nil, nil, nil
	read()
	s.line, s.fields, s.anchors = line, fields, anchors
}

// hyperlink reads a w:hyperlink (ECMA-376-1, 17.16.22).
func (s *story) hyperlink(e element) {
	link := &Link{Anchor: e.attr("w:anchor"), Tooltip: e.attr("w:tooltip")}
	if id := e.attr("r:id"); id != "" {
		link.URL = s.address(id)
	}
	if strings.HasPrefix(link.URL, "#") {
		link.URL, link.Anchor = "", link.URL[1:]
	}
	if location := e.attr("w:docLocation"); link.Anchor == "" && link.URL != "" {
		link.Anchor = location
	}
	f := &frame{link: link}
	s.line.frames = append(s.line.frames, f)
	s.x.each(s.inline)
	for i := len(s.line.frames) - 1; i > 0; i-- {
		if s.line.frames[i].link == link {
			s.closeFrame(i)
			return
		}
	}
}

// address is what a relationship leads to.
func (s *story) address(id string) string {
	rel, ok := s.rels[id]
	if !ok {
		s.find("broken-link", "a link has no address in the file; its text was kept")
	}
	return rel.target
}

func (s *story) subDocument(e element) {
	s.find("subdocument", "the document includes another file, which is not part of it")
	s.put(&Object{Kind: "subdocument", Name: s.rels[e.attr("r:id")].target})
}

// hasText tells whether there is anything to be seen.
func hasText(content []Inline) bool {
	for _, in := range content {
		if _, ok := in.(*Anchor); !ok {
			return true
		}
	}
	return false
}

// plainText is the text of inlines.
func plainText(content []Inline) string {
	var b strings.Builder
	for _, in := range content {
		switch in := in.(type) {
		case *Text:
			b.WriteString(in.Text)
		case *Break:
			b.WriteByte(' ')
		case *Link:
			b.WriteString(plainText(in.Content))
		case *Reference:
			b.WriteString(plainText(in.Content))
		case *Field:
			b.WriteString(plainText(in.Content))
		}
	}
	return b.String()
}
