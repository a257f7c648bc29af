package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// expecting is the record of a publish that usually takes a minute, and five at most.
func expecting() *record.Record {
	rec := publishRecord(job.LinksAll)
	rec.Expected = &record.Expected{Usual: record.Span{Fixed: time.Minute}, Limit: record.Span{Fixed: 5 * time.Minute}}
	return rec
}

func stalls(rec *record.Record) (events []job.Event) {
	for _, e := range rec.Events {
		if e.Type == job.EventStalled {
			events = append(events, e)
		}
	}
	return events
}

// worked is how long the job took from its beginning to its end.
func worked(rec *record.Record) time.Duration {
	return rec.Status.FinishedAt.Sub(rec.Status.Transitions[1].At)
}

func TestAJobThatTakesTooLongTellsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers("Build", nil).After(2 * time.Hour)
	rec := b.run(expecting())
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, job.StateCompleted, rec.Status.State)
	events := stalls(rec)
	require.Len(t, events, 1)
	require.Equal(t, "build", events[0].Step)
	require.Equal(t, job.StateProcessing, events[0].State)
	require.Equal(t, "At work for 5 min; jobs like it take about 1 min. It is in step build.", events[0].Message)
	require.Equal(t, 5*time.Minute, events[0].At.Sub(rec.Status.Transitions[1].At).Round(time.Second))
	require.Equal(t, events[0].At, *rec.Status.StalledAt)
	require.Equal(t, 2*time.Hour, worked(rec).Round(time.Second), "it is not kept waiting")
}

func TestAStallIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	started := b.telling()
	b.answers("Build", nil).After(time.Hour)
	rec := expecting()
	rec.Notify = []job.Route{{Endpoint: "ops"}, {Endpoint: "slack", Events: []string{job.EventStalled}}}
	b.run(rec)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"ops job.stalled", "slack job.stalled"}, (*started)[2:4], "after queued and processing, long before the release")
}

func TestAJobInTimeTellsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers("Build", nil).After(4 * time.Minute)
	rec := b.run(expecting())
	require.Equal(t, job.StateCompleted, rec.Status.State)
	require.Empty(t, stalls(rec))
	require.Nil(t, rec.Status.StalledAt)
	require.Less(t, worked(rec), 5*time.Minute)
}

func TestOfWhichNothingIsExpectedTellsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers("Build", nil).After(20 * time.Hour)
	require.Empty(t, stalls(b.run(publishRecord(job.LinksAll))))
}

// The time in which a job waits for its turn is not its own.
func TestWaitingForATurnIsNoStall(t *testing.T) {
	t.Parallel()
	words := make([]Word, 20) // ten minutes of them
	for i := range words {
		words[i] = held("publish-x")
	}
	b := newBench(t)
	b.turn(append(words, Word{Go: true})...)
	rec := b.run(expecting())
	require.Equal(t, job.StateCompleted, rec.Status.State)
	require.Greater(t, worked(rec), 9*time.Minute)
	require.Empty(t, stalls(rec))

	b = newBench(t)
	b.turn(append(words, Word{Go: true})...)
	b.answers("Release", nil).After(6 * time.Minute)
	rec = b.run(expecting())
	require.Len(t, stalls(rec), 1)
	require.Equal(t, "release", stalls(rec)[0].Step)
	require.Equal(t, 15*time.Minute, stalls(rec)[0].At.Sub(rec.Status.Transitions[1].At).Round(time.Minute), "it goes on being watched")
}

// How many items there are is known only once some have been counted.
func TestMoreItemsMayTakeLonger(t *testing.T) {
	t.Parallel()
	for items, want := range map[int]int{10: 0, 2: 1} {
		b := newBench(t)
		b.on("Fetch", func(context.Context, activities.FetchInput) (r activities.FetchResult, err error) {
			r.Items = &job.ItemCounts{Total: items}
			return r, nil
		})
		b.answers("Build", nil).After(9 * time.Minute)
		start := expecting()
		start.Expected.Limit, start.Expected.Items = record.Span{PerItem: time.Minute}, 1
		require.Len(t, stalls(b.run(start)), want, "%d items", items)
	}
}

func TestACancelledJobStallsNoMore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers("Build", nil).After(time.Hour)
	b.RegisterDelayedCallback(b.CancelWorkflow, 4*time.Minute)
	rec := b.run(expecting())
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.Empty(t, stalls(rec))
}
