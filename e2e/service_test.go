package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/index"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/upload"
	"github.com/docjobs/docjobs/worker"
	"github.com/docjobs/docjobs/workflows"
)

// An engine is an embedded Temporal server with a service over it, and workers
// that come and go.
type engine struct {
	*workflows.Service
	t       *testing.T
	client  client.Client
	store   *artifact.Store
	uploads *upload.Store
	targets map[string]activities.Target

	workspace string // of the worker
	notify    notify.Endpoints
}

const namespace = "docjobs"

func newEngine(t *testing.T) *engine { return newTellingEngine(t, notify.Endpoints{}) }

// newTellingEngine returns an engine that tells the endpoints of its jobs.
func newTellingEngine(t *testing.T, endpoints notify.Endpoints) *engine {
	t.Helper()
	dir := t.TempDir()
	attributes := map[string]enumspb.IndexedValueType{}
	for _, a := range workflows.SearchAttributes {
		attributes[a.GetName()] = a.GetValueType()
	}
	server, err := embedded.Start(t.Context(), embedded.Config{Dir: dir, Namespace: namespace, NoUI: true, SearchAttributes: attributes})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	c, err := client.Dial(client.Options{HostPort: server.Address(), Namespace: namespace, Identity: "e2e", Logger: log.NewStructuredLogger(discard)})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	store, err := artifact.Open(t.Context(), "file://"+t.TempDir(), artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	target, err := release.OpenFile(t.TempDir(), release.Options{Name: "local"})
	require.NoError(t, err)

	e := &engine{t: t, client: c, store: store, workspace: t.TempDir(), notify: endpoints}
	e.targets = map[string]activities.Target{"local": {Target: target, URL: serve(t, release.NewHandler(target)) + "/"}}
	e.uploads = upload.New(upload.Config{Blobs: store, Documents: store.Documents(), Limits: source.DefaultLimits(), MaxSize: 1 << 20})
	e.again()
	return e
}

// config is what services of the engine stand on, but for the index.
func (e *engine) config() workflows.ServiceConfig {
	return workflows.ServiceConfig{
		Client: e.client, Namespace: namespace, Records: record.NewStore(e.store.Documents()),
		Sources: &activities.Sources{Uploads: e.uploads.Callers()}, Targets: activities.Live(e.targets),
		Logs: e.store.Logs(), Blobs: e.store, Holds: e.store.Holds(), Notify: e.notify, Deliveries: notify.NewLog(e.store.Documents()),
	}
}

// index opens an index of the engine's records, as another process would have it.
func (e *engine) index() *index.Index {
	e.t.Helper()
	x, err := index.Open(e.t.Context(), index.Config{
		Path: filepath.Join(e.t.TempDir(), "index.db"), Records: record.NewStore(e.store.Documents()), Blobs: e.store, Logger: discard,
	})
	require.NoError(e.t, err)
	e.t.Cleanup(func() { require.NoError(e.t, x.Close()) })
	return x
}

// again makes the service anew, as after a restart of its process.
func (e *engine) again() {
	e.t.Helper()
	config := e.config()
	config.Index = e.index()
	e.Service = workflows.NewService(config)
}

// forgetful returns the engine as it is when Temporal's retention has passed:
// with the same records, over a namespace that knows none of the jobs.
func (e *engine) forgetful() *engine {
	e.t.Helper()
	const empty = "temporal-system"
	c, err := client.NewClientFromExisting(e.client, client.Options{Namespace: empty, Logger: log.NewStructuredLogger(discard)})
	require.NoError(e.t, err)
	e.t.Cleanup(c.Close)
	other := *e
	other.client = c
	config := e.config()
	config.Client, config.Namespace, config.Index, config.Notify = c, empty, e.index(), notify.Endpoints{}
	other.Service = workflows.NewService(config)
	return &other
}

// work runs a worker until the returned function is called, at the latest
// until the test ends.
func (e *engine) work() (stop func()) {
	e.t.Helper()
	generator, err := hugo.Command()
	require.NoError(e.t, err)
	box, err := sandbox.Open(e.t.Context())
	require.NoError(e.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- worker.Run(ctx, e.client, worker.Config{
			Store: e.store, Uploads: e.uploads, Limits: source.DefaultLimits(), Targets: e.targets,
			Workspace: e.workspace, Site: site.BuildOptions{Executable: generator, Version: hugo.Version, Sandbox: box, Unsafe: true}, Version: hugo.Version, Jobs: e.Service,
			Notify: notify.NewSender(e.notify, "docjobs/e2e"), Base: "https://docjobs.example",
		}, func() { close(ready) })
	}()
	select {
	case <-ready:
	case err := <-done:
		require.NoError(e.t, err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(e.t, <-done)
	})
	e.t.Cleanup(stop)
	return stop
}

func probe(nonce string) job.Submission {
	return job.Submission{Params: &job.Probe{Nonce: nonce}}
}

// submit submits and fails the test if that is refused.
func (e *engine) submit(s job.Submission) *job.Receipt {
	e.t.Helper()
	receipt, err := e.Submit(e.t.Context(), s)
	require.NoError(e.t, err)
	return receipt
}

// ended waits until the job has ended.
func (e *engine) ended(id job.ID) *job.Status {
	e.t.Helper()
	status, err := e.Get(e.t.Context(), id, job.StatusQuery{Wait: 30 * time.Second})
	require.NoError(e.t, err)
	require.True(e.t, status.State.Terminal(), status.State)
	return status
}

func (e *engine) events(id job.ID, q job.EventQuery) (events []job.Event) {
	e.t.Helper()
	for event, err := range e.Events(e.t.Context(), id, q) {
		require.NoError(e.t, err)
		events = append(events, event)
	}
	for i, event := range events {
		require.Equal(e.t, q.After+int64(i)+1, event.Number, "events are numbered without gaps")
	}
	return events
}

func requireCode(t *testing.T, want job.Code, err error) {
	t.Helper()
	require.True(t, errors.Is(err, &job.Error{Code: want}), "want %s, got %v", want, err)
}

func TestAJobFromSubmitToResult(t *testing.T) {
	e := newEngine(t)
	e.work()
	receipt := e.submit(probe("hello"))
	require.Equal(t, job.StateQueued, receipt.State)
	require.False(t, receipt.Deduplicated)

	followed := e.events(receipt.ID, job.EventQuery{Follow: true})
	require.Equal(t, "job.queued", followed[0].Type)
	require.Equal(t, "job.completed", followed[len(followed)-1].Type)
	require.Equal(t, followed, e.events(receipt.ID, job.EventQuery{}), "read again, they are the same")
	require.Equal(t, followed[3:], e.events(receipt.ID, job.EventQuery{After: 3}))

	status := e.ended(receipt.ID)
	require.Equal(t, job.StateCompleted, status.State)
	require.False(t, status.Stale)
	for _, step := range status.Steps {
		require.Equal(t, job.StepCompleted, step.State)
	}
	again := e.submit(probe("hello"))
	require.True(t, again.Deduplicated)
	require.Equal(t, receipt.ID, again.ID)
	forced := probe("hello")
	forced.Force = true
	require.NotEqual(t, receipt.ID, e.submit(forced).ID)

	_, err := e.Resubmit(t.Context(), receipt.ID, job.Resubmission{})
	requireCode(t, job.CodeConflict, err)
	_, err = e.Cancel(t.Context(), receipt.ID, "")
	requireCode(t, job.CodeConflict, err)
	result, err := e.Result(t.Context(), receipt.ID, 0)
	require.NoError(t, err)
	require.Equal(t, job.StateCompleted, result.State)

	t.Run("is another tenant's secret", func(t *testing.T) {
		other := job.WithCaller(t.Context(), job.Caller{Tenant: "other"})
		_, err := e.Get(other, receipt.ID, job.StatusQuery{})
		requireCode(t, job.CodeNotFound, err)
		_, err = e.Cancel(other, receipt.ID, "")
		requireCode(t, job.CodeNotFound, err)
		theirs, err := e.Submit(other, probe("hello"))
		require.NoError(t, err)
		require.False(t, theirs.Deduplicated)
		require.NotEqual(t, receipt.ID, theirs.ID)
	})
	t.Run("is known after Temporal has forgotten it", func(t *testing.T) {
		forgetful := e.forgetful()
		require.Equal(t, status, forgetful.ended(receipt.ID))
		require.Equal(t, followed, forgetful.events(receipt.ID, job.EventQuery{Follow: true}))
		require.True(t, forgetful.submit(probe("hello")).Deduplicated, "and is not done again")
	})
}

func TestFiftyEqualSubmissionsMakeOneJob(t *testing.T) {
	e := newEngine(t)
	e.work()
	receipts := make([]*job.Receipt, 50)
	var group sync.WaitGroup
	for i := range receipts {
		group.Go(func() { receipts[i], _ = e.Submit(t.Context(), probe("same")) })
	}
	group.Wait()
	started := 0
	for _, r := range receipts {
		require.NotNil(t, r)
		require.Equal(t, receipts[0].ID, r.ID)
		if !r.Deduplicated {
			started++
		}
	}
	require.Equal(t, 1, started)
	require.Equal(t, 1, e.ended(receipts[0].ID).Attempt)
}

func TestIdempotencyKey(t *testing.T) {
	e := newEngine(t)
	e.work()
	keyed := func(nonce, key string) job.Submission {
		s := probe(nonce)
		s.IdempotencyKey = key
		return s
	}
	first := e.submit(keyed("a", "k1"))
	require.Equal(t, first.ID, e.submit(keyed("a", "k1")).ID)
	require.NotEqual(t, first.ID, e.submit(keyed("a", "k2")).ID, "another key asks for another job")
	_, err := e.Submit(t.Context(), keyed("b", "k1"))
	requireCode(t, job.CodeMismatch, err)
	e.ended(first.ID)
	_, err = e.Submit(t.Context(), keyed("b", "k1"))
	requireCode(t, job.CodeMismatch, err)
	require.True(t, e.submit(keyed("a", "k1")).Deduplicated)
}

func TestDryRunStartsNothing(t *testing.T) {
	e := newEngine(t)
	dry := probe("dry")
	dry.DryRun = true
	receipt := e.submit(dry)
	require.True(t, receipt.DryRun)
	_, err := e.Get(t.Context(), receipt.ID, job.StatusQuery{})
	requireCode(t, job.CodeNotFound, err)
	_, err = e.Submit(t.Context(), job.Submission{Params: &job.Publish{Source: job.Source{Upload: "sha256:" + fmt.Sprintf("%064d", 0)}, Target: "local"}, DryRun: true})
	requireCode(t, job.CodeNotFound, err)
	_, err = e.Submit(t.Context(), job.Submission{Params: &job.Publish{Source: job.Source{Git: "https://example.com/x"}, Target: "nowhere"}, DryRun: true})
	requireCode(t, job.CodeInvalid, err)
}

// Nothing that is read needs a worker, and a cancel that was accepted shows.
func TestWithoutAWorker(t *testing.T) {
	e := newEngine(t)
	receipt := e.submit(probe("alone"))
	status, err := e.Get(t.Context(), receipt.ID, job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, job.StateQueued, status.State)
	require.True(t, status.Stale)
	require.NotEmpty(t, status.StaleReason)
	require.Len(t, e.events(receipt.ID, job.EventQuery{}), 1)
	_, err = e.Resubmit(t.Context(), receipt.ID, job.Resubmission{})
	requireCode(t, job.CodeConflict, err)
	_, err = e.Result(t.Context(), receipt.ID, 0)
	requireCode(t, job.CodeConflict, err)

	short, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, _ = e.Cancel(short, receipt.ID, "not wanted") // nobody is there to stop it within the time
	status, err = e.Get(t.Context(), receipt.ID, job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, job.StateCancelled, status.State)
	require.Nil(t, status.FinishedAt, "it has not been cleaned up")

	e.work()
	status = e.ended(receipt.ID)
	require.Equal(t, job.StateCancelled, status.State)
	require.NotNil(t, status.FinishedAt)
	again, err := e.Cancel(t.Context(), receipt.ID, "")
	require.NoError(t, err, "cancelling twice is the same")
	require.Equal(t, job.StateCancelled, again.State)
}

func TestAttempts(t *testing.T) {
	e := newEngine(t)
	receipt := e.submit(probe("twice"))
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), string(receipt.ID), "", "by hand"))
	status := e.ended(receipt.ID)
	require.Equal(t, job.StateFailed, status.State)
	require.Equal(t, job.CodeTerminated, status.Error.Code)

	second, err := e.Resubmit(t.Context(), receipt.ID, job.Resubmission{})
	require.NoError(t, err)
	require.Equal(t, 2, second.Attempt)
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), string(receipt.ID), "", "again"))
	e.work()
	third := e.submit(probe("twice"))
	require.Equal(t, receipt.ID, third.ID, "submitting the same again is the next attempt")
	require.Equal(t, 3, third.Attempt)
	require.False(t, third.Deduplicated)

	status = e.ended(receipt.ID)
	require.Equal(t, job.StateCompleted, status.State)
	require.Equal(t, 3, status.Attempt)
	for n, want := range map[int]job.State{1: job.StateFailed, 2: job.StateFailed, 3: job.StateCompleted} {
		attempt, err := e.Get(t.Context(), receipt.ID, job.StatusQuery{Attempt: n})
		require.NoError(t, err)
		require.Equal(t, want, attempt.State, "attempt %d", n)
	}
	_, err = e.Get(t.Context(), receipt.ID, job.StatusQuery{Attempt: 4})
	requireCode(t, job.CodeNotFound, err)

	attempts := map[int]bool{}
	for _, event := range e.events(receipt.ID, job.EventQuery{}) {
		attempts[event.Attempt] = true
	}
	require.Len(t, attempts, 3, "the events of all attempts are one history")
}

