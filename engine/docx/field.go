package docx

import "strings"

// A field is a complex field that is open (ECMA-376-1, 17.16.18): its code, then
// its result.
type field struct {
	codeText strings.Builder
	parsed   *fieldCode
	result   bool // past the separator
	shown    bool // part of its result was handed on
	unseen   bool // it began in a deletion: only what was inserted in it counts
	text     bool // plain text stands in its code
	form     formData
}

// maxFieldDepth bounds fields within fields; Word itself stops at 20.
const maxFieldDepth = 64

// maxFieldCode bounds a code that runs on because its field has no separator.
const maxFieldCode = 64 << 10

func (f *field) write(text string) {
	if f.codeText.Len() < maxFieldCode {
		f.codeText.WriteString(text)
	}
}

// code is the parsed code. It is final once the result has begun.
func (f *field) code() *fieldCode {
	if !f.result {
		return parseFieldCode(f.codeText.String())
	}
	if f.parsed == nil {
		f.parsed = parseFieldCode(f.codeText.String())
	}
	return f.parsed
}

// generates returns the name of a field that Word generates text by; else "".
func (f *field) generates() string {
	if !f.result {
		return ""
	}
	switch name := f.code().name; name {
	case "TOC", "INDEX", "TOA", "BIBLIOGRAPHY":
		return name
	}
	return ""
}

// code takes text of a code. In the result of a field within a code Word writes
// the result in the same way.
func (s *story) code(text string) {
	f := s.innermost()
	switch {
	case f == nil:
	case !f.result:
		f.write(text)
	default:
		s.codeResult(text)
	}
}

func (s *story) codeResult(text string) {
	for _, f := range s.line.frames {
		if f.field != nil && !f.field.result {
			s.show(text)
			return
		}
	}
}

// innermost is the innermost open field; nil if none is.
func (s *story) innermost() *field {
	for i := len(s.line.frames) - 1; i > 0; i-- {
		if f := s.line.frames[i].field; f != nil {
			return f
		}
	}
	return nil
}

// fieldChar reads a w:fldChar.
func (s *story) fieldChar(e element) {
	switch e.attr("w:fldCharType") {
	case "begin":
		s.beginField()
		s.x.each(func(e element) {
			if e.name == "w:ffData" {
				s.innermost().form = s.formData()
			}
		})
	case "separate":
		s.separateField()
	case "end":
		s.endField()
	}
}

func (s *story) beginField() {
	if len(s.line.frames) >= maxFieldDepth && s.x.err == nil {
		s.x.err = refuse(Bomb, "fields are nested more than %d deep, which Word does not do", maxFieldDepth).in(s.part)
	}
	f := &field{unseen: s.unseen > 0}
	s.line.frames = append(s.line.frames, &frame{field: f})
}

// separateField begins the result. What stood in the code is part of it no more.
func (s *story) separateField() {
	for i := len(s.line.frames) - 1; i > 0; i-- {
		f := s.line.frames[i]
		if f.field == nil {
			continue
		}
		if !f.field.result {
			f.field.result, f.content = true, nil
		}
		return
	}
}

func (s *story) endField() {
	for i := len(s.line.frames) - 1; i > 0; i-- {
		if s.line.frames[i].field != nil {
			s.closeFrame(i)
			return
		}
	}
}

// simpleField reads a w:fldSimple (17.16.19).
func (s *story) simpleField(e element) {
	s.beginField()
	f := s.innermost()
	f.write(e.attr("w:instr"))
	f.result = true
	s.x.each(s.inline)
	for i := len(s.line.frames) - 1; i > 0; i-- {
		if s.line.frames[i].field == f {
			s.closeFrame(i)
			return
		}
	}
}

// fieldContent is what a field, or the part of one that lies in this paragraph,
// stands for.
func (s *story) fieldContent(fr *frame, final bool) []Inline {
	f := fr.field
	if !f.result {
		return s.codeContent(fr, final)
	}
	if len(fr.content) == 0 && (!final || f.shown) {
		return nil
	}
	f.shown = true
	if outer := s.innermost(); outer != nil && !outer.result {
		outer.write(plainText(fr.content))
	}
	if f.unseen {
		return fr.content
	}
	s.node()
	return f.code().inlines(fr.content, f.form)
}

// codeContent is what a field without a result stands for, once it ends: an index
// entry, as a rule. Text within its code is part of the code, unless there is no
// other.
func (s *story) codeContent(fr *frame, final bool) []Inline {
	if !final || fr.field.unseen {
		return nil
	}
	s.node()
	code := fr.field.code()
	if code.name == "" {
		return fr.content
	}
	s.giveCode(code)
	return code.inlines(nil, fr.field.form)
}

// giveCode gives a field that lies in the code of another to that code.
func (s *story) giveCode(code *fieldCode) {
	if outer := s.innermost(); outer != nil && !outer.result {
		outer.write(strings.Join(code.args, " "))
	}
}

// generated tells which field Word generated all content of the paragraph by.
func (s *story) generated() string {
	name := ""
	for i, f := range s.line.frames {
		if i == 0 && !allGenerated(f.content, &name) {
			return ""
		}
		if f.field != nil && f.field.generates() != "" {
			return f.field.generates()
		}
	}
	return orElse(name, s.line.inside)
}

func allGenerated(content []Inline, name *string) bool {
	for _, in := range content {
		switch in := in.(type) {
		case *Anchor:
		case *Field:
			if in.Name != "TOC" && in.Name != "INDEX" && in.Name != "TOA" && in.Name != "BIBLIOGRAPHY" {
				return false
			}
			*name = in.Name
		default:
			return false
		}
	}
	return true
}
