package docx

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html/charset"
)

// A tagReader reads the tags and texts of a part as they stand, by itself: counting
// is a witness against the reader, so it does not share the reader's parser. It has
// the reader's bounds, but takes for granted what the reader has checked before, that
// the part is well-formed (XML 1.0): it checks no names, and of tags only that there
// are as many ends as starts.
type tagReader struct {
	src      *tokenSource
	r        *bufio.Reader
	closer   io.Closer
	part     string
	prefixes map[string]string // conventional prefix by the part's own
	undo     []undoPrefix
	names    map[string]string // conventional names by the part's own
	maxDepth int
	err      error // io.EOF at the end of the part

	event event
	depth int    // of elements that are open; that which has just ended is not
	name  string // of the element that starts, with its conventional prefix
	attrs []byte // its attributes, as they are written
	chars []byte // of text; they hold until the next call of next

	buffer  []byte // for what is longer than the buffer of r, or not as it is written
	inTag   bool   // the next byte is behind a "<"
	closing bool   // the element that started was empty: its end is next
}

// An undoPrefix says what a prefix meant before an element at a depth changed it.
type undoPrefix struct {
	depth         int
	prefix, meant string
}

func (p *Package) tags(ctx context.Context, part string) (*tagReader, error) {
	r, err := p.part(part, p.limits.PartBytes)
	if err != nil {
		return nil, err
	}
	x := newTagReader(&tokenSource{ctx: ctx, r: r, left: tokenBytes}, part, p.limits.Depth)
	x.closer = r
	return x, nil
}

func newTagReader(src *tokenSource, part string, maxDepth int) *tagReader {
	return &tagReader{
		src: src, r: utf8Reader(bufio.NewReaderSize(src, 16<<10)), part: part, maxDepth: maxDepth,
		prefixes: map[string]string{"xml": "xml"}, names: map[string]string{},
	}
}

func (x *tagReader) close() { _ = x.closer.Close() } // it was only read

// failed is the error that ended the reading, nil at the end of the part.
func (x *tagReader) failed() error {
	if errors.Is(x.err, io.EOF) {
		return nil
	}
	return x.err
}

// next goes to what comes next; false at the end or after an error.
func (x *tagReader) next() bool {
	if x.closing && x.err == nil {
		x.closing = false
		return x.leave()
	}
	for x.err == nil {
		x.src.left = tokenBytes
		found := false
		if x.inTag {
			found = x.markup()
		} else {
			found = x.text()
		}
		if found {
			return x.err == nil
		}
	}
	return false
}

// text reads the text before the next tag; false if there is none.
func (x *tagReader) text() bool {
	x.inTag = true
	chars, err := x.until('<')
	switch {
	case errors.Is(err, io.EOF) && x.depth == 0:
		x.err = io.EOF
		return false
	case err != nil:
		x.fail(err)
		return false
	}
	x.event, x.chars = atText, x.plain(chars)
	return len(chars) > 0
}

// until reads up to a byte and returns what stands before it.
func (x *tagReader) until(end byte) ([]byte, error) {
	chunk, err := x.r.ReadSlice(end)
	if err == nil {
		return chunk[:len(chunk)-1], nil
	}
	x.buffer = append(x.buffer[:0], chunk...)
	for errors.Is(err, bufio.ErrBufferFull) {
		chunk, err = x.r.ReadSlice(end)
		x.buffer = append(x.buffer, chunk...)
	}
	if err != nil {
		return nil, err
	}
	return x.buffer[:len(x.buffer)-1], nil
}

// markup reads what stands behind a "<"; false if it is nothing that counts.
func (x *tagReader) markup() bool {
	x.inTag = false
	start, err := x.r.Peek(1)
	if err != nil {
		x.fail(err)
		return false
	}
	switch start[0] {
	case '!':
		return x.declaration()
	case '?':
		x.instruction()
		return false
	case '/':
		if _, err := x.until('>'); err != nil {
			x.fail(err)
			return false
		}
		return x.leave()
	}
	return x.start()
}

