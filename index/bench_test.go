package index_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

const (
	manyJobs      = 100_000
	manyDocuments = 60 // of each conversion, one job in fifty
)

// manyRecords saves the records of 100,000 jobs of two years: of four kinds, by fifty
// people, one in ten failed, with 120,000 documents that were converted.
func manyRecords(b *testing.B, w *world) {
	b.Helper()
	kinds := []job.Kind{job.KindPublish, job.KindProbe, job.KindPublish, job.KindRollback}
	var items []job.Item
	for n := range manyDocuments {
		items = append(items, job.Item{Document: fmt.Sprintf("manuals/%02d/maintenance instructions.docx", n), State: job.StepCompleted, SHA256: fmt.Sprintf("%064x", n)})
	}
	items[7].State, items[7].Error = job.StepFailed, &job.Error{Message: "Footnote 7 has no text."}
	withItems := w.items(items...)
	for n := range manyJobs {
		kind, state := kinds[n%len(kinds)], job.StateCompleted
		if n%50 == 0 {
			kind = job.KindConvert
		}
		if n%10 == 3 {
			state = job.StateFailed
		}
		rec := attempt(kind, n, 1, state, label("nightly", fmt.Sprintf("team-%d", n%97)))
		rec.Status.CreatedAt = start.Add(time.Duration(n) * 10 * time.Minute)
		rec.Status.Submitter = fmt.Sprintf("writer-%d", n%53)
		rec.Status.Params = json.RawMessage(fmt.Sprintf(`{"source":{"digest":"commit:%040x"},"target":"site-%d"}`, n, n%20))
		switch {
		case kind == job.KindConvert:
			withItems(rec)
		case n%1000 == 3:
			rec.Status.Error.Detail = fmt.Sprintf("chapter-%d.md: heading skipped", n)
		}
		require.NoError(b, w.Put(b.Context(), rec))
	}
}

// BenchmarkList measures a page of 50 jobs, and the counts, of 100,000.
func BenchmarkList(b *testing.B) {
	w := newWorld(b)
	manyRecords(b, w)
	began := time.Now()
	for w.Fresh(b.Context()) != "" {
	}
	b.Logf("built in %s", time.Since(began))
	for name, f := range map[string]job.Filter{
		"all":                  {},
		"kind":                 {Kind: job.KindProbe},
		"failed":               {States: []job.State{job.StateFailed}},
		"partial=none":         {States: []job.State{job.StatePartial}},
		"submitter+state":      {Submitter: "writer-7", States: []job.State{job.StateFailed, job.StatePartial}},
		"rare=kind+target":     {Kind: job.KindConvert, Target: "site-3"},
		"label":                {Label: "team-5"},
		"frequent-label+state": {Label: "nightly", States: []job.State{job.StateFailed}},
		"frequent-label+none":  {Label: "nightly", States: []job.State{job.StatePartial}},
		"document":             {Document: "manuals/31/maintenance instructions.docx"},
		"document+version":     {Document: "manuals/31/maintenance instructions.docx", Version: fmt.Sprintf("%064x", 31)},
		"version":              {Version: fmt.Sprintf("%040x", 4711)},
		"rare-error":           {Error: "chapter-50003.md"},
		"frequent-error":       {Error: "longer than it may"},
		"frequent-error+none":  {Error: "longer than it may", States: []job.State{job.StateCompleted}},
		"document-error":       {Error: "footnote 7"},
		"two-letters":          {Error: "7 "},
		"id":                   {ID: "publish-3f"},
		"since+until":          {Since: start.Add(100_000 * time.Minute), Until: start.Add(200_000 * time.Minute), Kind: job.KindRollback},
		"everything":           {Kind: job.KindPublish, States: []job.State{job.StateFailed}, Submitter: "writer-7", Label: "nightly", Since: start, Error: "longer"},
	} {
		b.Run("page/"+name, func(b *testing.B) {
			for b.Loop() {
				_, err := w.List(b.Context(), "acme", f)
				require.NoError(b, err)
			}
		})
		b.Run("counts/"+name, func(b *testing.B) {
			for b.Loop() {
				_, err := w.Counts(b.Context(), "acme", f)
				require.NoError(b, err)
			}
		})
	}
	b.Run("history", func(b *testing.B) {
		for b.Loop() {
			_, err := w.History(b.Context(), "acme", job.DocumentQuery{Document: "manuals/31/maintenance instructions.docx"})
			require.NoError(b, err)
		}
	})
	b.Run("catching-up", func(b *testing.B) {
		for b.Loop() {
			require.Empty(b, w.Fresh(b.Context()))
		}
	})
}
