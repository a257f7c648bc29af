package docx

// enterField looks at what begins, divides or ends a field or a link.
func (s *countedStory) enterField(e *openElement) {
	switch {
	case e.name == "w:hyperlink":
		e.n = s.shown
	case e.name == "w:fldSimple":
		f := &countedField{result: true, simple: true, shown: s.shown}
		f.code.WriteString(s.x.attr("w:instr"))
		s.fields = append(s.fields, f)
		e.n = len(s.fields)
	default:
		s.fieldChar(s.x.attr("w:fldCharType"))
	}
}

func (s *countedStory) fieldChar(kind string) {
	switch kind {
	case "begin":
		if len(s.fields) < maxFieldDepth {
			s.fields = append(s.fields, &countedField{})
		}
	case "separate":
		if f := s.field(); f != nil && !f.result {
			f.result, f.shown = true, s.shown
		}
	case "end":
		if f := s.field(); f != nil && !f.simple {
			s.fields = s.fields[:len(s.fields)-1]
			s.ended(f)
		}
	}
}

// field is the innermost open field; nil if none is.
func (s *countedStory) field() *countedField {
	if len(s.fields) == 0 {
		return nil
	}
	return s.fields[len(s.fields)-1]
}

// ended counts a field that was a link.
func (s *countedStory) ended(f *countedField) {
	if f.name() == "HYPERLINK" && f.result && s.shown > f.shown && !s.top().off {
		s.counts.Links++
	}
}

// endField ends a w:hyperlink or w:fldSimple.
func (s *countedStory) endField(e openElement) {
	if e.name == "w:hyperlink" {
		if s.shown > e.n && !e.off {
			s.counts.Links++
		}
		return
	}
	if e.n > 0 && e.n <= len(s.fields) {
		f := s.fields[e.n-1]
		s.fields = s.fields[:e.n-1]
		s.ended(f)
	}
}

// code takes the text of a field's code.
func (s *countedStory) code(text string) {
	if f := s.field(); f != nil && !f.result && f.code.Len() < maxFieldCode {
		f.code.WriteString(text)
	}
}

// hold keeps text that a field's code hides: if the field never ends, its begin was
// left over from an edit and Word shows the text.
func (s *countedStory) hold(text string) {
	for _, f := range s.fields {
		if !f.result {
			if len(f.held) < maxHeld {
				f.held = append(f.held, text...)
				f.held = append(f.held, ' ')
			}
			return
		}
	}
}

// maxHeld bounds the text that a field without an end holds.
const maxHeld = 4 << 20

// finish counts what waited in vain: for a next paragraph, or for the end of a field.
func (s *countedStory) finish() {
	s.carry.Break(s.counts.Words)
	for _, f := range s.fields {
		s.counts.Words.Add(string(f.held))
	}
}
