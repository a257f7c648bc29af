package refs

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/docjobs/docjobs/engine/xmltoken"
)

// Bounds on a document; topics stay far below them.
const (
	maxBytes = 256 << 20
	maxDepth = 512
)

// A document is what was found in one file.
type document struct {
	file       string
	topics     []*topic          // in document order
	more       map[string]*topic // by ID, those behind the first
	references []reference
	damaged    bool // it could not be read to its end: what it holds is not known
}

// A topic is a topic, or a map, with the IDs of the elements in it. Those of nested
// topics are theirs.
type topic struct {
	id  string
	ids map[string]bool
}

// topic returns the first topic of an ID, nil if there is none. Most documents have one
// topic, and need no map.
func (d *document) topic(id string) *topic {
	switch {
	case id == "":
		return nil
	case len(d.topics) > 0 && d.topics[0].id == id:
		return d.topics[0]
	}
	return d.more[id]
}

// add adds a topic.
func (d *document) add(id string) *topic {
	t := &topic{id: id}
	if d.topics = append(d.topics, t); len(d.topics) == 1 || d.topic(id) != nil {
		return t
	}
	if d.more == nil {
		d.more = map[string]*topic{}
	}
	d.more[id] = t
	return t
}

type place struct{ line, column int }

// A reference is an attribute that leads elsewhere.
type reference struct {
	place
	attribute, address string
}

// roots are the elements that have IDs of their own scope (DITA 1.3, part 1, 2.3.3).
// A generic topic type is told by these names alone: the files have no class attributes.
var roots = map[string]bool{
	"topic": true, "concept": true, "task": true, "reference": true, "map": true, "bookmap": true,
	"glossentry": true, "glossgroup": true, "troubleshooting": true,
}

// read reads a file of the folder, once.
func (c *Checker) read(ctx context.Context, file string) error {
	if c.documents[file] != nil {
		return nil
	}
	f, err := c.dir.Open(filepath.FromSlash(file))
	if err != nil {
		return err
	}
	defer f.Close()
	source := &source{ctx: ctx, r: io.LimitReader(f, maxBytes)}
	c.Add(file, source)
	if source.err != nil {
		return fmt.Errorf("read %s: %w", file, source.err)
	}
	return nil
}

// Add reads a document, whose path under the folder is file. Where the reading fails,
// the document is not well-formed.
func (c *Checker) Add(file string, content io.Reader) {
	d := &document{file: path.Clean(file)}
	c.documents[d.file] = d
	c.xml.Reset(content)
	s := scanner{c: c, d: d, xml: c.xml, open: c.open[:0]}
	if err := s.scan(); err != nil {
		d.damaged = true
		c.find(d, s.place(), "the file is not well-formed: "+reason(err))
	}
	c.open = s.open
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
	c    *Checker
	d    *document
	xml  *xmltoken.Reader
	open []*topic // the topic that each open element is in
}

func (s *scanner) scan() error {
	started := false
	for {
		kind, err := s.xml.Next()
		switch {
		case errors.Is(err, io.EOF) && started:
			return nil
		case err != nil:
			return err
		case kind == xmltoken.Start && len(s.open) >= maxDepth:
			return fmt.Errorf("elements are nested more than %d deep", maxDepth)
		case kind == xmltoken.Start:
			started = true
			s.start()
		case kind == xmltoken.End:
			s.open = s.open[:len(s.open)-1]
		}
	}
}

// place is where the tag in hand begins, or where a fault is.
func (s *scanner) place() place {
	line, column := s.xml.Pos()
	return place{line, column}
}

func (s *scanner) start() {
	var in *topic
	if len(s.open) > 0 {
		in = s.open[len(s.open)-1]
	}
	id, identified := s.attribute("id")
	if in == nil || roots[s.xml.Name] {
		in = s.topic(id)
	} else if identified {
		s.id(in, id)
	}
	s.open = append(s.open, in)
	for _, name := range []string{"href", "conref", "conrefend"} {
		address, ok := s.attribute(name)
		if !ok {
			continue
		}
		if scope, _ := s.attribute("scope"); name == "href" && scope == "external" {
			continue
		}
		s.d.references = append(s.d.references, reference{place: s.place(), attribute: name, address: address})
	}
}

func (s *scanner) topic(id string) *topic {
	if id != "" && s.d.topic(id) != nil {
		s.c.find(s.d, s.place(), fmt.Sprintf("the ID %.100q is that of two topics of the file", id))
	}
	return s.d.add(id)
}

func (s *scanner) id(in *topic, id string) {
	switch {
	case id == "" || strings.ContainsAny(id, " \t\n/#"):
		s.c.find(s.d, s.place(), fmt.Sprintf("%.100q is not an ID", id))
	case in.ids[id]:
		s.c.find(s.d, s.place(), fmt.Sprintf("the ID %.100q stands twice in one topic", id))
	}
	if in.ids == nil {
		in.ids = map[string]bool{}
	}
	in.ids[id] = true
}

func (s *scanner) attribute(name string) (string, bool) {
	for _, a := range s.xml.Attrs {
		if a.Name == name {
			return string(a.Value), true
		}
	}
	return "", false
}
