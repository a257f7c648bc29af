package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/convert/fidelity"
	"github.com/docjobs/docjobs/job"
)

// A converted document is what became of one: kept as its checkpoint, and listed
// in documents.jsonl.
type converted struct {
	Document   string            `json:"document"`
	SHA256     string            `json:"sha256"`
	Batch      job.ID            `json:"batch,omitempty"`
	By         string            `json:"by,omitempty"`     // who converted it: a batch and its attempt
	Reused     bool              `json:"reused,omitempty"` // converted before, by this job or another one
	Validation string            `json:"validation"`       // "valid", "invalid" or "not validated"
	Validator  string            `json:"validator,omitempty"`
	Findings   []convert.Warning `json:"findings,omitempty"` // of the validator
	Tree       artifact.TreeRef  `json:"tree,omitzero"`      // what was made of it
	Report     *convert.Report   `json:"report"`
	Error      *job.Error        `json:"error,omitempty"` // why its batch did not get to it

	Uses map[string]string `json:"uses,omitempty"` // digests of the documents that it depends on, "" for none
}

const (
	valid        = fidelity.Valid
	invalid      = fidelity.Invalid
	notValidated = fidelity.NotValidated
)

// failed reports whether nothing came of the document.
func (d *converted) failed() bool { return d.Report.Outcome == convert.Rejected }

// warnings are what a person must look at.
func (d *converted) warnings() []convert.Warning { return slices.Concat(d.Report.Warnings, d.Findings) }

// kept tells of the document for the fidelity reports.
func (d *converted) kept() fidelity.Document {
	k := fidelity.New(d.Report, d.Validation, d.Findings)
	k.SHA256, k.Validator = d.SHA256, d.Validator
	if k.Map != "" {
		k.Map = ditaFolder + convert.OutputFolder(d.Document) + "/" + k.Map
	}
	return k
}

// item tells of a document as an item of its job.
func (d *converted) item() job.Item {
	item := job.Item{Document: d.Document, State: job.StepCompleted, SHA256: d.SHA256, Batch: d.Batch, Warnings: len(d.warnings())}
	switch {
	case d.Error != nil:
		item.State, item.Error = job.StepFailed, d.Error
	case d.failed():
		item.State = job.StepFailed
		item.Error = &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent, File: d.Document,
			Message: d.Report.Reason.Message, Detail: d.Report.Reason.Detail,
			Hint: "Mend the document and submit the folder again: only what changed is converted.",
		}
	default:
		item.Outputs = []string{d.kept().Map, fidelityFolder + convert.OutputFolder(d.Document) + ".json"}
	}
	return item
}

// countItems counts documents by what became of them.
func countItems(done []*converted) (c job.ItemCounts) {
	c.Total = len(done)
	for _, d := range done {
		if d.Reused {
			c.Reused++
		}
		switch {
		case d.failed():
			c.Failed++
			continue
		case len(d.warnings()) > 0:
			c.Warnings++
		}
		c.Completed++
	}
	return c
}

// summary says in one line what became of documents.
func summary(c job.ItemCounts) string {
	text := fmt.Sprintf("%d of %s converted", c.Completed, count(c.Total, "document"))
	for _, part := range []struct {
		n    int
		text string
	}{{c.Reused, "%d known from before"}, {c.Warnings, "%d with warnings"}, {c.Failed, "%d failed"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", "+part.text, part.n)
		}
	}
	return text
}

// linesType is the media type of JSON lines.
const linesType = "application/x-ndjson"

// putLines stores values as JSON, one a line.
func putLines[T any](ctx context.Context, store *artifact.Store, values []T) (artifact.Ref, error) {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeLines(writer, values)) }()
	defer reader.Close()
	return store.Put(ctx, reader)
}

// getLines reads what putLines stored.
func getLines[T any](ctx context.Context, store *artifact.Store, ref artifact.Ref) ([]T, error) {
	file, err := store.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var values []T
	for decoder := json.NewDecoder(file); decoder.More(); {
		var v T
		if err := decoder.Decode(&v); err != nil {
			return nil, fmt.Errorf("reading a stored list: %w", err)
		}
		values = append(values, v)
	}
	return values, nil
}
