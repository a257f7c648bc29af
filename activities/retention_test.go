package activities

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/upload"
)

const keptJob = job.ID("publish-3f9k2m7qx1ab4c5d")

// newRetention returns the activities with an archive "vault" in a folder.
func newRetention(t *testing.T) (r *Retention, vault string) {
	t.Helper()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	vault = t.TempDir()
	v, err := artifact.OpenVault(t.Context(), "file://"+vault)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return &Retention{
		Store: store, Records: record.NewStore(store.Documents()), Vaults: map[string]*artifact.Vault{"vault": v},
		Closed: func(context.Context, job.ID, string) error { return nil },
	}, vault
}

// ended saves an attempt with two files as its outputs.
func (r *Retention) ended(t *testing.T, state job.State) Ended {
	t.Helper()
	rec := &record.Record{Version: record.Version, Tenant: "docs", RunID: "run", Terms: &record.Terms{Keep: 60, Archive: "vault"}}
	rec.Status = job.Status{ID: keptJob, Attempt: 1, Kind: job.KindPublish}
	for path, text := range map[string]string{"a.txt": "A", job.ItemsPath: `{"document":"a.md","state":"completed"}` + "\n"} {
		ref, err := r.Store.Put(t.Context(), strings.NewReader(text))
		require.NoError(t, err)
		rec.Status.Outputs = append(rec.Status.Outputs, job.Output{Path: path, SHA256: ref.SHA256, Size: ref.Size, MediaType: "text/plain"})
	}
	rec.Enter(state, job.Event{At: time.Now().UTC()})
	require.NoError(t, r.Records.Save(t.Context(), rec))
	return EndedOf(rec)
}

func (r *Retention) archive(t *testing.T, e Ended) (job.Archived, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(r)
	value, err := env.ExecuteActivity(r.ArchiveResult, e)
	if err != nil {
		return job.Archived{}, err
	}
	var a job.Archived
	require.NoError(t, value.Get(&a))
	return a, nil
}

func TestAResultIsArchivedWhole(t *testing.T) {
	t.Parallel()
	r, vault := newRetention(t)
	e := r.ended(t, job.StatePartial)
	first, err := r.archive(t, e)
	require.NoError(t, err)
	require.Equal(t, "file://"+vault+"/docs/"+string(keptJob)+".1.zip", first.Location)
	again, err := r.archive(t, e)
	require.NoError(t, err)
	require.Equal(t, first.SHA256, again.SHA256, "a try that was cut short is made good by the next")

	content, err := os.ReadFile(strings.TrimPrefix(first.Location, "file://"))
	require.NoError(t, err)
	require.Len(t, content, int(first.Size))
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	read := func(name string) string {
		f, err := archive.Open(string(keptJob) + "/" + name)
		require.NoError(t, err)
		text, err := io.ReadAll(f)
		require.NoError(t, err)
		return string(text)
	}
	require.Equal(t, "A", read("artifacts/a.txt"))
	require.Contains(t, read("record.json"), `"state": "partial"`)
	require.Contains(t, read("SHA256SUMS"), "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd  artifacts/a.txt\n")
	require.Contains(t, read("SHA256SUMS"), "  record.json\n")
}

func TestWhatIsNotArchived(t *testing.T) {
	t.Parallel()
	r, vault := newRetention(t)
	for _, state := range []job.State{job.StateFailed, job.StateCancelled} {
		a, err := r.archive(t, r.ended(t, state))
		require.NoError(t, err)
		require.Equal(t, job.Archived{Name: "vault", State: job.ArchiveNone}, a)
	}
	e := r.ended(t, job.StateCompleted)
	e.Terms.Archive = "attic"
	_, err := r.archive(t, e)
	require.ErrorContains(t, err, `no archive "attic"`)
	r.Closed = func(context.Context, job.ID, string) error { return errors.New("it runs") }
	_, err = r.archive(t, r.ended(t, job.StateCompleted))
	require.ErrorContains(t, err, "it runs")
	left, err := os.ReadDir(vault)
	require.NoError(t, err)
	require.Empty(t, left)
}

