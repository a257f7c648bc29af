package activities

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/job"
)

// CollectInput is the input of [Convert.CollectDocuments].
type CollectInput struct {
	BatchInput            // of the whole job
	Title      string     `json:"title"` // of the map of everything
	Batches    []BatchRef `json:"batches"`
}

// A BatchRef names what a batch made, or says why it made nothing.
type BatchRef struct {
	ID         job.ID       `json:"id"`
	From       int          `json:"from"` // the first document of the plan, from 0
	To         int          `json:"to"`   // the one behind the last
	StartedAt  time.Time    `json:"started_at,omitzero"`
	FinishedAt time.Time    `json:"finished_at,omitzero"`
	Documents  artifact.Ref `json:"documents,omitzero"` // its documents.jsonl
	Error      *job.Error   `json:"error,omitempty"`
}

// CollectResult is the result of [Convert.CollectDocuments].
type CollectResult struct {
	Outcome
}

// DocumentsPath is the output of a batch, and of the whole job, that tells
// everything about every document, one JSON object a line.
const DocumentsPath = "documents.jsonl"

// Outputs of a convert job.
const (
	ditaFolder = "dita/"
	mergedMap  = "all.ditamap"
	logPath    = "migration-log.csv"
	reviewPath = "review.csv"
)

// CollectDocuments puts what the batches made together: one folder with a map of
// everything, the log of the migration, the fidelity report, and the list of what
// somebody must look at.
func (c *Convert) CollectDocuments(ctx context.Context, in CollectInput) (CollectResult, error) {
	return perform(ctx, c.store(), in.Job, collecting, func(ctx context.Context, t *task) (r CollectResult, err error) {
		k := &collection{Convert: c, job: in.ID, attempt: in.Attempt, dita: in.DITA, title: in.Title}
		plan, err := getLines[planned](ctx, c.store(), in.Plan)
		if err != nil {
			return r, err
		}
		for i, ref := range in.Batches {
			done, err := c.documents(ctx, in.BatchInput, plan, ref)
			if err != nil {
				return r, err
			}
			for _, d := range done {
				k.add(d, ref)
			}
			t.report(int64(i+1), int64(len(in.Batches)), "batches")
		}
		if len(k.done) != len(plan) {
			return r, fmt.Errorf("the batches tell of %d documents, and there are %d", len(k.done), len(plan))
		}
		k.checkLinks()
		r.Outcome, err = k.put(ctx, k.outputs())
		return r, err
	})
}

// checkLinks holds the links from one document into another against what was made of
// that: its batch may have been cut short.
func (k *collection) checkLinks() {
	made := map[string]bool{}
	for _, d := range k.done {
		for _, file := range d.Report.Files {
			made[convert.OutputFolder(d.Document)+"/"+file] = true
		}
	}
	for _, d := range k.done {
		for _, file := range d.Report.Leads {
			if made[file] {
				continue
			}
			d.Report.Outcome = convert.WithWarnings
			d.Report.Warnings = append(d.Report.Warnings, convert.Warning{
				Code: convert.CodeReference, Count: 1,
				Message: fmt.Sprintf("A link leads to %s, which was not made; see what became of that document, and resubmit the job.", file),
			})
		}
	}
}

// documents returns what became of the documents of a batch. One that did not get
// to its end has kept those that it was done with; the others failed for its reason.
func (c *Convert) documents(ctx context.Context, in BatchInput, plan []planned, ref BatchRef) ([]*converted, error) {
	if ref.Documents.SHA256 != "" {
		return getLines[*converted](ctx, c.store(), ref.Documents)
	}
	all := newListing(plan)
	var done []*converted
	for _, p := range plan[ref.From:ref.To] {
		kept, err := c.known(ctx, in, all, p)
		if err != nil {
			return nil, err
		}
		if kept == nil {
			reason := &convert.Reason{Code: string(ref.Error.Code), Message: ref.Error.Message, Detail: ref.Error.Detail}
			kept = &converted{
				Document: p.Path, SHA256: p.SHA256, Validation: notValidated, Error: ref.Error,
				Report: &convert.Report{Document: p.Path, Outcome: convert.Rejected, Reason: reason},
			}
		}
		done = append(done, kept)
	}
	return done, nil
}

// A collection is everything that became of the documents of a job.
type collection struct {
	*Convert
	job     job.ID
	attempt int
	dita    string
	title   string
	done    []*converted
	batch   []BatchRef // of each document
}

func (k *collection) add(d *converted, ref BatchRef) {
	d.Batch = ref.ID
	k.done = append(k.done, d)
	k.batch = append(k.batch, ref)
}

// A collected file is an output of one file.
type collected struct {
	name  string
	write func(io.Writer) error
}

// outputs are the files of a whole job.
func (k *collection) outputs() []collected {
	kept := k.summary()
	return append(k.batchOutputs(),
		collected{logPath, k.writeLog}, collected{reviewPath, k.writeReview},
		collected{fidelityPath, func(w io.Writer) error { return writeJSON(w, kept) }},
		collected{fidelityPage, func(w io.Writer) error { return kept.WriteHTML(w, k.kept) }})
}

// batchOutputs are the files of a batch.
func (k *collection) batchOutputs() []collected {
	return []collected{
		{job.ItemsPath, k.writeItems},
		{DocumentsPath, func(w io.Writer) error { return writeLines(w, k.done) }},
	}
}

