package xmltoken

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// A Kind is what a token is.
type Kind int

// The kinds of tokens.
const (
	Start     Kind = iota + 1 // a start tag, or an empty element, of which the End follows
	End                       // an end tag
	Text                      // character data, or a CDATA section
	Directive                 // a document type declaration or what looks like one
)

// Errors of a file that is over a limit.
var (
	ErrTooLong = errors.New("a tag or a text is longer than the limit")
	ErrTooDeep = errors.New("elements are nested deeper than the limit")
)

// An Attr is an attribute. Its value is good until the next token is read.
type Attr struct {
	Name  string
	Value []byte
	raw   bool // it has references or line ends to replace
}

// Options say how a file is read.
type Options struct {
	// Prefix returns the prefix by which a namespace is known. Names of one that is
	// not known, for which it returns "", have the prefix "?". Nil knows none.
	Prefix   func(namespace string) string
	MaxToken int // bytes of one tag or text; 0 is 8 MiB
	MaxDepth int // of elements; 0 is 4,096
}

// A Reader reads the tokens of one file. What it holds of a token is good until the
// next one is read, except for names.
type Reader struct {
	Name  string // of the element that starts
	Attrs []Attr // of the element that starts
	Text  []byte // of a Text; of a Directive what stands behind "<!"

	buffer
	names
	maxDepth     int
	begun        bool
	empty        bool   // the End of an empty element is next
	open         []byte // names of the open elements, as they are written
	lengths      []int  // of those names
	spans        []span // of the attributes in the tag
	line, column int    // of the beginning of the buffer's token
	from         struct{ line, column int }
	offset       int64
	err          error
}

// A span is where an attribute stands in its tag.
type span struct {
	name, nameEnd, value, valueEnd int
	plain                          bool // the value is as it is written
}

// NewReader returns a reader of r, which may be nil if it is reset before it is used.
func NewReader(r io.Reader, o Options) *Reader {
	if o.MaxToken <= 0 {
		o.MaxToken = 8 << 20
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = 4096
	}
	x := &Reader{names: newNames(o.Prefix), maxDepth: o.MaxDepth}
	x.limit = o.MaxToken
	x.Reset(r)
	return x
}

// Reset makes it a reader of another file, with the same options and in the memory that
// it has.
func (r *Reader) Reset(src io.Reader) {
	r.names.reset()
	r.buffer.reset(src)
	r.Name, r.Attrs, r.Text = "", emptied(r.Attrs), nil
	r.open, r.lengths, r.spans = emptied(r.open), emptied(r.lengths), emptied(r.spans)
	r.begun, r.empty, r.err = false, false, nil
	r.offset, r.line, r.column = 0, 1, 1
}

// maxRoom is how much room a slice may have that is used for another file.
const maxRoom = 4096

// emptied returns a slice for use again, which holds nothing of the file any more, unless
// a file made it larger than most need.
func emptied[T any](s []T) []T {
	if cap(s) > maxRoom {
		return nil
	}
	clear(s[:cap(s)])
	return s[:0]
}

// Depth is how many elements are open.
func (r *Reader) Depth() int { return len(r.lengths) }

// Pos returns where the last token begins, or where the error is: a line and a byte
// of it, from 1.
func (r *Reader) Pos() (line, column int) { return r.from.line, r.from.column }

// Offset is how many bytes were read, of tokens that are done.
func (r *Reader) Offset() int64 { return r.offset }

// Next reads the next token. The error is io.EOF at the end, an [*xml.SyntaxError] for
// what is not well-formed, [ErrTooLong], [ErrTooDeep], or one of the source. It is the
// same from then on.
func (r *Reader) Next() (Kind, error) {
	if r.empty {
		r.empty = false
		r.leave()
		return End, nil
	}
	if !r.begun {
		r.begun, r.err = true, r.begin()
	}
	for r.err == nil {
		if kind := r.token(); kind != 0 && r.err == nil {
			return kind, nil
		}
	}
	return 0, r.err
}

// token reads what comes next; 0 for what is passed over, and for a fault.
func (r *Reader) token() Kind {
	r.from.line, r.from.column = r.line, r.column
	switch c := r.at(0); {
	case r.pos == r.end:
		if errors.Is(r.over, io.EOF) && r.Depth() == 0 {
			r.err = io.EOF
			return 0
		}
		return r.fail(0, "")
	case c != '<':
		return r.text()
	}
	switch r.at(1) {
	case '/':
		return r.endTag()
	case '?':
		return r.instruction()
	case '!':
		return r.declaration()
	}
	return r.startTag()
}