// An expiry that is killed at any step is completed by the next try.
func TestAnExpiryCanBeRepeated(t *testing.T) {
	t.Parallel()
	r, _ := newRetention(t)
	e := r.ended(t, job.StateCompleted)
	ctx := t.Context()
	require.NoError(t, r.Store.Documents().Put(ctx, artifact.CheckpointKey(string(keptJob), "build", "d"), 1))
	require.NoError(t, r.Store.Holds().Put(ctx, string(keptJob), 1, "build", strings.Repeat("ab", 32)))
	require.NoError(t, r.Store.Holds().Put(ctx, string(keptJob), 2, "build", strings.Repeat("cd", 32)))
	in := ExpireInput{RetentionInput: RetentionInput{
		ID: keptJob, Kept: record.Retention{Attempt: 1},
		Event: job.Event{JobID: keptJob, Attempt: e.Attempt, Type: job.StateEvent(job.StateExpired), State: job.StateExpired, At: time.Now().UTC()},
	}}
	for range 3 {
		result, err := r.ExpireResult(ctx, in)
		require.NoError(t, err)
		require.Equal(t, int64(2), result.Event.Number)
	}
	rec, err := r.Records.Latest(ctx, keptJob)
	require.NoError(t, err)
	require.Equal(t, job.StateExpired, rec.Status.State)
	require.Len(t, rec.Events, 2)
	for item, err := range r.Records.Items(ctx, keptJob, 1) {
		require.NoError(t, err)
		require.Equal(t, "a.md", item.Document)
	}
	var left []string
	for _, folder := range []string{"checkpoints", "holds"} {
		for key, err := range r.Store.Documents().List(ctx, folder) {
			require.NoError(t, err)
			left = append(left, key)
		}
	}
	require.Len(t, left, 1, "what the next attempt holds")
	require.Contains(t, left[0], "/000002/")
}

// What jobs have that ended before anything was held is never swept.
func TestOldJobsKeepWhatTheyHave(t *testing.T) {
	t.Parallel()
	r, _ := newRetention(t)
	ctx := t.Context()
	e := r.ended(t, job.StateCompleted) // which expires
	old := &record.Record{Version: record.Version, Status: job.Status{ID: "publish-00000000000000aa", Attempt: 1}}
	tree := &artifact.Tree{}
	for _, text := range []string{"old one", "old two"} {
		ref, err := r.Store.Put(ctx, strings.NewReader(text))
		require.NoError(t, err)
		tree.Files = append(tree.Files, artifact.File{Path: text[4:], Size: ref.Size, SHA256: ref.SHA256, MediaType: "text/plain"})
	}
	site, err := r.Store.Trees().Save(ctx, tree)
	require.NoError(t, err)
	old.Status.Outputs = []job.Output{site.Output("site/")}
	require.NoError(t, r.Records.Save(ctx, old))

	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	sweep := newSweep(r)
	env.RegisterActivity(sweep)
	conversion := func(of artifact.TreeRef) string {
		key := conversionsFolder + "docs/" + of.SHA256 + ".json"
		require.NoError(t, r.Store.Documents().Put(ctx, key, converted{Document: "a.docx", Tree: of}))
		return key
	}
	gone, err := r.Store.Trees().Save(ctx, &artifact.Tree{})
	require.NoError(t, err)
	lost, stays := conversion(gone), conversion(site)
	for range 2 { // without a grace time, what nobody holds goes at once
		value, err := env.ExecuteActivity(sweep.SweepArtifacts)
		require.NoError(t, err)
		var swept Swept
		require.NoError(t, value.Get(&swept))
		require.Equal(t, time.Hour, swept.Next)
	}
	for _, f := range tree.Files {
		there, err := r.Store.Exists(ctx, f.Ref())
		require.NoError(t, err)
		require.True(t, there, f.Path)
	}
	var of converted
	require.NoError(t, r.Store.Documents().Get(ctx, stays, &of))
	require.ErrorIs(t, r.Store.Documents().Get(ctx, lost, &of), artifact.ErrNotFound, "what was made of the document is deleted")
	rec, err := r.Records.Latest(ctx, e.JobID)
	require.NoError(t, err)
	there, err := r.Store.Exists(ctx, artifact.Ref{SHA256: rec.Status.Outputs[0].SHA256, Size: rec.Status.Outputs[0].Size})
	require.NoError(t, err)
	require.False(t, there, "a job with terms holds what its steps have said")
}

