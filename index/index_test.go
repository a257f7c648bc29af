package index_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/index"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// A world is an artifact store with records, and an index of them.
type world struct {
	t testing.TB
	*index.Index
	store   *artifact.Store
	records *record.Store
	path    string
	away    atomic.Bool // the store does not answer
}

// documents are those of a store that may be away.
type documents struct {
	record.Documents
	away *atomic.Bool
}

func (d documents) List(ctx context.Context, folder string) iter.Seq2[string, error] {
	if d.away.Load() {
		return func(yield func(string, error) bool) { yield("", errors.New("connection refused")) }
	}
	return d.Documents.List(ctx, folder)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	w := &world{t: t, store: store, path: filepath.Join(t.TempDir(), "index.db")}
	w.records = record.NewStore(documents{store.Documents(), &w.away})
	w.Index = w.another(w.path)
	return w
}

// another opens an index of the same records, as another process does.
func (w *world) another(path string) *index.Index {
	w.t.Helper()
	x, err := index.Open(w.t.Context(), index.Config{Path: path, Records: w.records, Blobs: w.store, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = x.Close() })
	return x
}

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func id(kind job.Kind, n int) job.ID { return job.DeriveID(kind, fmt.Sprint(n)) }

// attempt returns the record of an attempt of the n-th job.
func attempt(kind job.Kind, n, attempt int, state job.State, change ...func(*record.Record)) *record.Record {
	created := start.Add(time.Duration(n)*time.Minute + time.Duration(attempt-1)*24*time.Hour)
	rec := &record.Record{Version: record.Version, Tenant: "acme", Status: job.Status{
		ID: id(kind, n), Kind: kind, Attempt: attempt, State: state, CreatedAt: created, UpdatedAt: created, Submitter: "ada",
		Summary: fmt.Sprintf("Work %d", n),
	}}
	if state.Terminal() {
		finished := created.Add(time.Second)
		rec.Status.FinishedAt = &finished
	}
	if state == job.StateFailed {
		rec.Status.Error = &job.Error{Code: job.CodeTimeout, Message: "The build took longer than it may.", Detail: "exit status 7"}
	}
	for _, c := range change {
		c(rec)
	}
	return rec
}

func (w *world) save(recs ...*record.Record) {
	w.t.Helper()
	for _, rec := range recs {
		if rec.Status.State.Terminal() {
			require.NoError(w.t, w.records.Save(w.t.Context(), rec))
		} else {
			require.NoError(w.t, w.records.Begun(w.t.Context(), rec))
		}
	}
}

// items gives the record a list of documents.
func (w *world) items(items ...job.Item) func(*record.Record) {
	w.t.Helper()
	var text bytes.Buffer
	for _, item := range items {
		require.NoError(w.t, json.NewEncoder(&text).Encode(item))
	}
	ref, err := w.store.Put(w.t.Context(), &text)
	require.NoError(w.t, err)
	return func(rec *record.Record) {
		rec.Status.Outputs = append(rec.Status.Outputs, job.Output{Path: job.ItemsPath, SHA256: ref.SHA256, Size: ref.Size})
		for _, item := range items {
			rec.Status.Items.Total++
			if item.State == job.StepFailed {
				rec.Status.Items.Failed++
			}
		}
	}
}