func TestResubmittedByManyAtOnce(t *testing.T) {
	e := newEngine(t)
	receipt := e.submit(probe("many"))
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), string(receipt.ID), "", "by hand"))
	var mu sync.Mutex
	started := 0
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := e.Resubmit(t.Context(), receipt.ID, job.Resubmission{})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				started++
			} else if job.CodeOf(err) != job.CodeConflict {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, started)
}

func TestList(t *testing.T) {
	e := newEngine(t)
	e.work()
	var ids []job.ID
	for i := range 5 {
		s := probe(fmt.Sprint("n", i))
		s.Submitter, s.Labels = "o'hara", []string{"nightly", fmt.Sprint("l", i)}
		ids = append(ids, e.submit(s).ID)
	}
	for _, id := range ids {
		e.ended(id)
	}
	list := func(f job.Filter) (found []job.ID) {
		for {
			page, err := e.List(t.Context(), f)
			require.NoError(t, err)
			for _, j := range page.Jobs {
				found = append(found, j.ID)
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				return found
			}
		}
	}
	require.Len(t, list(job.Filter{States: []job.State{job.StateCompleted}}), 5, "at once")
	require.ElementsMatch(t, ids, list(job.Filter{Limit: 2}), "in pages")
	require.ElementsMatch(t, ids, list(job.Filter{Submitter: "o'hara", Label: "nightly", Kind: job.KindProbe}))
	require.Equal(t, ids[3:4], list(job.Filter{Label: "l3"}))
	require.Empty(t, list(job.Filter{States: []job.State{job.StateFailed}}))
	require.Empty(t, list(job.Filter{Until: time.Now().Add(-time.Hour)}))
	require.Len(t, list(job.Filter{Since: time.Now().Add(-time.Hour)}), 5)
	_, err := e.List(t.Context(), job.Filter{States: []job.State{"done"}, Limit: -1, Cursor: "?"})
	requireCode(t, job.CodeInvalid, err)
	other := job.WithCaller(t.Context(), job.Caller{Tenant: "x' OR JobTenant != '"})
	page, err := e.List(other, job.Filter{})
	require.NoError(t, err)
	require.Empty(t, page.Jobs)
	require.True(t, slices.IsSortedFunc(page.Jobs, func(a, b job.Summary) int { return b.CreatedAt.Compare(a.CreatedAt) }))
}
