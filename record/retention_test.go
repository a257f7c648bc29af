package record_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

const kept = job.ID("publish-3f9k2m7qx1ab4c5d")

func newRecords(t *testing.T) *record.Store {
	t.Helper()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return record.NewStore(store.Documents())
}

// endedAttempt saves an attempt with so many events before its end.
func endedAttempt(t *testing.T, s *record.Store, attempt int, runID string, last int64) *record.Record {
	t.Helper()
	rec := &record.Record{Version: record.Version, Tenant: "docs", RunID: runID, Terms: &record.Terms{Keep: 60}}
	rec.Status = job.Status{ID: kept, Attempt: attempt, LastEvent: last}
	rec.Enter(job.StateCompleted, job.Event{At: time.Now().UTC()})
	require.NoError(t, s.Save(t.Context(), rec))
	return rec
}

func TestEventsAfterTheEndHaveNoGaps(t *testing.T) {
	t.Parallel()
	s := newRecords(t)
	endedAttempt(t, s, 1, "one", 4)
	at := time.Now().UTC()
	event := job.Event{JobID: kept, Attempt: 1, Type: job.EventExpiring, At: at}
	for range 2 { // asked again it is the same
		e, err := s.Append(t.Context(), event)
		require.NoError(t, err)
		require.Equal(t, int64(6), e.Number)
	}
	event.At = at.Add(time.Hour)
	e, err := s.Append(t.Context(), event)
	require.NoError(t, err)
	require.Equal(t, int64(7), e.Number)

	attempt, last, err := s.Claim(t.Context(), kept, "two")
	require.NoError(t, err)
	require.Equal(t, 2, attempt)
	require.Equal(t, int64(7), last)
	event.At = at.Add(2 * time.Hour)
	_, err = s.Append(t.Context(), event)
	require.ErrorIs(t, err, record.ErrMovedOn)
	_, again, err := s.Claim(t.Context(), kept, "two")
	require.NoError(t, err)
	require.Equal(t, last, again)
}

// An event and the next attempt come at the same moment: one of them is first.
func TestAnEventMeetsTheNextAttempt(t *testing.T) {
	t.Parallel()
	for round := range 50 {
		s := newRecords(t)
		endedAttempt(t, s, 1, "one", 4)
		var group sync.WaitGroup
		var last int64
		var appended, claimed error
		group.Go(func() {
			_, appended = s.Append(context.Background(), job.Event{JobID: kept, Attempt: 1, Type: "job.expired", At: time.Now()})
		})
		group.Go(func() { _, last, claimed = s.Claim(context.Background(), kept, fmt.Sprint("run ", round)) })
		group.Wait()
		require.NoError(t, claimed)
		if appended == nil {
			require.Equal(t, int64(6), last)
		} else {
			require.ErrorIs(t, appended, record.ErrMovedOn)
			require.Equal(t, int64(5), last)
		}
	}
}

func TestWhatBecameOfAResultIsPartOfItsRecord(t *testing.T) {
	t.Parallel()
	s := newRecords(t)
	endedAttempt(t, s, 1, "one", 4)
	batch := &record.Record{Version: record.Version, Tenant: "docs", Status: job.Status{ID: kept.Batch(1), Parent: kept, Attempt: 1}}
	batch.Enter(job.StateCompleted, job.Event{At: time.Now().UTC()})
	require.NoError(t, s.Save(t.Context(), batch))
	until := time.Now().UTC().Add(time.Hour).Truncate(time.Second)
	r := &record.Retention{Attempt: 1, ExpiresAt: &until, FetchedAt: &until, Archive: &job.Archived{Name: "vault", State: job.ArchiveStored}}
	require.NoError(t, s.SaveRetention(t.Context(), kept, r))
	rec, err := s.Latest(t.Context(), kept)
	require.NoError(t, err)
	require.Equal(t, []any{&until, &until, r.Archive}, []any{rec.Status.ExpiresAt, rec.Status.FetchedAt, rec.Status.Archive})

	gone, err := s.Append(t.Context(), job.Event{JobID: kept, Attempt: 1, Type: "job.expired", At: until, State: job.StateExpired})
	require.NoError(t, err)
	r.Events = append(r.Events, gone)
	require.NoError(t, s.SaveRetention(t.Context(), kept, r))
	for _, id := range []job.ID{kept, kept.Batch(1)} {
		rec, err = s.Latest(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, job.StateExpired, rec.Status.State, id)
		require.Equal(t, job.StateCompleted, rec.Status.Outcome(), id)
	}
	rec, err = s.Latest(t.Context(), kept)
	require.NoError(t, err)
	require.Equal(t, gone.Number, rec.Status.LastEvent)
	require.Equal(t, gone.Number, rec.Events[len(rec.Events)-1].Number)

	// The next attempt has a result of its own; the first one's is gone.
	_, last, err := s.Claim(t.Context(), kept, "two")
	require.NoError(t, err)
	endedAttempt(t, s, 2, "two", last)
	rec, err = s.Latest(t.Context(), kept)
	require.NoError(t, err)
	require.Equal(t, job.StateCompleted, rec.Status.State)
	require.Nil(t, rec.Status.Archive)
	rec, err = s.Attempt(t.Context(), kept, 1)
	require.NoError(t, err)
	require.Equal(t, job.StateExpired, rec.Status.State)
}

func TestAnAttemptIsAdoptedOnlyIfItIsDone(t *testing.T) {
	t.Parallel()
	s := newRecords(t)
	adopted, err := s.Adopt(t.Context(), kept, 2, "late")
	require.NoError(t, err)
	require.Nil(t, adopted)
	endedAttempt(t, s, 1, "one", 4)
	adopted, err = s.Adopt(t.Context(), kept, 2, "late")
	require.NoError(t, err)
	require.Nil(t, adopted, "attempt 2 is wanted")
	endedAttempt(t, s, 2, "two", 9)
	adopted, err = s.Adopt(t.Context(), kept, 2, "late")
	require.NoError(t, err)
	require.Equal(t, 2, adopted.Status.Attempt)
	rec, err := s.Latest(t.Context(), kept)
	require.NoError(t, err)
	require.Equal(t, "late", rec.RunID)
}

func TestItemsAreKeptWithTheRecord(t *testing.T) {
	t.Parallel()
	s := newRecords(t)
	items := make([]job.Item, 12_345)
	for i := range items {
		items[i] = job.Item{Document: fmt.Sprintf("%05d.md", i), State: job.StepCompleted}
	}
	require.NoError(t, s.KeepItems(t.Context(), kept, 1, items))
	var got []job.Item
	for item, err := range s.Items(t.Context(), kept, 1) {
		require.NoError(t, err)
		got = append(got, item)
	}
	require.Equal(t, items, got)
	for range s.Items(t.Context(), kept, 2) {
		t.Error("attempt 2 has none")
	}
}
