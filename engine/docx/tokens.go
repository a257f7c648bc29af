package docx

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/docjobs/docjobs/engine/xmltoken"
)

// What comes next in a part.
const (
	atStop  = xmltoken.Kind(0) // end of the part, or an error
	atStart = xmltoken.Start
	atEnd   = xmltoken.End
	atText  = xmltoken.Text
)

// A tokenReader reads the tags and texts of one part, with the conventional prefixes of
// names ("w:p") whatever prefixes the file uses. It says what is wrong with the part in
// the words of this package. The reader and the count of what went in share it, and
// nothing above it.
type tokenReader struct {
	*memory
	src      partSource
	part     string
	maxDepth int
	kind     xmltoken.Kind
	err      error // io.EOF at the end of the part
}

// tokens opens a part. The caller closes it.
func (p *Package) tokens(ctx context.Context, part string) (*tokenReader, error) {
	limit := p.limits.PartBytes
	if strings.HasSuffix(part, ".rels") || part == contentTypesPart {
		limit = min(limit, listBytes)
	}
	r, err := p.part(part, limit)
	if err != nil {
		return nil, err
	}
	t := &tokenReader{memory: memories.Get().(*memory), src: partSource{ctx: ctx, part: r}, part: part, maxDepth: p.limits.Depth}
	t.Reset(&t.src)
	return t, nil
}

// memory is what the reading of one part leaves for that of the next.
type memory struct {
	*xmltoken.Reader
	attrs  []attribute       // of the elements in hand
	values map[string]string // of attributes, which documents repeat
}

// maxKeptAttributes bounds the room for attributes that is left: hostile files need much.
const maxKeptAttributes = 4096

var memories = sync.Pool{New: func() any {
	conventional := func(namespace string) string { return prefixes[namespace] }
	return &memory{
		Reader: xmltoken.NewReader(nil, xmltoken.Options{Prefix: conventional, MaxToken: tokenBytes}),
		values: map[string]string{},
	}
}}

// listBytes bounds the parts that are lists of others and are kept in memory.
const listBytes = 16 << 20

// Close closes the part. Nothing but the error of the reading is good afterwards.
func (t *tokenReader) Close() error {
	if cap(t.attrs) > maxKeptAttributes {
		t.attrs = nil
	}
	clear(t.attrs[:cap(t.attrs)]) // of the values
	t.attrs = t.attrs[:0]
	t.Reset(nil)
	memories.Put(t.memory)
	t.memory = nil
	return t.src.part.Close()
}

// next goes to what comes next; false at the end or after an error, which sticks.
func (t *tokenReader) next() bool {
	for t.err == nil {
		t.kind, t.err = t.Next()
		switch {
		case t.err != nil:
			t.err = t.told(t.err)
		case t.kind == xmltoken.Directive:
			t.refuseDoctype()
		case t.Depth() > t.maxDepth:
			t.err = t.tooDeep()
		default:
			return true
		}
	}
	t.kind = atStop
	return false
}

// attr returns the value of an attribute of the element that starts, by its
// conventional name; "" if there is none.
func (t *tokenReader) attr(name string) string {
	for i := range t.Attrs {
		if t.Attrs[i].Name == name {
			return string(t.Attrs[i].Value)
		}
	}
	return ""
}

// failed is the error that ended the reading, nil at the end of the part.
func (t *tokenReader) failed() error {
	if errors.Is(t.err, io.EOF) {
		return nil
	}
	return t.err
}

// refuseDoctype refuses document type declarations, which packages must not have
// (ISO/IEC 29500-2, 8.2.5): they serve attacks alone.
func (t *tokenReader) refuseDoctype() {
	if strings.HasPrefix(strings.ToUpper(string(t.Text)), "DOCTYPE") {
		t.err = t.refuse(Bomb, "the file has a document type declaration, which Word documents never have and attacks do")
	}
}

// refuse refuses the part for what stands at a line of it.
func (t *tokenReader) refuse(code Code, message string) *Error {
	e := refuse(code, "%s", message).in(t.part)
	e.Line, _ = t.Pos()
	return e
}

func (t *tokenReader) tooDeep() *Error {
	return refuse(Bomb, "elements are nested more than %d deep, which no word processor writes", t.Depth()-1).in(t.part)
}

// told says what an error means for the file.
func (t *tokenReader) told(err error) error {
	var own *Error
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &own):
		return own
	case t.src.err != nil:
		return t.src.err
	case errors.Is(err, xmltoken.ErrTooDeep):
		return t.tooDeep()
	case errors.Is(err, xmltoken.ErrTooLong):
		return refuse(Bomb, "a single tag or text is larger than %d MiB, which no word processor writes", tokenBytes>>20).in(t.part)
	}
	return t.refuse(Damaged, "the document is damaged: a part of it is not well-formed; "+
		"open it in Word, let Word repair it and save it again").because(err)
}

// A partSource ends a part when the context ends.
type partSource struct {
	ctx  context.Context
	part io.ReadCloser
	err  error // of the world, not of the file
}

func (s *partSource) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	return s.part.Read(p)
}
