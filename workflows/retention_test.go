package workflows

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

const (
	day  = 24 * time.Hour
	kept = job.ID("publish-3f9k2m7qx1ab4c5d")
)

// A keeping is a retention workflow in the test environment, with real records and a
// real store.
type keeping struct {
	*bench
	store *artifact.Store
	told  *[]string // of deliveries
	end   time.Time // of the attempt
}

func newKeeping(t *testing.T) *keeping {
	t.Helper()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	k := &keeping{bench: newBenchWith(t, record.NewStore(store.Documents())), store: store}
	k.end = k.Now().UTC().Truncate(time.Second)
	k.told = k.telling()
	k.RegisterActivity(&activities.Retention{Store: store, Records: k.records, Closed: func(context.Context, job.ID, string) error { return nil }})
	return k
}

// ended saves the record of an attempt that has ended and returns what is told of it.
func (k *keeping) ended(attempt int, state job.State, terms record.Terms) activities.Ended {
	k.t.Helper()
	rec := &record.Record{
		Version: record.Version, Tenant: job.DefaultTenant, RunID: "run", Terms: &terms, Notify: []job.Route{{Endpoint: "ops"}},
		Status: job.Status{ID: kept, Kind: job.KindPublish, Attempt: attempt, Outputs: []job.Output{{Path: "a.txt", SHA256: strings.Repeat("ab", 32)}}},
	}
	if last, err := k.records.Latest(k.t.Context(), kept); err == nil {
		rec.Status.LastEvent = last.Status.LastEvent
	}
	rec.Enter(state, job.Event{At: k.end})
	expireAfter(rec)
	require.NoError(k.t, k.records.Save(k.t.Context(), rec))
	require.NoError(k.t, k.store.Holds().Put(k.t.Context(), string(kept), attempt, "build", rec.Status.Outputs))
	return activities.EndedOf(rec)
}

// after does something so long after the start.
func (k *keeping) after(d time.Duration, do func()) { k.RegisterDelayedCallback(do, d) }

// keep runs the workflow until it is over.
func (k *keeping) keep(e activities.Ended) {
	k.t.Helper()
	k.after(0, func() { k.SignalWorkflow(activities.SignalEnded, e) })
	k.ExecuteWorkflow(Retention, &activities.RetentionState{})
	require.True(k.t, k.IsWorkflowCompleted())
	require.NoError(k.t, k.GetWorkflowError())
}

func (k *keeping) status() *job.Status {
	k.t.Helper()
	rec, err := k.records.Latest(k.t.Context(), kept)
	require.NoError(k.t, err)
	requireGapless(k.t, rec.Events)
	return &rec.Status
}

// change asks for a change and returns the error with which it is refused, once that is
// known.
func (k *keeping) change(c Change) *error {
	refused := new(error)
	*refused = errors.New("no answer")
	k.UpdateWorkflow(UpdateExtend, "", &testsuite.TestUpdateCallback{
		OnAccept: func() {}, OnReject: func(err error) { *refused = err },
		OnComplete: func(_ any, err error) { *refused = err },
	}, c)
	return refused
}

func requireType(t *testing.T, want string, err error) {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, want, app.Type())
}

func week() record.Terms {
	return record.Terms{Keep: int64(7 * day / time.Second), Warn: int64(day / time.Second)}
}

func TestAResultExpiresAfterAWarning(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateCompleted, week())
	k.after(6*day-time.Minute, func() { require.Empty(t, *k.told) })
	k.after(6*day+time.Minute, func() {
		require.Equal(t, []string{"ops job.expiring"}, *k.told)
		require.Equal(t, int64(2), k.status().LastEvent)
	})
	k.after(7*day-time.Minute, func() { require.Equal(t, job.StateCompleted, k.status().State) })
	k.keep(e)
	status := k.status()
	require.Equal(t, job.StateExpired, status.State)
	require.Equal(t, job.StateCompleted, status.Outcome())
	require.Equal(t, 7*day, status.ExpiresAt.Sub(k.end).Round(time.Minute))
	require.Equal(t, int64(3), status.LastEvent)
	require.Len(t, *k.told, 1, "that it has expired is told to who asks for it")
	for key, err := range k.store.Documents().List(t.Context(), "holds") {
		t.Errorf("%s is held still: %v", key, err)
	}
}

func TestWhatWasFetchedIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateCompleted, week())
	k.after(2*day, func() { k.SignalWorkflow(activities.SignalFetched, activities.Fetched{Attempt: 1, At: k.Now()}) })
	k.after(3*day, func() {
		k.SignalWorkflow(activities.SignalFetched, activities.Fetched{Attempt: 1, At: k.Now()})
		require.Equal(t, 2*day, k.status().FetchedAt.Sub(k.end).Round(time.Minute), "the first time counts")
	})
	k.keep(e)
	require.Empty(t, *k.told)
	require.Equal(t, job.StateExpired, k.status().State)
}

func TestThereIsNoWarningOfNothing(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateFailed, week())
	e.Outputs = 0
	k.keep(e)
	require.Empty(t, *k.told)
}

// What is kept for less than twice the time of the warning is warned of half-way.
func TestAShortTimeIsWarnedOfHalfWay(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	terms := week()
	terms.Keep = int64(10 * time.Hour / time.Second)
	e := k.ended(1, job.StateCompleted, terms)
	k.after(5*time.Hour-time.Minute, func() { require.Empty(t, *k.told) })
	k.after(5*time.Hour+time.Minute, func() { require.Len(t, *k.told, 1) })
	k.keep(e)
	require.Equal(t, job.StateExpired, k.status().State)
}

