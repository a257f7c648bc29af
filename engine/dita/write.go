package dita

import (
	"bufio"
	"io"
	"strings"
)

// Write serialises the document: UTF-8, elements that hold only elements one a
// line, everything else exactly as it is. The same tree gives the same bytes.
func (d *Document) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	p := &printer{b}
	p.string(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	p.string("<!DOCTYPE " + d.Root.Name + ` PUBLIC "` + d.Kind.public(d.Version) + `" "` + d.Kind.system() + "\">\n")
	p.element(d.Root, true)
	return b.Flush()
}

// printer writes to a buffer, which keeps the first error.
type printer struct{ b *bufio.Writer }

func (p *printer) string(s string) { _, _ = p.b.WriteString(s) }

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

// element writes an element; lines says that it stands on lines of its own.
func (p *printer) element(e *Element, lines bool) {
	p.string("<" + e.Name)
	for _, a := range e.Attrs {
		p.string(" " + a.Name + `="`)
		p.escape(a.Value, true)
		p.string(`"`)
	}
	if len(e.Children) == 0 {
		p.string("/>")
	} else {
		p.string(">")
		p.children(e)
		p.string("</" + e.Name + ">")
	}
	if lines {
		p.string("\n")
	}
}

func (p *printer) children(e *Element) {
	lines := structural[e.Name]
	if lines {
		p.string("\n")
	}
	for _, child := range e.Children {
		switch child := child.(type) {
		case Text:
			p.escape(string(child), false)
		case Markup:
			p.string(string(child))
		case *Element:
			p.element(child, lines)
		}
	}
}

// escape writes text so that a parser reads it back as it is. What XML cannot
// hold (XML 1.0, section 2.2) becomes U+FFFD.
func (p *printer) escape(s string, attribute bool) {
	for _, r := range s {
		switch {
		case r == '&':
			p.string("&amp;")
		case r == '<':
			p.string("&lt;")
		case r == '>':
			p.string("&gt;")
		case r == '"' && attribute:
			p.string("&quot;")
		case r == '\r':
			p.string("&#13;")
		case (r == '\n' || r == '\t') && attribute:
			p.string(map[rune]string{'\n': "&#10;", '\t': "&#9;"}[r])
		case !allowed(r):
			p.string("\uFFFD")
		default:
			_, _ = p.b.WriteRune(r)
		}
	}
}

// allowed reports whether XML 1.0 has the character.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}
