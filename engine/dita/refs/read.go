package refs

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Bounds on a document; topics stay far below them.
const (
	maxBytes = 256 << 20
	maxDepth = 512
)

// A document is what was found in one file.
type document struct {
	file       string
	topics     []*topic // in document order
	byID       map[string]*topic
	references []reference
	damaged    bool // it could not be read to its end: what it holds is not known
}

// A topic is a topic, or a map, with the IDs of the elements in it. Those of nested
// topics are theirs.
type topic struct {
	id  string
	ids map[string]bool
}

type place struct{ line, column int }

// A reference is an attribute that leads elsewhere.
type reference struct {
	place
	element, attribute, address string
	format                      string
}

// roots are the elements that have IDs of their own scope (DITA 1.3, part 1, 2.3.3).
// A generic topic type is told by these names alone: the files have no class attributes.
var roots = map[string]bool{
	"topic": true, "concept": true, "task": true, "reference": true, "map": true, "bookmap": true,
	"glossentry": true, "glossgroup": true, "troubleshooting": true,
}

// read reads a file, once.
func (c *checker) read(ctx context.Context, file string) error {
	if c.documents[file] != nil {
		return nil
	}
	f, err := c.dir.Open(filepath.FromSlash(file))
	if err != nil {
		return err
	}
	defer f.Close()
	d := &document{file: file, byID: map[string]*topic{}}
	c.documents[file] = d
	source := &source{ctx: ctx, r: io.LimitReader(f, maxBytes)}
	s := scanner{c: c, d: d, dec: xml.NewDecoder(bufio.NewReader(source))}
	err = s.scan()
	if source.err != nil {
		return fmt.Errorf("read %s: %w", file, source.err)
	}
	if err != nil {
		d.damaged = true
		line, column := s.dec.InputPos()
		c.find(d, place{line, column}, "the file is not well-formed: "+reason(err))
	}
	return nil
}

func reason(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Msg
	}
	return err.Error()
}

// A source stops at the end of a context, and tells failures of the disk from faults
// of the file.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// A scanner reads one file.
type scanner struct {
	c    *checker
	d    *document
	dec  *xml.Decoder
	open []*topic // the topic that each open element is in
}

func (s *scanner) scan() error {
	started := false
	for {
		line, column := s.dec.InputPos()
		token, err := s.dec.Token()
		if errors.Is(err, io.EOF) && started {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			started = true
			if len(s.open) >= maxDepth {
				return fmt.Errorf("elements are nested more than %d deep", maxDepth)
			}
			s.start(token, place{line, column})
		case xml.EndElement:
			s.open = s.open[:len(s.open)-1]
		}
	}
}

func (s *scanner) start(e xml.StartElement, at place) {
	var in *topic
	if len(s.open) > 0 {
		in = s.open[len(s.open)-1]
	}
	id, identified := attribute(e, "id")
	if in == nil || roots[e.Name.Local] {
		in = s.topic(id, at)
	} else if identified {
		s.id(in, id, at)
	}
	s.open = append(s.open, in)
	format, _ := attribute(e, "format")
	scope, _ := attribute(e, "scope")
	for _, name := range []string{"href", "conref", "conrefend"} {
		address, ok := attribute(e, name)
		if !ok || name == "href" && scope == "external" {
			continue
		}
		s.d.references = append(s.d.references, reference{place: at, element: e.Name.Local, attribute: name, address: address, format: format})
	}
}

func (s *scanner) topic(id string, at place) *topic {
	t := &topic{id: id, ids: map[string]bool{}}
	s.d.topics = append(s.d.topics, t)
	if id == "" {
		return t
	}
	if s.d.byID[id] != nil {
		s.c.find(s.d, at, fmt.Sprintf("the ID %.100q is that of two topics of the file", id))
		return t
	}
	s.d.byID[id] = t
	return t
}

func (s *scanner) id(in *topic, id string, at place) {
	switch {
	case id == "" || strings.ContainsAny(id, " \t\n/#"):
		s.c.find(s.d, at, fmt.Sprintf("%.100q is not an ID", id))
	case in.ids[id]:
		s.c.find(s.d, at, fmt.Sprintf("the ID %.100q stands twice in one topic", id))
	}
	in.ids[id] = true
}

func attribute(e xml.StartElement, name string) (string, bool) {
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}
