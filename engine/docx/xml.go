package docx

import (
	"context"
	"io"
	"strings"

	"github.com/docjobs/docjobs/engine/xmltoken"
)

// An element is the start of an element: its name with the conventional prefix
// ("w:p") whatever prefix the file uses, and its attributes. It is good until it is left.
type element struct {
	name  string
	attrs []attribute
}

type attribute struct{ name, value string }

// attr returns the value of an attribute by its conventional name, "w:val" or,
// without a namespace, "style"; "" if there is none.
func (e element) attr(name string) string {
	v, _ := e.lookup(name)
	return v
}

func (e element) lookup(name string) (string, bool) {
	for i := range e.attrs {
		if e.attrs[i].name == name {
			return e.attrs[i].value, true
		}
	}
	return "", false
}

// val is the attribute that most elements of WordprocessingML have.
func (e element) val() string { return e.attr("w:val") }

// An xmlReader reads one part as a stream of elements. Errors stick: after the first
// one every method returns at once, so that the code that reads a format can speak of
// the format alone.
type xmlReader struct{ *tokenReader }

// xml opens a part of XML. The caller closes it.
func (p *Package) xml(ctx context.Context, part string) (*xmlReader, io.Closer, error) {
	t, err := p.tokens(ctx, part)
	if err != nil {
		return nil, nil, err
	}
	return &xmlReader{t}, t, nil
}

// next returns what comes next; the element if it is the start of one.
func (x *xmlReader) next() (xmltoken.Kind, element) {
	if !x.tokenReader.next() || x.kind != atStart {
		return x.kind, element{}
	}
	return atStart, x.element()
}

// Bounds on the values that are kept.
const (
	maxKeptValue  = 32 // bytes
	maxKeptValues = 4096
)

// element keeps the element that starts.
func (x *xmlReader) element() element {
	first := len(x.attrs)
	for _, a := range x.Attrs {
		x.attrs = append(x.attrs, attribute{a.Name, x.value(a.Value)})
	}
	return element{x.Name, x.attrs[first:len(x.attrs):len(x.attrs)]}
}

// value keeps a value, the same ones once.
func (x *xmlReader) value(v []byte) string {
	if len(v) > maxKeptValue {
		return string(v)
	}
	if known, ok := x.values[string(v)]; ok {
		return known
	}
	if len(x.values) >= maxKeptValues {
		clear(x.values)
	}
	kept := string(v)
	x.values[kept] = kept
	return kept
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
	depth, attrs := x.Depth(), len(x.attrs)
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
		x.leave(depth, attrs)
	}
}

// alternative visits the children of the first Choice whose requirements are
// understood, else those of the Fallback (ISO/IEC 29500-3, 9.3).
func (x *xmlReader) alternative(visit func(e element)) {
	taken, depth, attrs := false, x.Depth(), len(x.attrs)
	for {
		ev, e := x.next()
		if ev == atStop || ev == atEnd {
			return
		}
		if ev == atStart && !taken && (e.name == "mc:Fallback" || e.name == "mc:Choice" && x.understands(e.attr("Requires"))) {
			taken = true
			x.each(visit)
		}
		x.leave(depth, attrs)
	}
}

func (x *xmlReader) understands(requires string) bool {
	for _, prefix := range strings.Fields(requires) {
		if !understood[x.Prefix(prefix)] {
			return false
		}
	}
	return true
}

// leave skips to the end of what was entered since depth, and lets go of attributes.
func (x *xmlReader) leave(depth, attrs int) {
	for x.Depth() > depth && x.tokenReader.next() {
	}
	x.attrs = x.attrs[:attrs]
}

// text returns the character data of the element that was just entered, that of
// its children included, and leaves it.
func (x *xmlReader) text() string {
	var b strings.Builder
	for depth := x.Depth(); x.Depth() >= depth && x.tokenReader.next(); {
		if x.kind == atText {
			b.Write(x.Text)
		}
	}
	return b.String()
}
