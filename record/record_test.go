package record_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

const id job.ID = "publish-3f9k2m7qx1ab4c5d"

func newStore(t *testing.T, address string) *record.Store {
	t.Helper()
	store, err := artifact.Open(t.Context(), address, artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return record.NewStore(store.Documents())
}

func ended(attempt int, run string, state job.State) *record.Record {
	rec := &record.Record{Version: record.Version, RunID: run, Status: job.Status{
		ID: id, Attempt: attempt, Steps: []job.Step{{Name: "fetch", State: job.StepProcessing}, {Name: "build", State: job.StepQueued}},
	}}
	rec.Enter(job.StateQueued, job.Event{At: time.Unix(1, 0).UTC()})
	rec.Enter(state, job.Event{At: time.Unix(2, 0).UTC()})
	rec.CloseSteps(job.StepFailed)
	return rec
}

func TestEveryAttemptIsKept(t *testing.T) {
	t.Parallel()
	store := newStore(t, "mem://")
	_, err := store.Latest(t.Context(), id)
	require.ErrorIs(t, err, record.ErrNotFound)

	first, second := ended(1, "r1", job.StateFailed), ended(2, "r2", job.StateCompleted)
	require.NoError(t, store.Save(t.Context(), first))
	require.NoError(t, store.Save(t.Context(), second))

	latest, err := store.Latest(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, second, latest)
	earlier, err := store.Attempt(t.Context(), id, 1)
	require.NoError(t, err)
	require.Equal(t, first, earlier)
	_, err = store.Attempt(t.Context(), id, 3)
	require.ErrorIs(t, err, record.ErrNotFound)
}

func TestEnteringStates(t *testing.T) {
	t.Parallel()
	rec := ended(1, "r1", job.StateFailed)
	require.Equal(t, []job.Transition{
		{State: job.StateQueued, At: time.Unix(1, 0).UTC()}, {State: job.StateFailed, At: time.Unix(2, 0).UTC()},
	}, rec.Status.Transitions)
	require.Equal(t, time.Unix(2, 0).UTC(), *rec.Status.FinishedAt)
	require.Equal(t, job.StepFailed, rec.Status.Step("fetch").State)
	require.Equal(t, job.StepSkipped, rec.Status.Step("build").State)
	require.Equal(t, int64(2), rec.Status.LastEvent)
	require.Equal(t, "job.failed", rec.Events[1].Type)

	rec.Renumber(4, 10)
	require.Equal(t, []int64{11, 12}, []int64{rec.Events[0].Number, rec.Events[1].Number})
	require.Equal(t, 4, rec.Events[1].Attempt)
}

func TestACloneSharesNothing(t *testing.T) {
	t.Parallel()
	rec := ended(1, "r1", job.StateFailed)
	clone := rec.Clone()
	clone.Status.Steps[0].State = job.StepCompleted
	clone.Add(job.Event{Type: "x"})
	require.Equal(t, job.StepFailed, rec.Status.Steps[0].State)
	require.Len(t, rec.Events, 2)
}

func TestASealReplacesNothing(t *testing.T) {
	t.Parallel()
	store := newStore(t, "mem://")
	require.NoError(t, store.Seal(t.Context(), ended(1, "r1", job.StateFailed)))
	second := ended(2, "r2", job.StateCompleted)
	require.NoError(t, store.Save(t.Context(), second))
	require.NoError(t, store.Seal(t.Context(), ended(1, "late", job.StateCancelled)))
	require.NoError(t, store.Seal(t.Context(), ended(2, "late", job.StateFailed)))
	latest, err := store.Latest(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, second, latest)
	first, err := store.Attempt(t.Context(), id, 1)
	require.NoError(t, err)
	require.Equal(t, "r1", first.RunID)
}

// However many runs ask at the same time, each attempt number belongs to one.
func TestClaimsAreUnique(t *testing.T) {
	t.Parallel()
	store := newStore(t, "file://"+t.TempDir())
	require.NoError(t, store.Save(t.Context(), ended(1, "r1", job.StateFailed)))
	var mu sync.Mutex
	runs := map[int]string{}
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			run := fmt.Sprintf("run-%d", i)
			attempt, last, err := store.Claim(t.Context(), id, run)
			if err != nil {
				t.Error(err)
				return
			}
			again, _, err := store.Claim(t.Context(), id, run)
			if err != nil || again != attempt || last != 2 {
				t.Errorf("asked again: attempt %d after %d, event %d, %v", again, attempt, last, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if other, taken := runs[attempt]; taken {
				t.Errorf("attempt %d belongs to %s and %s", attempt, other, run)
			}
			runs[attempt] = run
		})
	}
	group.Wait()
	require.Len(t, runs, 20)
	require.NotContains(t, runs, 1, "the first attempt has ended")
}

func TestARunThatHasARecordKeepsItsNumber(t *testing.T) {
	t.Parallel()
	store := newStore(t, "mem://")
	require.NoError(t, store.Save(t.Context(), ended(3, "r3", job.StateFailed)))
	attempt, _, err := store.Claim(t.Context(), id, "r3")
	require.NoError(t, err)
	require.Equal(t, 3, attempt)
}
