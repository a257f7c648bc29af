package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/convert"
)

// BatchInput is what the activities of one batch have to know.
type BatchInput struct {
	Job
	Tenant   string       `json:"tenant"`
	Source   SourceRef    `json:"source"`
	Plan     artifact.Ref `json:"plan"` // see [PlanResult]
	StyleMap artifact.Ref `json:"style_map"`
	DITA     string       `json:"dita"`
	From     int          `json:"from"` // the first document of the plan, from 0
	To       int          `json:"to"`   // the one behind the last
}

// BatchResult is the result of the activities of one batch.
type BatchResult struct {
	Outcome
	Documents artifact.Ref `json:"documents"` // what became of each, one JSON object a line
}

// A batch is the work on one batch of documents.
type batch struct {
	*Convert
	*task
	in      BatchInput
	styles  *convert.StyleMap
	source  *convert.Folder
	plan    []planned
	listing *listing // of all documents of the job
	scratch string   // folder for what is made
}

// openBatch prepares the work.
func (c *Convert) openBatch(ctx context.Context, t *task, in BatchInput) (*batch, error) {
	b := &batch{Convert: c, task: t, in: in}
	var err error
	if b.styles, err = c.styleMap(ctx, in.StyleMap); err != nil {
		return nil, err
	}
	if b.plan, err = getLines[planned](ctx, c.store(), in.Plan); err != nil {
		return nil, err
	}
	b.listing = newListing(b.plan)
	if in.From < 0 || in.To > len(b.plan) || in.From >= in.To {
		return nil, fmt.Errorf("the batch goes from document %d to %d of %d", in.From, in.To, len(b.plan))
	}
	dir, err := c.Publish.source(ctx, t, in.Source)
	if err != nil {
		return nil, err
	}
	folder, err := c.Publish.Workspace.Job(in.ID)
	if err != nil {
		return nil, err
	}
	if b.scratch, err = os.MkdirTemp(folder, "converted-*"); err != nil {
		return nil, err
	}
	b.source, err = convert.OpenFolder(dir)
	return b, err
}

// styleMap reads the style map of a job, which was checked before it was kept.
func (c *Convert) styleMap(ctx context.Context, ref artifact.Ref) (*convert.StyleMap, error) {
	file, err := c.store().Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return convert.ParseStyleMap(string(text))
}

// Open implements [convert.Source]: documents that the job leaves out are not there,
// so that no link leads to them.
func (b *batch) Open(ctx context.Context, path string) (convert.File, error) {
	if _, planned := b.listing.digests[path]; !planned {
		return nil, fmt.Errorf("%.200q: %w", path, fs.ErrNotExist)
	}
	return b.source.Open(ctx, path)
}

// close removes what is not needed any more.
func (b *batch) close() {
	_ = b.source.Close() // it was only read
	if err := removeAll(b.scratch); err != nil {
		b.log.Debug("Temporary files are left for the sweep: " + err.Error())
	}
}

// ConvertDocuments converts the documents of a batch. Each is kept as soon as it
// is done: a try that was cut short, another attempt, and another job that has the
// same document find it.
func (c *Convert) ConvertDocuments(ctx context.Context, in BatchInput) (BatchResult, error) {
	return perform(ctx, c.store(), in.Job, converting, func(ctx context.Context, t *task) (r BatchResult, err error) {
		b, err := c.openBatch(ctx, t, in)
		if err != nil {
			return r, err
		}
		defer b.close()
		done, err := b.all(ctx)
		if err != nil {
			return r, err
		}
		counts := countItems(done)
		r.Items, r.Summary = &counts, summary(counts)
		r.Documents, err = putLines(ctx, c.store(), done)
		return r, err
	})
}

// all converts every document of the batch, several at a time.
func (b *batch) all(ctx context.Context) ([]*converted, error) {
	documents := b.plan[b.in.From:b.in.To]
	results := make([]*converted, len(documents))
	var finished atomic.Int64
	b.report(0, int64(len(documents)), "documents")
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cap(b.Slots))
	for i, p := range documents {
		group.Go(func() (err error) {
			if err := b.Slots.take(ctx); err != nil {
				return err
			}
			defer b.Slots.give()
			if results[i], err = b.one(ctx, p); err == nil {
				b.report(finished.Add(1), int64(len(documents)), "documents")
			}
			return err
		})
	}
	return results, group.Wait()
}