// declaration reads a comment, a CDATA section, or what must not be in a part.
func (x *tagReader) declaration() bool {
	start, _ := x.r.Peek(len("![CDATA["))
	switch {
	case string(start) == "![CDATA[":
		text := x.upTo("]]>")
		if x.err != nil {
			return false
		}
		x.event, x.chars = atText, text[len("![CDATA["):]
		return true
	case bytes.HasPrefix(start, []byte("!--")):
		_, _ = x.r.Discard(len("!--")) // they are in the buffer
		x.upTo("-->")
	case strings.EqualFold(string(start), "!DOCTYPE"):
		x.err = refuse(Bomb, "the file has a document type declaration, which Word documents never have and attacks do").in(x.part)
	default:
		x.upTo(">")
	}
	return false
}

// upTo reads up to some bytes and returns what stands before them.
func (x *tagReader) upTo(end string) []byte {
	var text []byte
	for {
		chunk, err := x.r.ReadSlice(end[len(end)-1])
		text = append(text, chunk...)
		switch {
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			x.fail(err)
			return nil
		case err == nil && bytes.HasSuffix(text, []byte(end)):
			return text[:len(text)-len(end)]
		}
	}
}

// instruction reads a processing instruction. The first may name an encoding.
func (x *tagReader) instruction() {
	text := string(x.upTo("?>"))
	if x.err != nil || !strings.HasPrefix(text, "?xml ") {
		return
	}
	label := strings.ToLower(attribute([]byte(text[len("?xml "):]), func(name []byte) bool { return string(name) == "encoding" }))
	if label == "" || label == "utf-8" || strings.HasPrefix(label, "utf-16") {
		return // utf8Reader saw to it
	}
	r, err := charset.NewReaderLabel(label, x.r)
	if err != nil {
		x.fail(err)
		return
	}
	x.r = bufio.NewReader(r)
}

// start reads the start of an element.
func (x *tagReader) start() bool {
	tag, err := x.tag()
	if err != nil {
		x.fail(err)
		return false
	}
	if n := len(tag) - 1; n >= 0 && tag[n] == '/' {
		tag, x.closing = tag[:n], true
	}
	name := tag
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		name, x.attrs = tag[:i], tag[i:]
	} else {
		x.attrs = nil
	}
	if x.depth++; x.depth > x.maxDepth {
		x.err = refuse(Bomb, "elements are nested more than %d deep, which no word processor writes", x.maxDepth).in(x.part)
		return false
	}
	if bytes.Contains(x.attrs, []byte("xmlns")) {
		x.declare()
	}
	x.event, x.name = atStart, x.conventional(name)
	return true
}

// tag reads up to the ">" that ends a tag: one in the value of an attribute does not.
func (x *tagReader) tag() ([]byte, error) {
	tag, err := x.until('>')
	quote := openQuote(0, tag)
	if err != nil || quote == 0 {
		return tag, err
	}
	whole := bytes.Clone(tag)
	for quote != 0 {
		if tag, err = x.until('>'); err != nil {
			return nil, err
		}
		whole = append(append(whole, '>'), tag...)
		quote = openQuote(quote, tag)
	}
	return whole, nil
}

// openQuote returns the quote that is open after some bytes, 0 for none.
func openQuote(quote byte, b []byte) byte {
	for len(b) > 0 {
		if quote != 0 {
			i := bytes.IndexByte(b, quote)
			if i < 0 {
				return quote
			}
			b, quote = b[i+1:], 0
			continue
		}
		i := bytes.IndexAny(b, `"'`)
		if i < 0 {
			return 0
		}
		b, quote = b[i+1:], b[i]
	}
	return quote
}

// declare takes in the prefixes that the element declares.
func (x *tagReader) declare() {
	eachAttribute(x.attrs, func(name, value []byte) bool {
		prefix, ok := bytes.CutPrefix(name, []byte("xmlns"))
		if !ok || len(prefix) > 0 && prefix[0] != ':' {
			return true
		}
		own := string(bytes.TrimPrefix(prefix, []byte(":")))
		if means := meaning(string(x.plain(value))); x.prefixes[own] != means {
			x.undo = append(x.undo, undoPrefix{x.depth, own, x.prefixes[own]})
			x.prefixes[own] = means
			clear(x.names)
		}
		return true
	})
}

// meaning returns the conventional prefix of a namespace: "?" for one that is not
// known, "" for none.
func meaning(space string) string {
	if prefix, known := prefixes[space]; known || space == "" {
		return prefix
	}
	return "?"
}