// put stores the outputs.
func (k *collection) put(ctx context.Context, files []collected) (r Outcome, err error) {
	counts := countItems(k.done)
	r.Items, r.Summary = &counts, summary(counts)+k.unvalidated()
	tree, err := k.tree(ctx)
	if err != nil {
		return r, err
	}
	if tree.Files > 0 {
		r.Outputs = append(r.Outputs, tree.Output(ditaFolder))
	}
	reports, err := k.reports(ctx)
	if err != nil {
		return r, err
	}
	r.Outputs = append(r.Outputs, reports.Output(fidelityFolder))
	for _, file := range files {
		output, err := k.Publish.output(ctx, file.name, file.write)
		if err != nil {
			return r, err
		}
		if strings.HasSuffix(file.name, ".jsonl") {
			output.MediaType = linesType
		}
		r.Outputs = append(r.Outputs, output)
	}
	return r, nil
}

// unvalidated says how many documents were converted that no validator has seen.
func (k *collection) unvalidated() string {
	n := 0
	for _, d := range k.done {
		if !d.failed() && d.Validation == notValidated {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d not validated", n)
}

// tree makes one folder of the folders of all documents, with a map of all maps.
func (k *collection) tree(ctx context.Context) (artifact.TreeRef, error) {
	all := &artifact.Tree{}
	root := dita.New("map", dita.New("title", dita.Text(k.title))).With("id", "all")
	for _, d := range k.done {
		if d.failed() {
			continue
		}
		folder := convert.OutputFolder(d.Document)
		made, err := k.store().Trees().Get(ctx, d.Tree)
		if err != nil {
			return artifact.TreeRef{}, fmt.Errorf("collecting %s: %w", d.Document, err)
		}
		for _, f := range made.Files {
			f.Path = folder + "/" + f.Path
			all.Files = append(all.Files, f)
		}
		root.Add(dita.New("topicref").With("href", folder+"/"+d.Report.Map).With("format", "ditamap"))
	}
	if len(all.Files) == 0 {
		return artifact.TreeRef{}, nil
	}
	merged, err := k.mergedMap(ctx, root)
	if err != nil {
		return artifact.TreeRef{}, err
	}
	all.Files = append(all.Files, merged)
	return k.store().Trees().Save(ctx, all)
}

// mergedMap stores the map of all maps.
func (k *collection) mergedMap(ctx context.Context, root *dita.Element) (artifact.File, error) {
	var text bytes.Buffer
	if err := (&dita.Document{Kind: dita.KindMap, Version: dita.Version(k.dita), Root: root}).Write(&text); err != nil {
		return artifact.File{}, err
	}
	ref, err := k.store().Put(ctx, &text)
	return artifact.File{Path: mergedMap, Size: ref.Size, SHA256: ref.SHA256, MediaType: artifact.MediaType(mergedMap)}, err
}

func (k *collection) writeItems(w io.Writer) error {
	items := make([]job.Item, len(k.done))
	for i, d := range k.done {
		items[i] = d.item()
	}
	return writeLines(w, items)
}

// writeLog writes a line for every document (RFC 4180).
func (k *collection) writeLog(w io.Writer) error {
	out := csv.NewWriter(w)
	header := []string{
		"job_id", "attempt", "batch_id", "document", "sha256", "outcome", "reused", "validation", "topics",
		"words_in", "words_kept", "warnings", "batch_started", "batch_finished", "map", "error",
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for i, d := range k.done {
		if err := out.Write(k.logLine(d, k.batch[i])); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// logLine is the line of one document in the log.
func (k *collection) logLine(d *converted, b BatchRef) []string {
	r, reason, ditamap := d.Report, "", ""
	if r.Reason != nil {
		reason = r.Reason.Code + ": " + r.Reason.Message
	} else {
		ditamap = ditaFolder + convert.OutputFolder(d.Document) + "/" + r.Map
	}
	return []string{
		string(k.job), strconv.Itoa(k.attempt), string(b.ID), spreadsheetSafe(d.Document), d.SHA256, string(d.kept().Outcome),
		strconv.FormatBool(d.Reused), d.Validation, strconv.Itoa(r.Topics), strconv.Itoa(r.Fidelity.Words.In),
		strconv.Itoa(r.Fidelity.Words.Out), strconv.Itoa(len(d.warnings())), csvTime(b.StartedAt),
		csvTime(b.FinishedAt), ditamap, spreadsheetSafe(reason),
	}
}

// csvTime writes a time, in UTC, where there is one.
func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// spreadsheetSafe keeps a spreadsheet from taking text of a document for a formula.
func spreadsheetSafe(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// writeReview writes a line for everything that a person must look at.
func (k *collection) writeReview(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"document", "outcome", "code", "message", "place", "count"}); err != nil {
		return err
	}
	for _, d := range k.done {
		r := d.Report
		lines := d.warnings()
		if r.Reason != nil {
			lines = []convert.Warning{{Code: r.Reason.Code, Message: r.Reason.Message, Count: 1}}
		}
		for _, l := range lines {
			err := out.Write([]string{
				spreadsheetSafe(d.Document), string(d.kept().Outcome), l.Code, spreadsheetSafe(l.Message), spreadsheetSafe(l.Place), strconv.Itoa(max(l.Count, 1)),
			})
			if err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
