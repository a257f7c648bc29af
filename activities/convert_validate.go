package activities

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/convert"
)

// ValidateInput is the input of [Convert.ValidateDocuments].
type ValidateInput struct {
	BatchInput
	Documents artifact.Ref `json:"documents"` // see [BatchResult]
}

// ValidateDocuments holds what was made of the documents of a batch to its
// grammar, unless that was done before, and puts the outputs of the batch out.
func (c *Convert) ValidateDocuments(ctx context.Context, in ValidateInput) (BatchResult, error) {
	return perform(ctx, c.store(), in.Job, validating, func(ctx context.Context, t *task) (r BatchResult, err error) {
		done, err := getLines[*converted](ctx, c.store(), in.Documents)
		if err != nil {
			return r, err
		}
		validator := c.Validators[in.DITA]
		if validator == nil {
			t.log.Warn("This worker has no validator for DITA " + in.DITA + "; the results are not validated.")
		} else if err := c.validate(ctx, t, in.BatchInput, validator, done); err != nil {
			return r, err
		}
		k := &collection{Convert: c, job: in.ID, attempt: in.Attempt, dita: in.DITA, title: string(in.ID)}
		for _, d := range done {
			k.add(d, BatchRef{ID: in.ID})
		}
		if r.Outcome, err = k.put(ctx, k.batchOutputs()); err != nil {
			return r, err
		}
		r.Documents, err = putLines(ctx, c.store(), done)
		return r, err
	})
}

// validate validates all documents of the batch that were not, by one process.
func (c *Convert) validate(ctx context.Context, t *task, in BatchInput, v Validator, done []*converted) error {
	folder, err := c.Publish.Workspace.Job(in.ID)
	if err != nil {
		return err
	}
	root, err := c.materialize(ctx, folder, v.Name(), done)
	if err != nil {
		return err
	}
	defer removeAll(root.dir)
	if len(root.files) == 0 {
		return nil
	}
	t.log.Info(fmt.Sprintf("Validating %s with %s.", count(len(root.files), "file"), v.Name()))
	wrong, err := v.Validate(ctx, root.dir, root.files)
	if err != nil {
		return err
	}
	for folder, d := range root.owners {
		d.judge(folder, v.Name(), wrong)
		if d.Validation == invalid {
			t.log.Warn("Not valid; see the warnings of the document.", "item", d.Document)
		}
		if err := c.keep(ctx, in, d); err != nil {
			return err
		}
	}
	return nil
}

// judge writes into the report of a document what a validator found. Findings of
// an earlier validator do not hold any more.
func (d *converted) judge(folder, validator string, wrong map[string][]convert.Warning) {
	d.Validation, d.Validator, d.Findings = valid, validator, nil
	for _, f := range d.Report.Files {
		for _, w := range wrong[folder+"/"+f] {
			w.Place = strings.TrimSuffix(f+":"+w.Place, ":")
			d.Validation = invalid
			d.Findings = append(d.Findings, w)
		}
	}
}

// materialized are DITA files on disk that are to be validated.
type materialized struct {
	dir    string
	files  []string              // slash-separated, under dir
	owners map[string]*converted // by their folder under dir
}

// materialize puts what the named validator has not seen into a folder.
func (c *Convert) materialize(ctx context.Context, parent, validator string, done []*converted) (m materialized, err error) {
	m = materialized{dir: filepath.Join(parent, "validate"), owners: map[string]*converted{}}
	if err := removeAll(m.dir); err != nil { // of a try that was cut short
		return m, err
	}
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		return m, err
	}
	for i, d := range done {
		if d.Report.Outcome == convert.Rejected || d.Validator == validator {
			continue
		}
		folder := fmt.Sprintf("%04d", i)
		if err := c.store().Trees().Materialize(ctx, d.Tree, filepath.Join(m.dir, folder), artifact.MaterializeOptions{}); err != nil {
			return m, err
		}
		m.owners[folder] = d
		for _, f := range d.Report.Files {
			if ext := path.Ext(f); ext == ".dita" || ext == ".ditamap" {
				m.files = append(m.files, folder+"/"+f)
			}
		}
	}
	return m, nil
}