func TestAResultIsExtended(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateCompleted, week())
	later, sooner := k.end.Add(30*day), k.end.Add(20*day)
	var extended, shortened *error
	k.after(6*day+time.Hour, func() { extended = k.change(Change{Until: &later}) })
	k.after(6*day+2*time.Hour, func() {
		require.NoError(t, *extended)
		require.Equal(t, later, *k.status().ExpiresAt, "written when it is answered")
		shortened = k.change(Change{Until: &sooner})
	})
	k.after(7*day+time.Hour, func() {
		requireType(t, ErrorConflict, *shortened)
		require.Equal(t, job.StateCompleted, k.status().State)
	})
	k.keep(e)
	require.Equal(t, []string{"ops job.expiring", "ops job.expiring"}, *k.told, "before each of the two ends")
	status := k.status()
	require.Equal(t, 30*day, status.ExpiresAt.Sub(k.end).Round(time.Minute))
	require.Equal(t, int64(4), status.LastEvent)
}

func TestAPinnedResultDoesNotExpire(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateCompleted, week())
	pin, unpin := true, false
	var refused *error
	k.after(time.Hour, func() { k.change(Change{Pin: &pin}) })
	k.after(400*day, func() {
		status := k.status()
		require.True(t, status.Pinned)
		require.Nil(t, status.ExpiresAt)
		require.Equal(t, job.StateCompleted, status.State)
		until := k.Now().Add(day)
		refused = k.change(Change{Until: &until})
	})
	k.after(401*day, func() {
		requireType(t, ErrorConflict, *refused)
		k.change(Change{Pin: &unpin})
	})
	k.after(402*day, func() {
		require.Equal(t, 408*day, k.status().ExpiresAt.Sub(k.end).Round(time.Minute), "its time begins anew")
	})
	k.keep(e)
	require.Equal(t, job.StateExpired, k.status().State)
	require.Len(t, *k.told, 1)
}

func TestWhatHasExpiredCannotBeExtended(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateCompleted, week())
	k.keep(e)

	// Somebody asked just before it expired; the workflow that answers is a new one.
	again := newKeeping(t)
	again.records, again.store = k.records, k.store
	again.bench = newBenchWith(t, k.records)
	again.RegisterActivity(&activities.Retention{Store: k.store, Records: k.records})
	until := k.end.Add(60 * day)
	var refused *error
	again.after(0, func() { refused = again.change(Change{Until: &until}) })
	again.ExecuteWorkflow(Retention, &activities.RetentionState{Ended: e})
	require.NoError(t, again.GetWorkflowError())
	requireType(t, ErrorExpired, *refused)
	require.Equal(t, job.StateExpired, k.status().State)
}

// The result of a failed attempt lives on while the next one is under way, and as long
// as what that leaves behind.
func TestTheNextAttemptGoesOnWithTheResult(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateFailed, week())
	k.after(5*day, func() {
		attempt, last, err := k.records.Claim(t.Context(), kept, "run 2")
		require.NoError(t, err)
		require.Equal(t, 2, attempt)
		require.Equal(t, int64(1), last)
	})
	var refused *error
	k.after(9*day, func() {
		require.Equal(t, job.StateFailed, k.status().State, "the next attempt runs")
		pin := true
		refused = k.change(Change{Pin: &pin})
	})
	k.after(10*day, func() {
		requireType(t, ErrorConflict, *refused)
		k.end = k.Now().UTC()
		k.SignalWorkflow(activities.SignalEnded, k.ended(2, job.StateCompleted, week()))
	})
	k.after(16*day+time.Hour, func() {
		first, err := k.records.Attempt(t.Context(), kept, 1)
		require.NoError(t, err)
		require.Equal(t, job.StateFailed, first.Status.State)
		require.Equal(t, []string{"ops job.expiring"}, *k.told)
	})
	k.keep(e)
	for n, outcome := range map[int]job.State{1: job.StateFailed, 2: job.StateCompleted} {
		rec, err := k.records.Attempt(t.Context(), kept, n)
		require.NoError(t, err)
		require.Equal(t, job.StateExpired, rec.Status.State)
		require.Equal(t, outcome, rec.Status.Outcome())
	}
}

// An archive is made before the result expires, however long that takes.
func TestAResultWaitsForItsArchive(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	terms := week()
	terms.Archive = "vault"
	e := k.ended(1, job.StateCompleted, terms)
	k.OnActivity("ArchiveResult", mock.Anything, mock.Anything).After(9*day).
		Return(job.Archived{Name: "vault", State: job.ArchiveStored, Location: "file:///vault/x.zip"}, nil)
	k.after(8*day, func() {
		status := k.status()
		require.Equal(t, job.StateCompleted, status.State)
		require.Equal(t, job.ArchivePending, status.Archive.State)
	})
	k.keep(e)
	status := k.status()
	require.Equal(t, job.StateExpired, status.State)
	require.Equal(t, "file:///vault/x.zip", status.Archive.Location)
	require.Greater(t, status.ExpiresAt.Sub(k.end), 8*day)
}

// A workflow with much behind it goes on in a run that knows it all.
func TestAResultIsKeptOverManyChanges(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	e := k.ended(1, job.StateCompleted, week())
	pin := true
	k.after(0, func() { k.SignalWorkflow(activities.SignalEnded, e) })
	k.after(time.Hour, func() { k.change(Change{Pin: &pin}) })
	k.after(2*time.Hour, func() { k.SetCurrentHistoryLength(retentionHistory + 1) })
	k.after(3*time.Hour, func() { k.SignalWorkflow(activities.SignalFetched, activities.Fetched{Attempt: 1, At: k.Now()}) })
	k.ExecuteWorkflow(Retention, &activities.RetentionState{})
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, k.GetWorkflowError(), &next)
	require.True(t, k.status().Pinned)
	require.NotNil(t, k.status().FetchedAt)
}