// The next attempt may begin while an expiry is tried again: what it has done stays.
func TestAnExpiryThatIsRepeatedLateLeavesTheNextAttemptAlone(t *testing.T) {
	t.Parallel()
	r, _ := newRetention(t)
	e := r.ended(t, job.StateCompleted)
	ctx := t.Context()
	require.NoError(t, r.Store.Holds().Put(ctx, string(keptJob), 1, "build", strings.Repeat("ab", 32)))
	in := ExpireInput{Batches: 1, RetentionInput: RetentionInput{
		ID: keptJob, Kept: record.Retention{Attempt: 1},
		Event: job.Event{JobID: keptJob, Attempt: e.Attempt, Type: job.StateEvent(job.StateExpired), State: job.StateExpired, At: time.Now().UTC()},
	}}
	_, err := r.happen(ctx, in.RetentionInput) // and then the worker is killed
	require.NoError(t, err)
	attempt, _, err := r.Records.Claim(ctx, keptJob, "next")
	require.NoError(t, err)
	require.Equal(t, 2, attempt)
	keys := []string{artifact.CheckpointKey(string(keptJob), "build", "d"), artifact.CheckpointKey(string(keptJob.Batch(1)), "convert", "d")}
	for _, key := range keys {
		require.NoError(t, r.Store.Documents().Put(ctx, key, 1))
	}

	_, err = r.ExpireResult(ctx, in)
	require.NoError(t, err)
	var n int
	for _, key := range keys {
		require.NoError(t, r.Store.Documents().Get(ctx, key, &n), key)
	}
	for key, err := range r.Store.Documents().List(ctx, "holds") {
		require.NoError(t, err)
		require.Fail(t, "attempt 1 is not let go of", key)
	}
}

// A job that began before jobs held anything may have results that only its workflow
// knows, until it ends and has its record.
func TestNothingIsSweptWhileAnOldJobRuns(t *testing.T) {
	t.Parallel()
	r, _ := newRetention(t)
	ctx := t.Context()
	built, err := r.Store.Put(ctx, strings.NewReader("built, and waits for approval"))
	require.NoError(t, err)
	old := job.ID("publish-00000000000000aa")
	open, sweep := old, newSweep(r)
	var asked []time.Time
	sweep.Open = func(_ context.Context, before time.Time) (job.ID, error) {
		asked = append(asked, before)
		return open, nil
	}
	for range 3 {
		swept := sweep.run(t)
		require.Equal(t, time.Hour, swept.Next)
		require.Zero(t, swept.Deleted+swept.Discarded)
	}
	require.Equal(t, asked[0], asked[2], "jobs that begin later are no old ones")

	rec := &record.Record{Version: record.Version, Status: job.Status{ID: old, Attempt: 1}} // without terms
	rec.Status.Outputs = []job.Output{{Path: "site", SHA256: built.SHA256, Size: built.Size}}
	require.NoError(t, r.Records.Save(ctx, rec))
	open = ""
	other, err := r.Store.Put(ctx, strings.NewReader("nobody needs it"))
	require.NoError(t, err)
	for range 2 {
		sweep.run(t)
	}
	there, err := r.Store.Exists(ctx, built)
	require.NoError(t, err)
	require.True(t, there)
	there, err = r.Store.Exists(ctx, other)
	require.NoError(t, err)
	require.False(t, there)
	last := len(asked)
	sweep.run(t)
	require.Len(t, asked, last, "all old jobs hold what they have: nobody asks again")
}

// Without an answer about old jobs nothing is deleted.
func TestNothingIsSweptUnlessOldJobsAreKnown(t *testing.T) {
	t.Parallel()
	r, _ := newRetention(t)
	r.ended(t, job.StateCompleted)
	sweep := newSweep(r)
	sweep.Open = func(context.Context, time.Time) (job.ID, error) { return "", errors.New("no answer") }
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(sweep)
	_, err := env.ExecuteActivity(sweep.SweepArtifacts)
	require.ErrorContains(t, err, "no answer")
}

// A checkpoint can go while old jobs are made to hold what they have.
func TestACheckpointThatGoesMeanwhileIsNotAdopted(t *testing.T) {
	t.Parallel()
	r, _ := newRetention(t)
	sweep := newSweep(r)
	key := artifact.CheckpointKey(string(keptJob), "build", "d")
	require.NoError(t, sweep.adoptDocument(t.Context(), key), "it is deleted: nothing is to be held")
}

func newSweep(r *Retention) *Sweep {
	return &Sweep{
		Store: r.Store, Records: r.Records, Log: slog.New(slog.DiscardHandler), Every: time.Hour,
		Uploads: upload.New(upload.Config{Blobs: r.Store, Documents: r.Store.Documents(), Limits: source.DefaultLimits(), MaxSize: 1}),
		Open:    func(context.Context, time.Time) (job.ID, error) { return "", nil },
	}
}

func (s *Sweep) run(t *testing.T) (swept Swept) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(s)
	value, err := env.ExecuteActivity(s.SweepArtifacts)
	require.NoError(t, err)
	require.NoError(t, value.Get(&swept))
	return swept
}
