package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/engine/docx"
	"github.com/docjobs/docjobs/engine/words"
)

// peer has pandoc convert the documents to DocBook, the nearest that it writes: XML
// with sections, procedures, tables and pictures of its own.
func peer(ctx context.Context, program, in, out string, documents []string, parallel int) (column, error) {
	c := column{name: "pandoc", rejected: map[string]int{}}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return c, err
	}
	results := make([][]byte, len(documents))
	began, before := time.Now(), usage(syscall.RUSAGE_CHILDREN)
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, document := range documents {
		group.Go(func() error {
			limited, cancel := context.WithTimeout(running, 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(limited, program, "--from=docx", "--to=docbook5", "--standalone",
				"--extract-media="+filepath.Join(out, fmt.Sprint(i)), filepath.Join(in, filepath.FromSlash(document)))
			results[i], _ = cmd.Output() // nil of what it cannot read
			return running.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return c, err
	}
	c.wall = time.Since(began)
	after := usage(syscall.RUSAGE_CHILDREN)
	c.cpu, c.peak = after.cpu-before.cpu, after.peak
	return c, c.compare(ctx, in, documents, results, parallel)
}

// compare counts what pandoc kept of each document.
func (c *column) compare(ctx context.Context, in string, documents []string, results [][]byte, parallel int) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, document := range documents {
		group.Go(func() error {
			if len(results[i]) == 0 {
				mu.Lock()
				c.rejected["failed"]++
				mu.Unlock()
				return nil
			}
			stored, err := count(ctx, filepath.Join(in, filepath.FromSlash(document)))
			if err != nil {
				return err
			}
			kept := countDocBook(results[i])
			mu.Lock()
			defer mu.Unlock()
			c.read++
			if stored == nil {
				return nil // of what only pandoc reads there is nothing to compare with
			}
			c.words += stored.Words.Total()
			c.lost += stored.Words.Without(kept.Words).Total()
			c.tables, c.grids = c.tables+stored.Tables, c.grids+kept.Tables
			c.images, c.pics = c.images+stored.Images, c.pics+kept.Images
			return nil
		})
	}
	return group.Wait()
}

// count counts a document as it is stored, or returns nil for one that is refused.
func count(ctx context.Context, path string) (*docx.Counts, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	p, err := docx.Open(ctx, f, info.Size(), docx.Limits{})
	if err != nil {
		return nil, nil
	}
	counts, err := p.Count(ctx, docx.Options{})
	if err != nil {
		return nil, ctx.Err()
	}
	return counts, nil
}

// countDocBook counts what a DocBook document holds.
func countDocBook(content []byte) docx.Counts {
	c := docx.Counts{Words: words.Tally{}}
	d := xml.NewDecoder(bytes.NewReader(content))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	var text []byte
	for {
		token, err := d.Token()
		if err != nil {
			c.Words.Add(string(text))
			return c
		}
		switch t := token.(type) {
		case xml.CharData:
			text = append(text, t...)
		case xml.StartElement:
			switch t.Name.Local {
			case "table", "informaltable":
				c.Tables++
			case "imagedata":
				c.Images++
			}
			text = flush(&c, text, t.Name.Local)
		case xml.EndElement:
			text = flush(&c, text, t.Name.Local)
		}
	}
}

// flush ends a stretch of text at an element that ends words.
func flush(c *docx.Counts, text []byte, element string) []byte {
	switch element {
	case "emphasis", "literal", "link", "superscript", "subscript", "phrase", "xref", "anchor":
		return text
	}
	c.Words.Add(string(text))
	return text[:0]
}