// one converts a document, unless that was done before.
func (b *batch) one(ctx context.Context, p planned) (*converted, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	kept, err := b.known(ctx, b.in, b.listing, p)
	if err != nil {
		return nil, err
	}
	// What failed before this attempt is tried again: a limit or a version may differ.
	if kept != nil && (kept.By == b.try() || !kept.failed() && !b.in.Fresh) {
		if kept.Reused = kept.By != b.try(); kept.Reused {
			b.log.Info("Known from before; nothing that it depends on has changed.", "item", p.Path)
		} else {
			b.log.Info("Was done before the worker stopped.", "item", p.Path)
		}
		return kept, nil
	}
	out := filepath.Join(b.scratch, digest(p.Path))
	report, err := convert.Convert(ctx, b, p.Path, out, convert.Options{
		StyleMap: b.styles, Grammar: convert.Grammar(b.in.DITA), Progress: b.quarters(p.Path),
	})
	if err != nil {
		return nil, err
	}
	done := &converted{
		Document: p.Path, SHA256: p.SHA256, By: b.try(), Report: report, Validation: notValidated, Uses: map[string]string{},
	}
	for _, used := range report.Uses {
		done.Uses[used] = b.listing.digest(used)
	}
	if report.Outcome != convert.Rejected {
		if done.Tree, err = b.store().Trees().Put(ctx, out, artifact.TreeOptions{Concurrency: 2}); err != nil {
			return nil, err
		}
		if err := removeAll(out); err != nil {
			return nil, err
		}
	}
	b.tell(done)
	return done, b.keep(ctx, b.in, done)
}

// longText is how much XML a document has whose way is worth a word: a hundred pages, or so.
const longText = 1 << 20

// quarters logs how much of a long document has been read.
func (b *batch) quarters(document string) func(done, total int64) {
	told := int64(0)
	return func(done, total int64) {
		if total < longText || 4*done/total <= told || done == total {
			return
		}
		told = 4 * done / total
		b.log.Info(fmt.Sprintf("Read %d %% of %d kB of XML.", 25*told, total/1000), "item", document)
	}
}

// try names this attempt of the batch: what it finds done by itself, before its
// worker died, was not done before.
func (b *batch) try() string { return fmt.Sprintf("%s attempt %d", b.in.ID, b.in.Attempt) }

// conversionsFolder is where conversions are kept.
const conversionsFolder = "conversions/"

// conversionKey is where the conversion of a document is kept. Whatever it depends
// on is part of it, but for other documents: those are compared.
func conversionKey(in BatchInput, document, sum string) string {
	return conversionsFolder + in.Tenant + "/" + digest(convert.Version, sum, document, in.StyleMap.SHA256, in.DITA) + ".json"
}

// Find implements [convert.Finder].
func (b *batch) Find(path string) (string, bool) { return b.listing.find(path) }

// known returns the conversion that is kept of a document, or nil. all are the
// documents of the job.
func (c *Convert) known(ctx context.Context, in BatchInput, all *listing, p planned) (*converted, error) {
	var kept converted
	err := c.store().Documents().Get(ctx, conversionKey(in, p.Path, p.SHA256), &kept)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an earlier conversion of %s: %w", p.Path, err)
	}
	for used, sum := range kept.Uses {
		if all.digest(used) != sum {
			return nil, nil
		}
	}
	there, err := c.treeStored(ctx, kept.Tree)
	if err != nil || !there {
		return nil, err
	}
	return &kept, nil
}

// treeStored reports whether everything that was made of a document is still in
// the artifact store; nothing always is.
func (c *Convert) treeStored(ctx context.Context, ref artifact.TreeRef) (bool, error) {
	if ref.SHA256 == "" {
		return true, nil
	}
	tree, err := c.store().Trees().Get(ctx, ref)
	if errors.Is(err, artifact.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, file := range refsOf(tree) {
		if there, err := c.store().Exists(ctx, file); err != nil || !there {
			return false, err
		}
	}
	return true, nil
}

// keep keeps the conversion of a document for whoever looks for it.
func (c *Convert) keep(ctx context.Context, in BatchInput, done *converted) error {
	if err := c.store().Documents().Put(ctx, conversionKey(in, done.Document, done.SHA256), done); err != nil {
		return fmt.Errorf("keeping the conversion of %s: %w", done.Document, err)
	}
	return nil
}

// tell logs what became of a document.
func (b *batch) tell(done *converted) {
	r, log := done.Report, b.log.With("item", done.Document)
	switch r.Outcome {
	case convert.Rejected:
		log.Error("Rejected: " + r.Reason.Message)
	case convert.WithWarnings:
		log.Warn(fmt.Sprintf("Converted to %s, with %s.", count(r.Topics, "topic"), count(len(r.Warnings), "warning")))
	default:
		log.Info(fmt.Sprintf("Converted to %s.", count(r.Topics, "topic")))
	}
}