// fail notes a fault at an offset of the token. Where the file ends that is the fault.
func (r *Reader) fail(i int, message string) Kind {
	r.advance(min(i, r.end-r.pos))
	r.from.line, r.from.column = r.line, r.column
	if r.pos == r.end && r.over != nil {
		if !errors.Is(r.over, io.EOF) {
			r.err = r.over
			return 0
		}
		message = "unexpected EOF"
	}
	r.err = &xml.SyntaxError{Msg: message, Line: r.line}
	return 0
}

// advance goes on by n bytes.
func (r *Reader) advance(n int) {
	passed := r.bytes[r.pos : r.pos+n]
	r.pos += n
	r.offset += int64(n)
	r.column += n
	if lines := bytes.Count(passed, newline); lines > 0 {
		r.line += lines
		r.column = n - bytes.LastIndexByte(passed, '\n')
	}
}

var newline = []byte{'\n'}

// text reads character data (2.4).
func (r *Reader) text() Kind {
	n := r.find(0, "<")
	if n < 0 {
		n = r.end - r.pos
		if !errors.Is(r.over, io.EOF) {
			return r.fail(n, "")
		}
	}
	return r.chars(0, n, n, inText)
}

// chars returns a text and goes on to the end of its token.
func (r *Reader) chars(from, to, end int, in context) Kind {
	text := r.window(from)[:to-from]
	at, fault, raw := check(text, in)
	if fault != "" {
		return r.fail(from+at, fault)
	}
	r.advance(end)
	if raw {
		text = replace(text, in)
	}
	r.Text = text
	return Text
}

// declaration reads a comment (2.5), a CDATA section (2.7) or a document type
// declaration (2.8).
func (r *Reader) declaration() Kind {
	switch r.at(2) {
	case '-':
		if r.at(3) != '-' {
			return r.fail(3, "invalid sequence <!- not part of <!--")
		}
		end := r.find(4, "--")
		if end < 0 {
			return r.fail(r.end-r.pos, "")
		}
		if r.at(end+2) != '>' {
			return r.fail(end+2, `invalid sequence "--" not allowed in comments`)
		}
		r.advance(end + 3)
		return 0
	case '[':
		const start = "<![CDATA["
		for i := range start {
			if r.at(i) != start[i] {
				return r.fail(i, "invalid <![ sequence")
			}
		}
		end := r.find(len(start), "]]>")
		if end < 0 {
			return r.fail(r.end-r.pos, "")
		}
		return r.chars(len(start), end, end+3, inCDATA)
	}
	return r.directive()
}

// directive reads up to the ">" that ends a declaration: those in quotes, comments
// and declarations within do not.
func (r *Reader) directive() Kind {
	var quote byte
	depth := 0
	for i := 3; ; i++ {
		switch c := r.at(i); {
		case r.pos+i >= r.end:
			return r.fail(i, "")
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'':
			quote = c
		case c == '>' && depth == 0:
			r.Text = r.window(2)[:i-2]
			r.advance(i + 1)
			return Directive
		case c == '>':
			depth--
		case c == '<' && r.at(i+1) == '!' && r.at(i+2) == '-' && r.at(i+3) == '-':
			end := r.find(i+4, "-->")
			if end < 0 {
				return r.fail(r.end-r.pos, "")
			}
			i = end + 2
		case c == '<':
			depth++
		}
	}
}

// instruction passes over a processing instruction (2.6), or reads the declaration of
// the version and the encoding (2.8).
func (r *Reader) instruction() Kind {
	nameEnd := r.run(2, &nameBytes)
	end := r.find(nameEnd, "?>")
	target := r.window(2)[:nameEnd-2]
	switch {
	case !isName(target):
		return r.fail(2, "expected target name after <?")
	case end < 0:
		return r.fail(r.end-r.pos, "")
	}
	content := string(r.window(nameEnd)[:end-nameEnd])
	isXML := string(target) == "xml"
	r.advance(end + 2)
	if !isXML {
		return 0
	}
	if version := pseudo(content, "version"); version != "" && version != "1.0" {
		r.err = fmt.Errorf("xml: unsupported version %q; only version 1.0 is supported", version)
		return 0
	}
	r.err = r.declared(pseudo(content, "encoding"))
	return 0
}

// endTag reads an end tag (3.1), which must be that of the element that is open.
func (r *Reader) endTag() Kind {
	nameEnd := r.run(2, &nameBytes)
	i := r.run(nameEnd, &blanks)
	end := r.at(i)
	name := r.window(2)[:nameEnd-2]
	switch {
	case !isName(name):
		return r.fail(2, "expected element name after </")
	case end != '>':
		return r.fail(i, "invalid characters between </"+local(name)+" and >")
	case r.Depth() == 0:
		return r.fail(0, "unexpected end element </"+local(name)+">")
	}
	if open := r.top(); !bytes.Equal(open, name) {
		if local(open) != local(name) {
			return r.fail(0, "element <"+local(open)+"> closed by </"+local(name)+">")
		}
		return r.fail(0, fmt.Sprintf("element <%s> closed by </%s>", open, name))
	}
	r.advance(i + 1)
	r.leave()
	return End
}

