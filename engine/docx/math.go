package docx

// mathParagraph reads an m:oMathPara.
func (s *story) mathParagraph() {
	s.x.each(func(e element) {
		if e.name == "m:oMath" {
			s.math(true)
		}
	})
}

// math reads an m:oMath.
func (s *story) math(display bool) {
	content := s.collect(func() { s.x.each(s.inline) })
	s.put(&Math{Text: plainText(content), Display: display})
}