// leave ends an element.
func (x *tagReader) leave() bool {
	x.event = atEnd
	for n := len(x.undo); n > 0 && x.undo[n-1].depth >= x.depth; n = len(x.undo) {
		x.prefixes[x.undo[n-1].prefix] = x.undo[n-1].meant
		x.undo = x.undo[:n-1]
		clear(x.names)
	}
	if x.depth--; x.depth < 0 {
		x.fail(io.ErrUnexpectedEOF)
	}
	return x.err == nil
}

// conventional returns a name with its conventional prefix.
func (x *tagReader) conventional(own []byte) string {
	if name, ok := x.names[string(own)]; ok {
		return name
	}
	prefix, local, _ := strings.Cut(string(own), ":")
	if prefix == "" || local == "" {
		prefix, local = "", string(own)
	}
	name := local
	if means := x.prefixes[prefix]; means != "" {
		name = means + ":" + local
	} else if prefix != "" {
		name = "?:" + local // it was not declared
	}
	if len(x.names) < 4096 { // a hostile file has as many names as bytes
		x.names[string(own)] = name
	}
	return name
}

// attr returns the value of an attribute of the element that starts, by its
// conventional name; "" if there is none.
func (x *tagReader) attr(name string) string {
	prefix, local, qualified := strings.Cut(name, ":")
	if !qualified {
		prefix, local = "", name
	}
	return string(x.plain([]byte(attribute(x.attrs, func(own []byte) bool {
		i := bytes.IndexByte(own, ':')
		if i < 0 {
			return prefix == "" && string(own) == local
		}
		return prefix != "" && string(own[i+1:]) == local && x.prefixes[string(own[:i])] == prefix
	}))))
}

// attribute returns the value of the first attribute whose name is the one, as it is
// written.
func attribute(attrs []byte, is func(name []byte) bool) (value string) {
	eachAttribute(attrs, func(name, v []byte) bool {
		if is(name) {
			value = string(v)
			return false
		}
		return true
	})
	return value
}

// eachAttribute calls f with the names and values of attributes until it returns
// false.
func eachAttribute(attrs []byte, f func(name, value []byte) bool) {
	for {
		i := bytes.IndexByte(attrs, '=')
		if i < 0 {
			return
		}
		name := bytes.TrimSpace(attrs[:i])
		attrs = bytes.TrimLeft(attrs[i+1:], " \t\r\n")
		if len(attrs) == 0 || attrs[0] != '"' && attrs[0] != '\'' {
			return
		}
		end := bytes.IndexByte(attrs[1:], attrs[0])
		if end < 0 || !f(name, attrs[1:1+end]) {
			return
		}
		attrs = attrs[end+2:]
	}
}

// plain returns text with its references resolved: characters by number, and the five
// that XML knows by name (4.1, 4.6).
func (x *tagReader) plain(text []byte) []byte {
	i := bytes.IndexByte(text, '&')
	if i < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for ; i >= 0; i = bytes.IndexByte(text, '&') {
		out = append(out, text[:i]...)
		text = text[i+1:]
		end := bytes.IndexByte(text, ';')
		r, ok := rune(0), false
		if end >= 0 {
			r, ok = reference(string(text[:end]))
		}
		if !ok {
			x.fail(errors.New("a reference to something that is not declared"))
			return out
		}
		out = append(out, string(r)...)
		text = text[end+1:]
	}
	return append(out, text...)
}

// reference returns the character that a reference stands for.
func reference(name string) (rune, bool) {
	number, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		r, ok := map[string]rune{"lt": '<', "gt": '>', "amp": '&', "apos": '\'', "quot": '"'}[name]
		return r, ok
	}
	base := 10
	if hex, ok := strings.CutPrefix(number, "x"); ok {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(number, base, 31)
	return rune(n), err == nil
}

func (x *tagReader) fail(err error) {
	var own *Error
	switch {
	case errors.As(err, &own):
		x.err = own
	case x.src.err != nil:
		x.err = x.src.err
	default:
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		x.err = refuse(Damaged, "the document is damaged: a part of it is not well-formed; "+
			"open it in Word, let Word repair it and save it again").in(x.part).because(err)
	}
}