// top is the name of the innermost open element, as it is written.
func (r *Reader) top() []byte { return r.open[len(r.open)-r.lengths[r.Depth()-1]:] }

// leave ends the innermost open element.
func (r *Reader) leave() {
	r.unbind(r.Depth())
	r.open = r.open[:len(r.open)-len(r.top())]
	r.lengths = r.lengths[:r.Depth()-1]
}

// startTag reads a start tag or an empty element (3.1).
func (r *Reader) startTag() Kind {
	r.spans = r.spans[:0]
	nameEnd := r.run(1, &nameBytes)
	if nameEnd == 1 {
		return r.fail(1, "expected element name after <")
	}
	for i := nameEnd; ; {
		i = r.run(i, &blanks)
		switch r.at(i) {
		case '>':
			return r.start(nameEnd, i+1)
		case '/':
			if r.at(i+1) != '>' {
				return r.fail(i+1, "expected /> in element")
			}
			kind := r.start(nameEnd, i+2)
			r.empty = kind == Start
			return kind
		}
		a, fault := r.attribute(i)
		if fault != "" {
			return r.fail(a.valueEnd, fault)
		}
		r.spans = append(r.spans, a)
		i = a.valueEnd + 1
	}
}

// attribute finds the parts of an attribute; a fault is where its value ends.
func (r *Reader) attribute(i int) (a span, fault string) {
	a = span{name: i, nameEnd: r.run(i, &nameBytes), plain: true}
	if a.valueEnd = a.nameEnd; a.nameEnd == i {
		return a, "expected attribute name in element"
	}
	if a.valueEnd = r.run(a.valueEnd, &blanks); r.at(a.valueEnd) != '=' {
		return a, "attribute name without = in element"
	}
	a.valueEnd = r.run(a.valueEnd+1, &blanks)
	quote := r.at(a.valueEnd)
	if quote != '"' && quote != '\'' {
		return a, "unquoted or missing attribute value in element"
	}
	a.value = a.valueEnd + 1
	for a.valueEnd = a.value; ; a.valueEnd++ {
		a.valueEnd = r.run(a.valueEnd, &valueBytes)
		switch c := r.at(a.valueEnd); {
		case c == quote && a.plain:
			return a, ""
		case c == quote:
			at, fault, raw := check(r.window(0)[a.value:a.valueEnd], inValue)
			if a.plain = !raw; fault != "" {
				a.valueEnd = a.value + at
			}
			return a, fault
		case r.pos+a.valueEnd >= r.end:
			return a, "unexpected EOF"
		case c != '"' && c != '\'':
			a.plain = false
		}
	}
}

// start enters the element of a tag, with the namespaces that it declares.
func (r *Reader) start(nameEnd, end int) Kind {
	tag := r.window(0)[:end]
	name := tag[1:nameEnd]
	r.open = append(r.open, name...)
	r.lengths = append(r.lengths, len(name))
	if r.Depth() > r.maxDepth {
		r.err = ErrTooDeep
		return 0
	}
	for _, a := range r.spans {
		if prefix, ok := declaration(tag[a.name:a.nameEnd]); ok {
			namespace := replace(bytes.Clone(tag[a.value:a.valueEnd]), inValue)
			r.bind(r.Depth(), prefix, string(namespace))
		}
	}
	return r.named(tag, name)
}

// named gives the element of a tag and its attributes their names.
func (r *Reader) named(tag, name []byte) Kind {
	var ok bool
	if r.Name, ok = r.element(name); !ok {
		return r.fail(1, "invalid XML name: "+string(name))
	}
	r.Attrs = r.Attrs[:0]
	for _, a := range r.spans {
		written := tag[a.name:a.nameEnd]
		if _, declares := declaration(written); declares {
			continue
		}
		name, ok := r.names.attribute(written)
		if !ok {
			return r.fail(a.name, "invalid XML name: "+string(written))
		}
		r.Attrs = append(r.Attrs, Attr{name, tag[a.value:a.valueEnd], !a.plain})
	}
	r.advance(len(tag))
	for i := range r.Attrs {
		if a := &r.Attrs[i]; a.raw {
			a.Value = replace(a.Value, inValue)
		}
	}
	return Start
}
