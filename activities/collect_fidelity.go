package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/convert/fidelity"
)

// The fidelity reports of a convert job.
const (
	fidelityFolder = "fidelity/" // a report of each document
	fidelityPath   = "fidelity.json"
	fidelityPage   = "fidelity.html"
)

// kept yields all documents for the fidelity reports, one at a time.
func (k *collection) kept(yield func(fidelity.Document) bool) {
	for _, d := range k.done {
		if !yield(d.kept()) {
			return
		}
	}
}

// summary is what was kept of all documents.
func (k *collection) summary() *fidelity.Summary {
	s := &fidelity.Summary{JobID: string(k.job)}
	for _, d := range k.done {
		s.Add(d.kept(), d.Reused)
	}
	return s
}

// storing is how many reports are stored at a time.
const storing = 8

// reports makes a folder of a report of each document. A report tells of its document
// alone, so that the same work makes the same bytes.
func (k *collection) reports(ctx context.Context) (artifact.TreeRef, error) {
	all := &artifact.Tree{Files: make([]artifact.File, len(k.done))}
	group, storeCtx := errgroup.WithContext(ctx)
	group.SetLimit(storing)
	for i, d := range k.done {
		group.Go(func() (err error) {
			all.Files[i], err = k.putReport(storeCtx, d)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return artifact.TreeRef{}, err
	}
	return k.store().Trees().Save(ctx, all)
}

func (k *collection) putReport(ctx context.Context, d *converted) (artifact.File, error) {
	var text bytes.Buffer
	if err := writeJSON(&text, d.kept()); err != nil {
		return artifact.File{}, err
	}
	name := convert.OutputFolder(d.Document) + ".json"
	ref, err := k.store().Put(ctx, &text)
	if err != nil {
		return artifact.File{}, fmt.Errorf("storing the report of %s: %w", d.Document, err)
	}
	return artifact.File{Path: name, Size: ref.Size, SHA256: ref.SHA256, MediaType: artifact.MediaType(name)}, nil
}

// writeJSON writes a value for programs and people.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
