package record_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

func notes(t *testing.T, store *record.Store, since time.Time) (states []job.State) {
	t.Helper()
	for key, err := range store.Notes(t.Context(), since) {
		require.NoError(t, err)
		note, err := store.Note(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, id, note.Record.Status.ID)
		require.Empty(t, note.Record.Events, "the journal keeps no events")
		states = append(states, note.Record.Status.State)
	}
	return states
}

func TestTheJournalTellsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"mem://", "file://" + t.TempDir()} {
		store := newStore(t, address)
		before := time.Now()
		begun := &record.Record{Version: record.Version, Status: job.Status{ID: id, Attempt: 1, State: job.StateQueued}}
		require.NoError(t, store.Begun(t.Context(), begun))
		require.NoError(t, store.Save(t.Context(), ended(1, "r1", job.StateFailed)))
		require.NoError(t, store.Seal(t.Context(), ended(2, "r2", job.StateCancelled)))
		require.NoError(t, store.Seal(t.Context(), ended(2, "late", job.StateFailed)), "which changes nothing")

		want := []job.State{job.StateQueued, job.StateFailed, job.StateCancelled}
		require.Equal(t, want, notes(t, store, before))
		require.Equal(t, want, notes(t, store, before.Add(-48*time.Hour)), "by days")
		require.Empty(t, notes(t, store, time.Now().Add(time.Second)))

		require.NoError(t, store.TrimJournal(t.Context()))
		require.Len(t, notes(t, store, before), 3, "none is old")
	}
}

func TestAllRecordsAreFound(t *testing.T) {
	t.Parallel()
	store := newStore(t, "mem://")
	require.NoError(t, store.Save(t.Context(), ended(1, "r1", job.StateFailed)))
	attempt, _, err := store.Claim(t.Context(), id, "r2")
	require.NoError(t, err)
	require.NoError(t, store.Save(t.Context(), ended(attempt, "r2", job.StateCompleted)))
	var found []int
	for key, err := range store.Keys(t.Context()) {
		require.NoError(t, err)
		rec, err := store.Read(t.Context(), key)
		require.NoError(t, err)
		found = append(found, rec.Status.Attempt)
	}
	require.Equal(t, []int{1, 2}, found, "neither the claim nor the copy of the latest")
}

func TestOldNotesAreDeleted(t *testing.T) {
	t.Parallel()
	artifacts, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, artifacts.Close()) })
	documents := artifacts.Documents()
	store := record.NewStore(documents)
	note := func(age time.Duration) string {
		at := time.Now().UTC().Add(-age)
		key := fmt.Sprintf("journal/%s/%019d-AAAA.json", at.Format("20060102/1504"), at.UnixNano())
		require.NoError(t, documents.Put(t.Context(), key, record.Note{Record: ended(1, "r1", job.StateFailed)}))
		return key
	}
	old, older, young := note(record.JournalAge+time.Minute), note(50*record.JournalAge), note(record.JournalAge-time.Hour)
	require.NoError(t, store.TrimJournal(t.Context()))
	for key, there := range map[string]bool{old: false, older: false, young: true} {
		_, err := store.Note(t.Context(), key)
		require.Equal(t, there, err == nil, "%s: %v", key, err)
	}
}
