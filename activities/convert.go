package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/job"
)

// Convert is the group of the convert job's activities. Fetching the source and
// cleaning up are those of [Publish], which is no part of it: a worker registers
// both.
type Convert struct {
	Publish    *Publish             // its stores, workspace and limits
	Slots      Slots                // for documents that are converted, over all batches
	Validators map[string]Validator // by version of DITA; without one, what is made is not validated
}

// Slots bound how many documents a worker converts at a time.
type Slots chan struct{}

// NewSlots returns n slots.
func NewSlots(n int) Slots { return make(Slots, n) }

// take waits for a free slot.
func (s Slots) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s Slots) give() { <-s }

// A Validator holds DITA files to their grammar.
type Validator interface {
	// Name says what validates, with its grammar: another one looks again.
	Name() string
	// Validate returns what is wrong with files, which are slash-separated paths
	// under a folder, by their paths.
	Validate(ctx context.Context, root string, files []string) (map[string][]convert.Warning, error)
}

func (c *Convert) store() *artifact.Store { return c.Publish.Store }

// The stages of a convert job and of its batches, in the order of their logs.
var (
	planning   = stage{2, "plan"}
	converting = stage{1, "convert"}
	validating = stage{2, "validate"}
	collecting = stage{4, "collect"}
)

// CheckStyleMap returns what is wrong with a style map, or nil.
func CheckStyleMap(text string) error {
	_, err := convert.ParseStyleMap(text)
	return err
}

// A planned document is one that is to be converted.
type planned struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// PlanInput is the input of [Convert.PlanDocuments].
type PlanInput struct {
	Job
	Source       SourceRef `json:"source"`
	BatchSize    int       `json:"batch_size"`
	StyleMap     string    `json:"style_map,omitempty"`
	StyleMapFile string    `json:"style_map_file,omitempty"` // path in the source, instead
	Include      []string  `json:"include,omitempty"`        // see [job.Convert]
	Exclude      []string  `json:"exclude,omitempty"`
}

// PlanResult is the result of [Convert.PlanDocuments].
type PlanResult struct {
	Outcome
	Plan      artifact.Ref `json:"plan"` // the documents, as JSON lines, in the order of their paths
	StyleMap  artifact.Ref `json:"style_map"`
	Documents int          `json:"documents"`
}

// MaxBatches bounds the batches of one job: each is a child workflow, of which the
// parent's history tells in about nine events.
const MaxBatches = 500

// PlanDocuments lists the Word documents of the source with their digests, and
// checks the style map.
func (c *Convert) PlanDocuments(ctx context.Context, in PlanInput) (PlanResult, error) {
	return perform(ctx, c.store(), in.Job, planning, func(ctx context.Context, t *task) (PlanResult, error) {
		dir, err := c.Publish.source(ctx, t, in.Source)
		if err != nil {
			return PlanResult{}, err
		}
		selection := convert.Selection{Include: in.Include, Exclude: in.Exclude}
		listed, err := selection.List(ctx, os.DirFS(dir))
		if err == nil {
			err = refusedPlan(listed, in.BatchSize)
		}
		if err != nil {
			return PlanResult{}, err
		}
		t.leftAlone(listed)
		documents, err := digestDocuments(ctx, dir, listed.Documents)
		if err != nil {
			return PlanResult{}, err
		}
		r := PlanResult{Documents: len(documents)}
		r.Summary = count(len(documents), "document")
		t.log.Info(fmt.Sprintf("Found %s to convert.", r.Summary))
		r.Items = &job.ItemCounts{Total: len(documents)}
		if r.StyleMap, err = c.storeStyleMap(ctx, dir, in); err != nil {
			return r, err
		}
		r.Plan, err = putLines(ctx, c.store(), documents)
		return r, err
	})
}

// leftAlone logs what of a source is not converted.
func (t *task) leftAlone(l *convert.Listing) {
	for _, left := range []struct {
		n   int
		why string
	}{
		{l.LeftOut, "left out by include and exclude."},
		{l.Locks, "left alone: Word keeps such files (~$…) beside documents that somebody has open. What is not saved yet is not in the documents."},
		{l.Others, "left alone, which are no Word documents."},
	} {
		if left.n > 0 {
			t.log.Info(count(left.n, "file") + " " + left.why)
		}
	}
}

// refusedPlan says why what was found is no job.
func refusedPlan(l *convert.Listing, batchSize int) error {
	switch documents := len(l.Documents); {
	case documents == 0 && l.LeftOut > 0:
		return &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent,
			Message: fmt.Sprintf("The source has Word documents (%d), but include and exclude leave them all out.", l.LeftOut),
			Hint:    "Patterns are about paths in the source, with upper and lower case: *.docx is every such file, manuals/** a folder with all in it.",
		}
	case documents == 0:
		return &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent,
			Message: "There is no Word document in the source.",
			Hint:    "Submit the folder that holds the .docx files.",
		}
	case documents > MaxBatches*batchSize:
		return &job.Error{
			Code: job.CodeTooLarge, Cause: job.CauseRequest,
			Message: fmt.Sprintf("%d documents in batches of %d are more than %d batches.", documents, batchSize, MaxBatches),
			Hint:    fmt.Sprintf("Give a batch_size of at least %d.", (documents+MaxBatches-1)/MaxBatches),
		}
	}
	return nil
}

// storeStyleMap checks the style map of a job and keeps it for the batches.
func (c *Convert) storeStyleMap(ctx context.Context, dir string, in PlanInput) (ref artifact.Ref, err error) {
	text := in.StyleMap
	if in.StyleMapFile != "" {
		if text, err = readStyleMap(dir, in.StyleMapFile); err != nil {
			return ref, err
		}
	}
	if err := CheckStyleMap(text); err != nil {
		return ref, &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent, File: in.StyleMapFile,
			Message: "The style map has errors.", Detail: err.Error(),
			Hint: "Mend the lines named and submit again; nothing was converted.",
		}
	}
	return c.store().Put(ctx, strings.NewReader(text))
}

// readStyleMap reads a style map that is part of the source.
func readStyleMap(dir, name string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	file, err := root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent, File: name,
			Message: "The source has no such style map.", Hint: "Name the style map by its path in the source.",
		}
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, job.MaxStyleMap+1)) // one more is refused as too long
	return string(text), err
}

// digestDocuments tells documents of a folder by their content.
func digestDocuments(ctx context.Context, dir string, names []string) ([]planned, error) {
	documents := make([]planned, len(names))
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := digestFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		p.Path = name
		documents[i] = p
	}
	return documents, nil
}

func digestFile(name string) (p planned, err error) {
	f, err := os.Open(name)
	if err != nil {
		return p, err
	}
	defer f.Close()
	sum := sha256.New()
	if p.Size, err = io.Copy(sum, f); err != nil {
		return p, err
	}
	p.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return p, nil
}
