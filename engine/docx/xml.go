package docx

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// An element is the start of an element: its name with the conventional prefix
// ("w:p") whatever prefix the file uses, and its attributes.
type element struct {
	name  string
	attrs []xml.Attr
}

// attr returns the value of an attribute by its conventional name, "w:val" or,
// without a namespace, "style"; "" if there is none.
func (e element) attr(name string) string {
	v, _ := e.lookup(name)
	return v
}

func (e element) lookup(name string) (string, bool) {
	prefix, local := "", name
	if i := strings.IndexByte(name, ':'); i >= 0 {
		prefix, local = name[:i], name[i+1:]
	}
	for i := range e.attrs {
		if a := &e.attrs[i]; a.Name.Local == local && prefixes[a.Name.Space] == prefix {
			return a.Value, true
		}
	}
	return "", false
}

// val is the attribute that most elements of WordprocessingML have.
func (e element) val() string { return e.attr("w:val") }

// An xmlReader reads one part as a stream, with bounds on depth and on the size
// of a token. Errors stick: after the first one every method returns at once, so
// that the code that reads a format can speak of the format alone.
type xmlReader struct {
	dec      *xml.Decoder
	src      *tokenSource
	part     string
	names    map[xml.Name]string
	declared map[string]string // namespaces by the prefixes of the part, for mc:Requires
	chars    []byte            // of the last token, if it was text
	depth    int
	maxDepth int
	err      error
}

func newXMLReader(ctx context.Context, part string, r io.Reader, maxDepth int) *xmlReader {
	src := &tokenSource{ctx: ctx, r: r}
	x := &xmlReader{
		src: src, part: part, maxDepth: maxDepth,
		names: map[xml.Name]string{}, declared: map[string]string{},
	}
	x.dec = xml.NewDecoder(utf8Reader(bufio.NewReaderSize(src, 16<<10)))
	x.dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") {
			return in, nil // utf8Reader saw to it
		}
		return charset.NewReaderLabel(label, in)
	}
	return x
}

// utf8Reader makes UTF-8 of UTF-16, which parts may be in too (ISO/IEC 29500-2, 8.2.5).
func utf8Reader(r *bufio.Reader) *bufio.Reader {
	start, _ := r.Peek(4)
	order, found := unicode.BigEndian, false
	switch {
	case len(start) < 4:
	case start[0] == 0xFE && start[1] == 0xFF, start[0] == 0 && start[1] == '<':
		found = true
	case start[0] == 0xFF && start[1] == 0xFE, start[0] == '<' && start[1] == 0:
		order, found = unicode.LittleEndian, true
	}
	if !found {
		if len(start) >= 3 && string(start[:3]) == "\xEF\xBB\xBF" {
			_, _ = r.Discard(3) // buffered: it cannot fail
		}
		return r
	}
	return bufio.NewReader(transform.NewReader(r, unicode.UTF16(order, unicode.UseBOM).NewDecoder()))
}

type event int

const (
	atStop event = iota // end of the part, or an error
	atStart
	atEnd
	atText
)

// next returns what comes next; the element if it is the start of one.
func (x *xmlReader) next() (event, element) {
	for x.err == nil {
		x.src.left = tokenBytes
		t, err := x.dec.Token()
		if err != nil {
			x.fail(err)
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			if x.depth++; x.depth > x.maxDepth {
				x.err = refuse(Bomb, "elements are nested more than %d deep, which no word processor writes", x.maxDepth).in(x.part)
				return atStop, element{}
			}
			return atStart, element{x.name(t.Name), x.attributes(t.Attr)}
		case xml.EndElement:
			x.depth--
			return atEnd, element{}
		case xml.CharData:
			x.chars = t
			return atText, element{}
		case xml.Directive:
			x.refuseDoctype(t)
		}
	}
	return atStop, element{}
}

// refuseDoctype refuses document type declarations, which packages must not have
// (ISO/IEC 29500-2, 8.2.5): they serve attacks alone.
func (x *xmlReader) refuseDoctype(d xml.Directive) {
	if strings.HasPrefix(strings.ToUpper(string(d)), "DOCTYPE") {
		line, _ := x.dec.InputPos()
		e := refuse(Bomb, "the file has a document type declaration, which Word documents never have and attacks do").in(x.part)
		e.Line = line
		x.err = e
	}
}

