package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// listsOptions are the flags of the benchmark lists.
type listsOptions struct {
	jobs, rounds int
	json         string
}

// documentsEach is how many documents each conversion has, which one job in fifty is.
const documentsEach = 60

// listsReport is everything that the benchmark lists measured. Times are milliseconds.
type listsReport struct {
	Machine   machine      `json:"machine"`
	Jobs      int          `json:"jobs"`
	Documents int          `json:"documents"`
	Built     float64      `json:"index_built_ms"`
	IndexMB   float64      `json:"index_mb"`
	Lists     []listResult `json:"lists"`
}

// A listResult holds how long each request for a list took.
type listResult struct {
	Name  string    `json:"name"`
	Found int       `json:"found"` // jobs that the filter chooses
	Pages []float64 `json:"pages"`
	Count []float64 `json:"counts"`
}

// runLists measures filtered pages of a list of many jobs.
func runLists(ctx context.Context, args []string, out, complaints io.Writer) (err error) {
	var o listsOptions
	flags := flag.NewFlagSet("bench lists", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.IntVar(&o.jobs, "jobs", 100_000, "jobs that there are")
	flags.IntVar(&o.rounds, "rounds", 30, "requests for each list")
	flags.StringVar(&o.json, "json", "", "also write every figure to this `FILE`")
	if err := parse(flags, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "docjobs-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &listsReport{Machine: thisMachine(), Jobs: o.jobs}
	if err := r.seed(ctx, filepath.Join(dir, "artifacts")); err != nil {
		return err
	}
	s, err := startTemporal(ctx, dir, embedded.Tuned)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.serveJobs(ctx, dir); err != nil {
		return err
	}
	if err := r.measure(ctx, s, dir, o); err != nil {
		return err
	}
	r.print(out)
	return writeJSON(o.json, r)
}

// seed writes the records of jobs that have ended, as they are kept when Temporal has
// forgotten them: of two years, four kinds and fifty people, one in ten failed.
func (r *listsReport) seed(ctx context.Context, dir string) error {
	store, err := artifact.Open(ctx, "file://"+filepath.ToSlash(dir), artifact.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	items, err := seedItems(ctx, store)
	if err != nil {
		return err
	}
	group, writing := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for n := range r.Jobs {
		rec := seedRecord(n)
		if rec.Status.Kind == job.KindConvert {
			rec.Status.Outputs = []job.Output{items}
			rec.Status.Items = job.ItemCounts{Total: documentsEach, Completed: documentsEach - 1, Failed: 1}
			r.Documents += documentsEach
		}
		group.Go(func() error {
			for _, name := range []string{"000001", "latest"} {
				if err := store.Documents().Put(writing, fmt.Sprintf("records/%s/%s.json", rec.Status.ID, name), rec); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func documentName(n int) string { return fmt.Sprintf("manuals/%02d/maintenance instructions.docx", n) }

// seedItems stores the list of documents that every conversion has.
func seedItems(ctx context.Context, store *artifact.Store) (job.Output, error) {
	var text bytes.Buffer
	for n := range documentsEach {
		item := job.Item{Document: documentName(n), State: job.StepCompleted, SHA256: fmt.Sprintf("%064x", n)}
		if n == 7 {
			item.State, item.Error = job.StepFailed, &job.Error{Message: "Footnote 7 has no text.", File: item.Document}
		}
		if err := json.NewEncoder(&text).Encode(item); err != nil {
			return job.Output{}, err
		}
	}
	ref, err := store.Put(ctx, &text)
	return job.Output{Path: job.ItemsPath, SHA256: ref.SHA256, Size: ref.Size}, err
}

var seedStart = time.Date(2024, 11, 1, 8, 0, 0, 0, time.UTC)

// seedRecord is the record of the n-th job.
func seedRecord(n int) *record.Record {
	kind := []job.Kind{job.KindPublish, job.KindProbe, job.KindPublish, job.KindRollback}[n%4]
	if n%50 == 0 {
		kind = job.KindConvert
	}
	created := seedStart.Add(time.Duration(n) * 10 * time.Minute)
	finished := created.Add(time.Minute)
	rec := &record.Record{Version: record.Version, Tenant: job.DefaultTenant, RunID: fmt.Sprint("run-", n), Status: job.Status{
		ID: job.DeriveID(kind, fmt.Sprint(n)), Kind: kind, State: job.StateCompleted, Attempt: 1, CreatedAt: created, UpdatedAt: finished, FinishedAt: &finished,
		Submitter: fmt.Sprintf("writer-%d", n%53), Labels: []string{"nightly", fmt.Sprintf("team-%d", n%97)}, Summary: fmt.Sprintf("Work %d of the documentation", n),
		Params: json.RawMessage(fmt.Sprintf(`{"source":{"digest":"commit:%040x"},"target":"site-%d"}`, n, n%20)),
		Steps:  []job.Step{{Name: "fetch", State: job.StepCompleted}, {Name: "build", State: job.StepCompleted}},
	}}
	if n%10 == 3 {
		rec.Status.State = job.StateFailed
		rec.Status.Error = &job.Error{Code: job.CodeTimeout, Message: "The build took longer than it may.", Detail: fmt.Sprintf("exit status 7 in chapter-%d.md", n)}
	}
	return rec
}

// benchmarkFilters are the lists that are asked for.
func benchmarkFilters(jobs int) []struct {
	name string
	f    job.Filter
} {
	middle := jobs / 2
	return []struct {
		name string
		f    job.Filter
	}{
		{"no filter", job.Filter{}},
		{"kind", job.Filter{Kind: job.KindProbe}},
		{"failed or partial", job.Filter{States: []job.State{job.StateFailed, job.StatePartial}}},
		{"submitter and state", job.Filter{Submitter: "writer-7", States: []job.State{job.StateFailed}}},
		{"kind and target, few", job.Filter{Kind: job.KindConvert, Target: "site-10"}},
		{"a state that none is in", job.Filter{States: []job.State{job.StatePartial}}},
		{"label, few", job.Filter{Label: "team-5"}},
		{"label of all, and state", job.Filter{Label: "nightly", States: []job.State{job.StateFailed}}},
		{"range of dates and kind", job.Filter{Since: seedStart.Add(time.Duration(middle) * 10 * time.Minute), Until: seedStart.Add(time.Duration(middle+9000) * 10 * time.Minute), Kind: job.KindRollback}},
		{"begin of the ID", job.Filter{ID: "publish-3f"}},
		{"document", job.Filter{Document: documentName(31)}},
		{"document and version", job.Filter{Document: documentName(31), Version: fmt.Sprintf("%064x", 31)}},
		{"commit", job.Filter{Version: fmt.Sprintf("%040x", middle)}},
		{"text of an error, rare", job.Filter{Error: fmt.Sprintf("chapter-%d.md", middle+3)}},
		{"text of an error, frequent", job.Filter{Error: "longer than it may"}},
		{"text of a document's error", job.Filter{Error: "footnote 7"}},
		{"text of an error, frequent, and none such", job.Filter{Error: "longer than it may", States: []job.State{job.StateCompleted}}},
		{"six at once", job.Filter{Kind: job.KindRollback, States: []job.State{job.StateFailed}, Submitter: "writer-7", Label: "nightly", Since: seedStart, Error: "longer"}},
	}
}

// measure asks for every list by turns, over HTTP.
func (r *listsReport) measure(ctx context.Context, s *system, dir string, o listsOptions) error {
	began := time.Now()
	for {
		page, err := s.jobs.List(ctx, job.Filter{Limit: 1})
		if err != nil {
			return err
		}
		if page.Behind == "" {
			break
		}
	}
	r.Built = milliseconds(time.Since(began))
	if info, err := os.Stat(filepath.Join(dir, "index.db")); err == nil {
		r.IndexMB = float64(info.Size()) / 1e6
	}
	for _, filter := range benchmarkFilters(r.Jobs) {
		r.Lists = append(r.Lists, listResult{Name: filter.name})
	}
	r.Lists = append(r.Lists, listResult{Name: "history of a document"}, listResult{Name: "after a submission, the job in it"})
	for round := range o.rounds + 1 {
		for i, filter := range benchmarkFilters(r.Jobs) {
			if err := r.Lists[i].ask(ctx, s, filter.f, round > 0); err != nil {
				return fmt.Errorf("%s: %w", filter.name, err)
			}
		}
		if err := r.others(ctx, s, round > 0); err != nil {
			return err
		}
	}
	return nil
}

// ask asks for a page and for the counts; the first time only warms up.
func (l *listResult) ask(ctx context.Context, s *system, f job.Filter, counts bool) error {
	began := time.Now()
	if _, err := s.jobs.List(ctx, f); err != nil {
		return err
	}
	page := milliseconds(time.Since(began))
	began = time.Now()
	found, err := s.jobs.Counts(ctx, f)
	if err != nil {
		return err
	}
	if l.Found = found.Total; counts {
		l.Pages, l.Count = append(l.Pages, page), append(l.Count, milliseconds(time.Since(began)))
	}
	return nil
}

// others measures the history of a document, and the list right after a submission.
func (r *listsReport) others(ctx context.Context, s *system, counts bool) error {
	history, after := &r.Lists[len(r.Lists)-2], &r.Lists[len(r.Lists)-1]
	began := time.Now()
	entries, err := s.jobs.History(ctx, job.DocumentQuery{Document: documentName(31)})
	if err != nil {
		return err
	}
	took := milliseconds(time.Since(began))
	if len(entries.Jobs) == 0 {
		return fmt.Errorf("%s has no history", documentName(31))
	}
	history.Found = len(entries.Jobs) // on the page: there is no count of them
	receipt, err := s.jobs.Submit(ctx, job.Submission{Params: &job.Probe{Nonce: nonce()}})
	if err != nil {
		return err
	}
	began = time.Now()
	page, err := s.jobs.List(ctx, job.Filter{Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Jobs) != 1 || page.Jobs[0].ID != receipt.ID {
		return fmt.Errorf("%s is not in the list after its submission", receipt.ID)
	}
	if after.Found = len(page.Jobs); counts {
		history.Pages, after.Pages = append(history.Pages, took), append(after.Pages, milliseconds(time.Since(began)))
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// print writes the report as a table.
func (r *listsReport) print(out io.Writer) {
	fmt.Fprintf(out, "%s/%s, %d processors, %s\n%d jobs and %d documents; the index was built in %.0f s and has %.0f MB.\n\n",
		r.Machine.OS, r.Machine.Arch, r.Machine.Processors, r.Machine.Go, r.Jobs, r.Documents, r.Built/1000, r.IndexMB)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "list\tfound\tpage p50\tp95\tcounts p50\tp95")
	for _, l := range r.Lists {
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%.1f", l.Name, l.Found, median(l.Pages), quantile(l.Pages, 0.95))
		if len(l.Count) > 0 {
			fmt.Fprintf(table, "\t%.1f\t%.1f", median(l.Count), quantile(l.Count, 0.95))
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	fmt.Fprintln(out, "\nMilliseconds from the request to the whole answer, over HTTP on loopback; pages of 50 jobs.")
}
