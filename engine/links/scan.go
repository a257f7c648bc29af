package links

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// reference is one link as a document writes it. Its byte slices are only valid during the call that hands it over.
type reference struct {
	url     []byte // the attribute's value, entities resolved
	element string
	attr    string
	kind    Kind
	line    int    // 1-based line of the element's start
	column  int    // 1-based column in bytes
	text    string // link text or alternative text; only filled when the scanner keeps text

	integrity []byte // the digests that the file must have
}

// sink takes what a scanner finds in one document, in document order.
type sink interface {
	reference(r *reference)
	anchor(name []byte)
}

// incompleteError says why the rest of a document was not looked at. It is a fact about the document, not a failure.
type incompleteError struct{ reason string }

func (e *incompleteError) Error() string { return e.reason }

// errRestart asks for the page to be scanned again because <base href> came after the first link.
var errRestart = errors.New("the base address came after a link")

// pageScanner reads one HTML page token by token. It keeps no tree: its memory is one token.
type pageScanner struct {
	out      sink
	keepText bool // collect link texts (the slower second look at broken pages)
	limits   Limits

	base      string // href of the first <base>, as written
	hasBase   bool
	position  position
	links     int
	anchors   int
	templates int // depth of <template>, whose content is inert
	style     bool
	open      *openLink
	attrs     tagAttrs
}

// scan reads the page up to its end. known is the page's <base href> where an earlier scan returned errRestart.
func (s *pageScanner) scan(r io.Reader, known *string) error {
	if known != nil {
		s.base, s.hasBase = *known, true
	}
	s.position = position{line: 1, column: 1}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(s.limits.TokenBytes)
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			s.closeLink()
			return s.endError(z.Err())
		}
		at := s.position
		s.position.advance(z.Raw())
		if err := s.token(z, tt, at); err != nil {
			return err
		}
	}
}

func (s *pageScanner) endError(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, html.ErrBufferExceeded):
		return &incompleteError{fmt.Sprintf("a single tag, text or script is longer than %d bytes", s.limits.TokenBytes)}
	}
	return err
}

func (s *pageScanner) token(z *html.Tokenizer, tt html.TokenType, at position) error {
	switch tt {
	case html.StartTagToken, html.SelfClosingTagToken:
		return s.startTag(z, at)
	case html.EndTagToken:
		s.endTag(z)
	case html.TextToken:
		s.text(z, at)
	}
	return nil
}

func (s *pageScanner) endTag(z *html.Tokenizer) {
	name, _ := z.TagName()
	switch string(name) {
	case "a":
		s.closeLink()
	case "template":
		s.templates = max(s.templates-1, 0)
	case "style":
		s.style = false
	}
}

func (s *pageScanner) text(z *html.Tokenizer, at position) {
	if s.style {
		s.style = false
		if s.templates == 0 {
			s.css(z.Text(), at, "style", "")
		}
		return
	}
	if s.open != nil {
		s.open.add(z.Text())
	}
}

func (s *pageScanner) startTag(z *html.Tokenizer, at position) error {
	name, more := z.TagName()
	tag := string(name) // the compiler keeps this on the stack for short names
	if tag == "noscript" {
		z.NextIsNotRawText() // readers without scripts see what is inside
	}
	s.attrs.read(z, more)
	if err := s.anchorsOf(tag); err != nil {
		return err
	}
	switch tag {
	case "template":
		s.templates++
	case "style":
		s.style = true
	case "base":
		return s.setBase()
	}
	if s.templates > 0 {
		return nil
	}
	return s.linksOf(tag, at)
}

func (s *pageScanner) anchorsOf(tag string) error {
	for _, a := range s.attrs.list {
		if a.key == "id" || a.key == "name" && tag == "a" {
			if s.anchors++; s.anchors > s.limits.AnchorsPerPage {
				return &incompleteError{fmt.Sprintf("the page has more than %d anchors", s.limits.AnchorsPerPage)}
			}
			s.out.anchor(a.val)
		}
	}
	return nil
}

// setBase takes the first <base href>; it counts for the whole page, also for links above it (HTML, 2.4.3).
func (s *pageScanner) setBase() error {
	href, ok := s.attrs.get("href")
	if !ok || s.hasBase {
		return nil
	}
	s.base, s.hasBase = string(bytes.TrimSpace(href)), true
	if s.links > 0 {
		return errRestart
	}
	return nil
}

func (s *pageScanner) emit(r *reference) error {
	if s.links++; s.links > s.limits.LinksPerPage {
		return &incompleteError{fmt.Sprintf("the page has more than %d links", s.limits.LinksPerPage)}
	}
	if s.keepText && r.element == "a" && r.kind == KindLink {
		s.closeLink()
		s.open = newOpenLink(r)
		return nil
	}
	s.out.reference(r)
	return nil
}

func (s *pageScanner) closeLink() {
	if s.open != nil {
		s.out.reference(s.open.done())
		s.open = nil
	}
}

// position is a place in a document; columns count bytes.
type position struct{ line, column int }

func (p *position) advance(raw []byte) {
	if n := bytes.Count(raw, newline); n > 0 {
		p.line += n
		p.column = len(raw) - bytes.LastIndexByte(raw, '\n')
		return
	}
	p.column += len(raw)
}

var newline = []byte{'\n'}

// openLink is an <a> whose text is still being read.
type openLink struct {
	ref  reference
	text strings.Builder
}

func newOpenLink(r *reference) *openLink {
	o := &openLink{ref: *r}
	o.ref.url = bytes.Clone(r.url)
	return o
}

func (o *openLink) add(text []byte) {
	if o.text.Len() < 4*maxText {
		o.text.Write(text[:min(len(text), 4*maxText)])
	}
}

func (o *openLink) done() *reference {
	if folded := foldText(o.text.String()); folded != "" {
		o.ref.text = folded
	}
	return &o.ref
}

// maxText is the length of a kept link text in characters.
const maxText = 120

// foldText joins white space, as a browser shows it, and cuts the text at maxText characters.
func foldText(text string) string {
	folded := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " "))
	if len(folded) > maxText {
		return string(folded[:maxText-1]) + "…"
	}
	return string(folded)
}
