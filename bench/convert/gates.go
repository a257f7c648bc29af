package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/dita/grammar"
	"github.com/docjobs/docjobs/engine/dita/refs"
)

// collect notes the topics and maps that were made of a document.
func (c *column) collect(r *convert.Report) {
	folder := convert.OutputFolder(r.Document)
	c.folders[folder] = r.Document
	for _, file := range r.Files {
		if strings.HasSuffix(file, ".dita") || strings.HasSuffix(file, ".ditamap") {
			c.dita = append(c.dita, folder+"/"+file)
		}
	}
}

// document returns the document that a file was made of.
func (c *column) document(file string) string {
	for folder := file; ; {
		i := strings.LastIndexByte(folder, '/')
		if i < 0 {
			return file
		}
		folder = folder[:i]
		if document, ok := c.folders[folder]; ok {
			return document
		}
	}
}

// gates has everything that was written checked: references in all of it together, and
// the grammar by what is installed.
func (c *column) gates(ctx context.Context, out, schemas string, version dita.Version, verbose bool) error {
	slices.Sort(c.dita)
	loose, err := refs.Check(ctx, out, c.dita, refs.Options{})
	if err != nil {
		return err
	}
	for _, f := range loose {
		c.loose[c.document(f.File)] = true
		if verbose {
			fmt.Fprintln(os.Stderr, "reference", f)
		}
	}
	validator, description, err := grammar.Detect(ctx, grammar.Config{Version: version, Schemas: schemas})
	c.validator = description
	if err != nil || validator == nil {
		return err
	}
	began := time.Now()
	invalid, err := validator.Validate(ctx, out, c.dita)
	c.validated = time.Since(began)
	for _, f := range invalid {
		c.invalid[c.document(f.File)] = true
		if verbose {
			fmt.Fprintln(os.Stderr, "invalid", f)
		}
	}
	return err
}