func (x *xmlReader) fail(err error) {
	var own *Error
	switch {
	case errors.Is(err, io.EOF) && x.depth == 0:
		x.err = io.EOF
	case errors.As(err, &own):
		x.err = own
	case x.src.err != nil:
		x.err = x.src.err
	default:
		line, _ := x.dec.InputPos()
		e := refuse(Damaged, "the document is damaged: a part of it is not well-formed; "+
			"open it in Word, let Word repair it and save it again").in(x.part).because(err)
		e.Line = line
		x.err = e
	}
}

// failed is the error that ended the reading, nil at the end of the part.
func (x *xmlReader) failed() error {
	if errors.Is(x.err, io.EOF) {
		return nil
	}
	return x.err
}

func (x *xmlReader) name(n xml.Name) string {
	if known, ok := x.names[n]; ok {
		return known
	}
	name := n.Local
	if n.Space != "" {
		prefix, ok := prefixes[n.Space]
		if !ok {
			prefix = "?"
		}
		name = prefix + ":" + n.Local
	}
	if len(x.names) < 4096 { // a hostile file has as many names as bytes
		x.names[n] = name
	}
	return name
}

func (x *xmlReader) attributes(attrs []xml.Attr) []xml.Attr {
	for _, a := range attrs {
		if a.Name.Space == "xmlns" && len(x.declared) < 4096 {
			x.declared[a.Name.Local] = a.Value
		}
	}
	return attrs
}

// root enters the root element and returns it; false if there is none.
func (x *xmlReader) root() (element, bool) {
	for {
		switch ev, e := x.next(); ev {
		case atStart:
			return e, true
		case atStop:
			return element{}, false
		}
	}
}

// each calls visit for every child of the element that was just entered and
// leaves that element. What visit leaves unread of a child is skipped. Of
// mc:AlternateContent the children of the alternative are the children.
func (x *xmlReader) each(visit func(e element)) {
	depth := x.depth
	for {
		ev, e := x.next()
		switch {
		case ev == atStop, ev == atEnd:
			return
		case ev != atStart:
		case e.name == "mc:AlternateContent":
			x.alternative(visit)
		default:
			visit(e)
		}
		x.leave(depth)
	}
}

// alternative visits the children of the first Choice whose requirements are
// understood, else those of the Fallback (ISO/IEC 29500-3, 9.3).
func (x *xmlReader) alternative(visit func(e element)) {
	taken, depth := false, x.depth
	for {
		ev, e := x.next()
		if ev == atStop || ev == atEnd {
			return
		}
		if ev == atStart && !taken && (e.name == "mc:Fallback" || e.name == "mc:Choice" && x.understands(e.attr("Requires"))) {
			taken = true
			x.each(visit)
		}
		x.leave(depth)
	}
}

func (x *xmlReader) understands(requires string) bool {
	for _, prefix := range strings.Fields(requires) {
		if !understood[prefixes[x.declared[prefix]]] {
			return false
		}
	}
	return true
}

// leave skips to the end of what was entered since depth.
func (x *xmlReader) leave(depth int) {
	for x.depth > depth {
		if ev, _ := x.next(); ev == atStop {
			return
		}
	}
}

// text returns the character data of the element that was just entered, that of
// its children included, and leaves it.
func (x *xmlReader) text() string {
	var b strings.Builder
	for depth := x.depth; ; {
		switch ev, _ := x.next(); {
		case ev == atText:
			b.Write(x.chars)
		case ev == atStop, ev == atEnd && x.depth < depth:
			return b.String()
		}
	}
}

// A tokenSource stops the parser when the context ends and when a token is
// larger than anything that is not an attack.
type tokenSource struct {
	ctx  context.Context
	r    io.Reader
	left int
	err  error // of the world, not of the file
}

func (s *tokenSource) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	if s.left < 0 {
		return 0, refuse(Bomb, "a single tag or text is larger than %d MiB, which no word processor writes", tokenBytes>>20)
	}
	n, err := s.r.Read(p)
	s.left -= n
	return n, err
}
