package refs

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"

	"github.com/docjobs/docjobs/engine/xmltoken"
)

// A Finding is a reference that leads nowhere, an ID that is not unique, or a file
// that cannot be read as XML.
type Finding struct {
	File         string
	Line, Column int // from 1, of the beginning of the tag
	Message      string
}

// String returns the finding as compilers write theirs.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Options say what is checked.
type Options struct {
	// Beyond says that the folder is a part of something larger: references that
	// lead out of it are not looked at. Else they are findings.
	Beyond bool
}

// maxFindings bounds what is reported of one check.
const maxFindings = 10_000

// Check checks topics and maps, which are slash-separated paths under the folder
// root, and returns what is wrong in the order of files and places. An error is about
// the world.
func Check(ctx context.Context, root string, files []string, o Options) ([]Finding, error) {
	c, err := Open(root, o)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for _, file := range files {
		if err := c.read(ctx, path.Clean(file)); err != nil {
			return nil, err
		}
	}
	return c.Findings(ctx, files)
}

// A Checker checks the documents of a folder that are given to it, for who has them in
// hand. Other files are looked for in the folder.
type Checker struct {
	dir       *os.Root
	options   Options
	documents map[string]*document
	exists    map[string]bool // files that are not documents, by what was seen
	findings  []Finding
	xml       *xmltoken.Reader // of the document in hand
	open      []*topic         // room for those of its elements
}

// Open returns a checker of a folder. The caller closes it.
func Open(root string, o Options) (*Checker, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return &Checker{
		dir: dir, options: o, documents: map[string]*document{}, exists: map[string]bool{},
		xml: readers.Get().(*xmltoken.Reader),
	}, nil
}

// Close closes the folder. Findings are good afterwards.
func (c *Checker) Close() error {
	c.xml.Reset(nil)
	readers.Put(c.xml)
	c.xml = nil
	return c.dir.Close()
}

// readers are the readers of checkers that were closed, whose memory the next ones have.
var readers = sync.Pool{New: func() any { return xmltoken.NewReader(nil, xmltoken.Options{MaxToken: maxBytes}) }}

// Findings looks up the references in documents that were added, and returns what is
// wrong in their order and that of places.
func (c *Checker) Findings(ctx context.Context, files []string) ([]Finding, error) {
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d := c.documents[path.Clean(file)]
		if d == nil {
			return nil, fmt.Errorf("check %s: %w", file, fs.ErrNotExist)
		}
		for _, r := range d.references {
			if fault := c.resolve(d, r); fault != "" {
				c.find(d, r.place, fault)
			}
		}
		d.references = nil // a file that is named twice is checked once
	}
	c.sort(files)
	return c.findings, nil
}

func (c *Checker) find(d *document, at place, message string) {
	if len(c.findings) < maxFindings {
		c.findings = append(c.findings, Finding{File: d.file, Line: at.line, Column: at.column, Message: message})
	}
}

func (c *Checker) sort(files []string) {
	order := make(map[string]int, len(files))
	for i, file := range files {
		order[path.Clean(file)] = i
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		if a.File != b.File {
			return order[a.File] - order[b.File]
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}
