package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

func held(by job.ID) Word {
	return Word{Waiting: &job.Waiting{Position: 1, JobID: by, Reason: "Target local is held by job " + string(by) + "."}}
}

// The site is built while another job has its turn, and released afterwards.
func TestAPublishWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.turn(held("publish-x"), held("publish-y"), Word{Go: true})
	b.RegisterDelayedCallback(func() {
		answer, err := b.QueryWorkflow(QueryStatus)
		require.NoError(t, err)
		var status job.Status
		require.NoError(t, answer.Get(&status))
		require.Equal(t, job.StepCompleted, status.Step("check").State)
		require.Equal(t, job.StepQueued, status.Step("release").State)
		require.Equal(t, job.ID("publish-y"), status.Waiting.JobID)
	}, 45*time.Second)
	rec := b.run(publishRecord(job.LinksAll))
	require.NoError(t, b.GetWorkflowError())
	require.Nil(t, rec.Status.Waiting)
	waits := 0
	for _, e := range rec.Events {
		if e.Type == job.EventWaiting {
			waits++
		}
	}
	require.Equal(t, 2, waits, "each reason is told once")
	require.Len(t, b.entered, 1)
	require.Equal(t, []Left{{RunID: b.entered[0].RunID, Released: true}}, b.left)
}

func TestASupersededPublishEndsAsCancelled(t *testing.T) {
	t.Parallel()
	superseded := Word{SupersededBy: "publish-y"}
	for name, words := range map[string][]Word{
		"at once":         {superseded},
		"while it waits":  {held("publish-x"), superseded},
		"while it builds": {{Go: true}, superseded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.turn(words...)
			if name == "while it builds" {
				b.answers("Build", nil).After(2 * time.Minute)
			}
			rec := b.run(publishRecord(job.LinksAll))
			require.True(t, temporal.IsCanceledError(b.GetWorkflowError()))
			require.Equal(t, job.StateCancelled, rec.Status.State)
			require.Equal(t, job.ID("publish-y"), rec.Status.SupersededBy)
			require.Nil(t, rec.Status.Error)
			require.Equal(t, "Superseded by publish-y.", rec.Events[len(rec.Events)-1].Message)
			b.AssertNotCalled(t, "Release", mock.Anything, mock.Anything)
			require.Len(t, b.left, 1)
			require.False(t, b.left[0].Released)
		})
	}
}

func TestWhoSupersedesIsNotNamedWhenItIsAnotherTenants(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.turn(held("publish-x"), Word{Superseded: true})
	rec := b.run(publishRecord(job.LinksAll))
	require.True(t, temporal.IsCanceledError(b.GetWorkflowError()))
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.Empty(t, rec.Status.SupersededBy)
	require.Equal(t, "Superseded by a newer job of others.", rec.Events[len(rec.Events)-1].Message)
}

// There is no way back from a release that has begun.
func TestARollbackWaitsForARelease(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.turn(Word{Go: true}, Word{SupersededBy: "rollback-r"})
	b.answers("Release", nil).After(2 * time.Minute)
	rec := b.run(publishRecord(job.LinksAll))
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, job.StateCompleted, rec.Status.State)
	require.Empty(t, rec.Status.SupersededBy)
	require.Equal(t, []Left{{RunID: b.entered[0].RunID, Released: true}}, b.left)
}

func TestWhatIsLiveAndNewerIsNotReplaced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.on("Release", func(_ context.Context, in activities.ReleaseInput) (r activities.ReleaseResult, err error) {
		require.False(t, in.Asked.IsZero())
		r.NewerLive = "publish-n"
		return r, nil
	})
	rec := b.run(publishRecord(job.LinksAll))
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.Equal(t, job.ID("publish-n"), rec.Status.SupersededBy)
	require.Nil(t, rec.Status.Release)
	require.False(t, b.left[0].Released)
}

func TestACancelEndsTheWaiting(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.turn(held("publish-x"))
	b.RegisterDelayedCallback(b.CancelWorkflow, time.Hour)
	rec := b.run(publishRecord(job.LinksAll))
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.Empty(t, rec.Status.SupersededBy)
	require.Equal(t, time.Hour, rec.Status.FinishedAt.Sub(rec.Status.Transitions[1].At).Round(time.Minute))
	require.Len(t, b.left, 1)
}

// A target whose workflow was ended by force is asked again, at last in vain.
func TestATurnThatNeverComes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.turn(held("publish-x"))
	rec := b.run(publishRecord(job.LinksAll))
	require.Equal(t, job.StateFailed, rec.Status.State)
	require.Equal(t, job.CodeTargetBusy, rec.Status.Error.Code)
	require.Contains(t, rec.Status.Error.Detail, "publish-x")
	require.Greater(t, len(b.entered), 100)
}
