package dita

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Write serialises the document: UTF-8, elements that hold only elements one a
// line, everything else exactly as it is. The same tree gives the same bytes.
func (d *Document) Write(w io.Writer) error {
	_, err := w.Write(d.Append(nil))
	return err
}

// Append appends the document as Write writes it.
func (d *Document) Append(b []byte) []byte {
	b = append(b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<!DOCTYPE "...)
	b = append(b, d.Root.Name...)
	b = append(b, ` PUBLIC "`+d.Kind.public(d.Version)+`" "`+d.Kind.system()+"\">\n"...)
	return appendElement(b, d.Root, true)
}

// structural are the elements that hold elements only, so that white space
// between those says nothing (DITA 1.3, 3.2, content models).
var structural = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`topic concept task reference map topicref body conbody taskbody refbody
		prolog metadata keywords related-links ul ol sl steps steps-unordered substeps step substep dl dlentry
		table tgroup thead tbody row topicmeta choices`) {
		names[name] = true
	}
	return names
}()

// appendElement appends an element; lines says that it stands on lines of its own.
func appendElement(b []byte, e *Element, lines bool) []byte {
	b = append(append(b, '<'), e.Name...)
	for _, a := range e.Attrs {
		b = append(append(b, ' '), a.Name...)
		b = appendEscaped(append(b, `="`...), a.Value, true)
		b = append(b, '"')
	}
	if len(e.Children) == 0 {
		b = append(b, "/>"...)
	} else {
		b = appendChildren(append(b, '>'), e)
		b = append(append(append(b, "</"...), e.Name...), '>')
	}
	if lines {
		b = append(b, '\n')
	}
	return b
}

func appendChildren(b []byte, e *Element) []byte {
	lines := structural[e.Name]
	if lines {
		b = append(b, '\n')
	}
	for _, child := range e.Children {
		switch child := child.(type) {
		case Text:
			b = appendEscaped(b, string(child), false)
		case Markup:
			b = append(b, child...)
		case *Element:
			b = appendElement(b, child, lines)
		}
	}
	return b
}

// appendEscaped appends text so that a parser reads it back as it is. What XML cannot
// hold (XML 1.0, section 2.2) becomes U+FFFD.
func appendEscaped(b []byte, s string, attribute bool) []byte {
	for _, r := range s {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"' && attribute:
			b = append(b, "&quot;"...)
		case r == '\r':
			b = append(b, "&#13;"...)
		case r == '\n' && attribute:
			b = append(b, "&#10;"...)
		case r == '\t' && attribute:
			b = append(b, "&#9;"...)
		case !allowed(r):
			b = append(b, "\uFFFD"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// allowed reports whether XML 1.0 has the character.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}