// found returns what the index finds once it has everything, however long that takes a
// busy machine: a list waits for two seconds, and then says what it lacks.
func (w *world) found(x *index.Index, f job.Filter) (ids []job.ID) {
	w.t.Helper()
	behind := x.Fresh(w.t.Context())
	for range 30 {
		if behind != "" {
			behind = x.Fresh(w.t.Context())
		}
	}
	require.Empty(w.t, behind)
	page, err := x.List(w.t.Context(), "acme", f)
	require.NoError(w.t, err)
	for _, j := range page.Jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func label(words ...string) func(*record.Record) {
	return func(rec *record.Record) { rec.Status.Labels = words }
}

func params(text string) func(*record.Record) {
	return func(rec *record.Record) { rec.Status.Params = json.RawMessage(text) }
}

func TestEveryFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	digest := "abcd1234" + fmt.Sprintf("%056d", 0)
	bad := job.Item{Document: "manuals/pump.docx", State: job.StepFailed, SHA256: digest, Error: &job.Error{Message: "Footnote 7 has no text."}}
	good := job.Item{Document: "manuals/valve.docx", State: job.StepCompleted}
	w.save(
		attempt(job.KindProbe, 1, 1, job.StateCompleted, label("nightly", "web")),
		attempt(job.KindProbe, 2, 1, job.StateFailed),
		attempt(job.KindConvert, 3, 1, job.StatePartial, w.items(bad, good), params(`{"source":{"digest":"tree:99887766"}}`)),
		attempt(job.KindPublish, 4, 1, job.StateCompleted, w.items(job.Item{Document: "manuals/valve.docx", State: job.StepCompleted}),
			params(`{"source":{"digest":"commit:f00d0001"},"target":"docs"}`), label("nightly")),
		attempt(job.KindPublish, 5, 1, job.StateQueued, func(r *record.Record) { r.Status.Submitter = "o'hara" }, params(`{"target":"docs","check_only":true}`)),
		attempt(job.KindProbe, 6, 1, job.StateCompleted, func(r *record.Record) { r.Tenant = "other" }),
	)
	batch := attempt(job.KindConvert, 3, 1, job.StateFailed)
	batch.Status.ID, batch.Status.Parent = id(job.KindConvert, 3).Batch(1), id(job.KindConvert, 3)
	w.save(batch)
	p1, p2, c3, b4, b5 := id(job.KindProbe, 1), id(job.KindProbe, 2), id(job.KindConvert, 3), id(job.KindPublish, 4), id(job.KindPublish, 5)
	for name, want := range map[string]struct {
		f   job.Filter
		ids []job.ID
	}{
		"nothing":             {job.Filter{}, []job.ID{b5, b4, c3, p2, p1}},
		"kind":                {job.Filter{Kind: job.KindProbe}, []job.ID{p2, p1}},
		"one state":           {job.Filter{States: []job.State{job.StateQueued}}, []job.ID{b5}},
		"states":              {job.Filter{States: []job.State{job.StateFailed, job.StatePartial}}, []job.ID{c3, p2}},
		"the whole ID":        {job.Filter{ID: string(p1)}, []job.ID{p1}},
		"the ID's begin":      {job.Filter{ID: string(b4)[:14]}, []job.ID{b4}},
		"no such ID":          {job.Filter{ID: "zzz"}, nil},
		"batches by ID":       {job.Filter{ID: string(c3) + "."}, []job.ID{batch.Status.ID}},
		"parent":              {job.Filter{Parent: c3}, []job.ID{batch.Status.ID}},
		"submitter":           {job.Filter{Submitter: "o'hara"}, []job.ID{b5}},
		"target":              {job.Filter{Target: "docs"}, []job.ID{b4}},
		"label":               {job.Filter{Label: "nightly"}, []job.ID{b4, p1}},
		"label and kind":      {job.Filter{Label: "nightly", Kind: job.KindProbe}, []job.ID{p1}},
		"document":            {job.Filter{Document: "manuals/valve.docx"}, []job.ID{b4, c3}},
		"document and kind":   {job.Filter{Document: "manuals/valve.docx", Kind: job.KindConvert}, []job.ID{c3}},
		"digest of a file":    {job.Filter{Version: "sha256:" + digest}, []job.ID{c3}},
		"commit":              {job.Filter{Version: "f00d"}, []job.ID{b4}},
		"digest of a tree":    {job.Filter{Version: "99887766"}, []job.ID{c3}},
		"document at commit":  {job.Filter{Document: "manuals/valve.docx", Version: "f00d"}, []job.ID{b4}},
		"document at another": {job.Filter{Document: "manuals/pump.docx", Version: "f00d"}, nil},
		"error":               {job.Filter{Error: "LONGER than"}, []job.ID{p2}},
		"detail of an error":  {job.Filter{Error: "exit status 7"}, []job.ID{p2}},
		"error of a document": {job.Filter{Error: "footnote 7"}, []job.ID{c3}},
		"two letters":         {job.Filter{Error: "7 "}, []job.ID{c3}},
		"odd error":           {job.Filter{Error: `"%_\`}, nil},
		"error and state":     {job.Filter{Error: "the", States: []job.State{job.StateCompleted}}, nil},
		"since":               {job.Filter{Since: start.Add(4 * time.Minute)}, []job.ID{b5, b4}},
		"until":               {job.Filter{Until: start.Add(2 * time.Minute)}, []job.ID{p1}},
		"everything at once": {job.Filter{
			ID: "publish-", Kind: job.KindPublish, States: []job.State{job.StateCompleted}, Submitter: "ada", Target: "docs", Label: "nightly",
			Document: "manuals/valve.docx", Version: "f00d", Since: start, Until: start.Add(time.Hour),
		}, []job.ID{b4}},
	} {
		require.Equal(t, want.ids, w.found(w.Index, want.f), name)
		counts, err := w.Counts(t.Context(), "acme", want.f)
		require.NoError(t, err)
		require.Equal(t, len(want.ids), counts.Total, name)
	}
	counts, err := w.Counts(t.Context(), "acme", job.Filter{})
	require.NoError(t, err)
	require.Equal(t, map[job.State]int{job.StateCompleted: 2, job.StateFailed: 1, job.StatePartial: 1, job.StateQueued: 1}, counts.States)
	page, err := w.List(t.Context(), "acme", job.Filter{ID: string(c3)})
	require.NoError(t, err)
	require.Equal(t, job.Summary{
		ID: c3, Kind: job.KindConvert, State: job.StatePartial, Attempt: 1, Summary: "Work 3", Submitter: "ada", Source: "tree:99887766",
		CreatedAt: start.Add(3 * time.Minute), FinishedAt: page.Jobs[0].FinishedAt, Items: job.ItemCounts{Total: 2, Failed: 1},
	}, page.Jobs[0])
	_, err = w.List(t.Context(), "acme", job.Filter{Cursor: "?", Kind: "x", States: []job.State{"done"}, Version: "xy", Limit: -1})
	var refused *job.Error
	require.ErrorAs(t, err, &refused)
	require.Len(t, refused.Faults, 5)
}

// Pages are cut at jobs, not at numbers: what comes or changes while somebody leafs
// through shifts nothing.
func TestPagesAreStable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := map[job.ID]bool{}
	for n := range 23 {
		w.save(attempt(job.KindProbe, n, 1, job.StateFailed))
		want[id(job.KindProbe, n)] = true
	}
	f := job.Filter{Kind: job.KindProbe, Limit: 5}
	seen := map[job.ID]bool{}
	for n := 0; ; n++ {
		require.Empty(t, w.Fresh(t.Context()))
		page, err := w.List(t.Context(), "acme", f)
		require.NoError(t, err)
		for _, j := range page.Jobs {
			require.False(t, seen[j.ID], "nothing comes twice")
			seen[j.ID] = true
		}
		if page.Next == "" {
			break
		}
		f.Cursor = page.Next
		w.save(attempt(job.KindProbe, 100+n, 1, job.StateCompleted))       // a new job
		w.save(attempt(job.KindProbe, 2*n, 2, job.StateCompleted))         // an old one again
		w.save(attempt(job.KindProbe, 22-n, 2, job.StateAwaitingApproval)) // another one, not at its end
	}
	require.Equal(t, want, seen)
}

func TestTheHistoryOfADocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	failed := job.Item{Document: "a.docx", State: job.StepFailed, Error: &job.Error{Message: "No."}}
	done := job.Item{Document: "a.docx", State: job.StepCompleted, Warnings: 2, SHA256: "ab12"}
	w.save(
		attempt(job.KindConvert, 1, 1, job.StatePartial, w.items(failed, job.Item{Document: "b.docx", State: job.StepCompleted})),
		attempt(job.KindConvert, 1, 2, job.StateCompleted, w.items(done)),
		attempt(job.KindPublish, 2, 1, job.StateCompleted, w.items(job.Item{Document: "a.docx", State: job.StepCompleted}), params(`{"target":"docs"}`),
			func(r *record.Record) { r.Status.Release = &job.Release{URL: "https://docs.example/"} }),
		attempt(job.KindConvert, 3, 1, job.StateCompleted, w.items(done), func(r *record.Record) { r.Tenant = "other" }),
	)
	require.Empty(t, w.Fresh(t.Context()))
	var got []job.Happened
	q := job.DocumentQuery{Document: "a.docx", Limit: 1}
	for {
		history, err := w.History(t.Context(), "acme", q)
		require.NoError(t, err)
		got = append(got, history.Jobs...)
		if q.Cursor = history.Next; q.Cursor == "" {
			break
		}
	}
	require.Len(t, got, 3)
	require.Equal(t, []int{2, 1, 1}, []int{got[0].Attempt, got[1].Attempt, got[2].Attempt})
	require.Equal(t, done, got[0].Item)
	require.Equal(t, job.KindPublish, got[1].Kind)
	require.Equal(t, "https://docs.example/", got[1].Release)
	require.Equal(t, "docs", got[1].Target)
	require.Equal(t, job.StatePartial, got[2].JobState)
	require.Equal(t, failed, got[2].Item)
	page, err := w.List(t.Context(), "acme", job.Filter{ID: string(id(job.KindConvert, 1)), Documents: true})
	require.NoError(t, err)
	require.Equal(t, []job.Item{done}, page.Jobs[0].Documents, "of the newest attempt")
}

// What has expired is found by its documents still, also in an index that is built anew.
func TestDocumentsOutliveTheirList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := job.Item{Document: "a.docx", State: job.StepFailed, SHA256: "ab12", Error: &job.Error{Message: "Footnote 7 has no text."}}
	rec := attempt(job.KindConvert, 1, 1, job.StateExpired, func(r *record.Record) {
		r.Status.Outputs = []job.Output{{Path: job.ItemsPath, SHA256: strings.Repeat("0", 64), Size: 100}} // which was deleted
		r.Status.Transitions = []job.Transition{{State: job.StatePartial, At: start}, {State: job.StateExpired, At: start}}
	})
	require.NoError(t, w.records.KeepItems(t.Context(), rec.Status.ID, 1, []job.Item{bad}))
	w.save(rec)
	for _, x := range []*index.Index{w.Index, w.another(filepath.Join(t.TempDir(), "other.db"))} {
		require.Len(t, w.found(x, job.Filter{Document: "a.docx", States: []job.State{job.StateExpired}}), 1)
		require.Len(t, w.found(x, job.Filter{Error: "footnote"}), 1)
		history, err := x.History(t.Context(), "acme", job.DocumentQuery{Document: "a.docx"})
		require.NoError(t, err)
		require.Equal(t, bad, history.Jobs[0].Item)
		require.Equal(t, job.StatePartial, history.Jobs[0].JobState, "how the attempt ended")
	}
}

// A job that was cut short has no list of its own; its batches have.
func TestDocumentsOfBatchesOfAJobThatWasCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	whole := attempt(job.KindConvert, 1, 1, job.StateCancelled, func(r *record.Record) { r.Status.Batches = 3 })
	batch := attempt(job.KindConvert, 1, 1, job.StateCompleted, w.items(job.Item{Document: "a.docx", State: job.StepCompleted}))
	batch.Status.ID, batch.Status.Parent = whole.Status.ID.Batch(2), whole.Status.ID
	w.save(batch, whole)
	require.Equal(t, []job.ID{whole.Status.ID}, w.found(w.Index, job.Filter{Document: "a.docx"}))
}

func TestWhatAnotherProcessWritesIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.another(filepath.Join(t.TempDir(), "other.db"))
	for n := range 20 {
		w.save(attempt(job.KindProbe, n, 1, job.StateQueued))
		require.Len(t, w.found(other, job.Filter{States: []job.State{job.StateQueued}}), 1)
		w.save(attempt(job.KindProbe, n, 1, job.StateCompleted))
		require.Len(t, w.found(other, job.Filter{States: []job.State{job.StateCompleted}}), n+1)
		require.Len(t, w.found(w.Index, job.Filter{States: []job.State{job.StateCompleted}}), n+1)
	}
}

func TestWhatIsOlderReplacesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.save(attempt(job.KindProbe, 1, 2, job.StateCompleted), attempt(job.KindProbe, 1, 1, job.StateFailed), attempt(job.KindProbe, 1, 2, job.StateQueued))
	require.Empty(t, w.Fresh(t.Context()))
	page, err := w.List(t.Context(), "acme", job.Filter{})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 1)
	require.Equal(t, 2, page.Jobs[0].Attempt)
	require.Equal(t, job.StateCompleted, page.Jobs[0].State)
	require.Equal(t, start.Add(time.Minute), page.Jobs[0].CreatedAt, "it was first submitted then")
	require.Empty(t, w.found(w.Index, job.Filter{Error: "longer"}), "the newest attempt has no error")

	expired := attempt(job.KindProbe, 1, 2, job.StateExpired)
	w.save(expired)
	require.Len(t, w.found(w.Index, job.Filter{States: []job.State{job.StateExpired}}), 1)
}

func TestTheStatesOfJobsThatRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.save(attempt(job.KindProbe, 1, 1, job.StateQueued), attempt(job.KindProbe, 2, 1, job.StateCompleted))
	require.Empty(t, w.Fresh(t.Context()))
	running := []*record.Record{
		attempt(job.KindProbe, 1, 1, job.StateProcessing), attempt(job.KindProbe, 2, 1, job.StateProcessing), attempt(job.KindProbe, 3, 1, job.StateQueued),
	}
	gone, err := w.Running(t.Context(), "acme", time.Now(), running)
	require.NoError(t, err)
	require.Empty(t, gone)
	require.Equal(t, []job.ID{id(job.KindProbe, 1)}, w.found(w.Index, job.Filter{States: []job.State{job.StateProcessing}}), "what has ended goes on no more")
	require.Equal(t, []job.ID{id(job.KindProbe, 3)}, w.found(w.Index, job.Filter{States: []job.State{job.StateQueued}}), "nobody had noted it")

	gone, err = w.Running(t.Context(), "acme", time.Now().Add(time.Minute), running[:1])
	require.NoError(t, err)
	require.Len(t, gone, 1)
	require.Equal(t, running[2], gone[0], "as it was last known")
	require.NoError(t, w.Put(t.Context(), attempt(job.KindProbe, 3, 1, job.StateFailed)))
	require.Equal(t, []job.ID{id(job.KindProbe, 3)}, w.found(w.Index, job.Filter{States: []job.State{job.StateFailed}}))
}

func TestTheIndexIsBuiltAnewFromNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 500 {
		w.save(attempt(job.KindProbe, n, 1, job.StateFailed), attempt(job.KindProbe, n, 2, job.StateCompleted))
	}
	f := job.Filter{States: []job.State{job.StateCompleted}, Until: start.Add(500 * time.Minute), Limit: job.MaxLimit}
	want := w.found(w.Index, f)
	require.Len(t, want, 500)
	for name, damage := range map[string]func(path string){
		"nothing there": func(string) {},
		"damaged":       func(path string) { require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("x"), 5000), 0o600)) },
	} {
		path := filepath.Join(t.TempDir(), "other.db")
		damage(path)
		x := w.another(path)
		require.True(t, slices.Equal(want, w.found(x, f)), name)
		require.NoError(t, x.Close())
		again := w.another(path) // as it was left
		w.save(attempt(job.KindProbe, 1000, 1, job.StateCompleted))
		require.Len(t, w.found(again, job.Filter{ID: string(id(job.KindProbe, 1000))}), 1, name)
		require.Len(t, w.found(again, job.Filter{Until: start.Add(time.Hour), Limit: job.MaxLimit}), 60, name)
	}
}

// What cannot be read is said, and what is known is told all the same.
func TestAnIndexThatIsBehindSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.save(attempt(job.KindProbe, 1, 1, job.StateCompleted))
	require.Empty(t, w.Fresh(t.Context()))
	w.away.Store(true)
	require.Contains(t, w.Fresh(t.Context()), "may be missing")
	page, err := w.List(t.Context(), "acme", job.Filter{})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 1)
	w.away.Store(false)
	require.Empty(t, w.Fresh(t.Context()))
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("eyJ0IjoxLCJqIjoicHJvYmUtMDAwMDAwMDAwMDAwIn0")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, cursor string) {
		_, err := w.List(t.Context(), "acme", job.Filter{Cursor: cursor})
		if err != nil {
			require.Equal(t, job.CodeInvalid, job.CodeOf(err))
		}
	})
}
