package docx

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// A rawXML reads the tags and texts of a part as they stand, without checking that
// tags match: the reader does that. It has the reader's bounds.
type rawXML struct {
	*xmlReader
	closer   io.Closer
	prefixes map[string]string // conventional prefix by the part's own
	undo     []undoPrefix
	names    map[xml.Name]string

	event event
	name  string // of the element that starts, with its conventional prefix
	attrs []xml.Attr
}

// An undoPrefix says what a prefix meant before an element at a depth changed it.
type undoPrefix struct {
	depth         int
	prefix, meant string
}

func (p *Package) rawXML(ctx context.Context, part string) (*rawXML, error) {
	x, closer, err := p.xml(ctx, part)
	if err != nil {
		return nil, err
	}
	return &rawXML{xmlReader: x, closer: closer, prefixes: map[string]string{"xml": "xml"}, names: map[xml.Name]string{}}, nil
}

func (x *rawXML) close() { _ = x.closer.Close() } // it was only read

// next goes to what comes next; false at the end or after an error.
func (x *rawXML) next() bool {
	for x.err == nil {
		x.src.left = tokenBytes
		token, err := x.dec.RawToken()
		if errors.Is(err, io.EOF) && x.depth > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			x.fail(err)
			return false
		}
		switch token := token.(type) {
		case xml.StartElement:
			x.enter(token)
			x.event = atStart
			return x.err == nil
		case xml.EndElement:
			x.leaveRaw()
			x.event = atEnd
			return x.err == nil
		case xml.CharData:
			x.chars = token
			x.event = atText
			return true
		case xml.Directive:
			x.refuseDoctype(token)
		}
	}
	return false
}

func (x *rawXML) enter(t xml.StartElement) {
	if x.depth++; x.depth > x.maxDepth {
		x.err = refuse(Bomb, "elements are nested more than %d deep, which no word processor writes", x.maxDepth).in(x.part)
		return
	}
	for _, a := range t.Attr {
		if prefix, ok := declares(a.Name); ok && x.prefixes[prefix] != prefixes[a.Value] {
			x.undo = append(x.undo, undoPrefix{x.depth, prefix, x.prefixes[prefix]})
			x.prefixes[prefix] = prefixes[a.Value]
			clear(x.names)
		}
	}
	x.name, x.attrs = x.conventional(t.Name), t.Attr
}

func declares(n xml.Name) (prefix string, ok bool) {
	switch {
	case n.Space == "xmlns":
		return n.Local, true
	case n.Space == "" && n.Local == "xmlns":
		return "", true
	}
	return "", false
}

func (x *rawXML) leaveRaw() {
	for n := len(x.undo); n > 0 && x.undo[n-1].depth >= x.depth; n = len(x.undo) {
		x.prefixes[x.undo[n-1].prefix] = x.undo[n-1].meant
		x.undo = x.undo[:n-1]
		clear(x.names)
	}
	x.depth--
	if x.depth < 0 {
		x.err = refuse(Damaged, "the document is damaged: a part of it is not well-formed").in(x.part)
	}
}

// conventional returns a name with its conventional prefix; "?" is that of all
// namespaces that are not known.
func (x *rawXML) conventional(n xml.Name) string {
	if name, ok := x.names[n]; ok {
		return name
	}
	name := n.Local
	if prefix, known := x.prefixes[n.Space]; known && prefix != "" {
		name = prefix + ":" + n.Local
	} else if n.Space != "" || known {
		name = "?:" + n.Local
	}
	if len(x.names) < 4096 { // a hostile file has as many names as bytes
		x.names[n] = name
	}
	return name
}

// attr returns the value of an attribute of the element that starts, by its
// conventional name; "" if there is none.
func (x *rawXML) attr(name string) string {
	value, _ := x.lookup(name)
	return value
}

func (x *rawXML) lookup(name string) (string, bool) {
	prefix, local, qualified := strings.Cut(name, ":")
	if !qualified {
		prefix, local = "", name
	}
	for i := range x.attrs {
		if a := &x.attrs[i]; a.Name.Local == local && (a.Name.Space == "") == (prefix == "") && x.prefixes[a.Name.Space] == prefix {
			return a.Value, true
		} else if prefix == "" && a.Name.Local == local && a.Name.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}
