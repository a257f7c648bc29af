package e2e_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/workflows"
)

// shortLived submits a probe whose result is kept for a second.
func (e *engine) shortLived(nonce string) job.ID {
	e.t.Helper()
	s := probe(nonce)
	s.Retention = "1s"
	return e.ended(e.submit(s).ID).ID
}

// awaitExpiry waits until a job that has ended has expired.
func (e *engine) awaitExpiry(id job.ID) {
	e.t.Helper()
	waitFor(e.t, "the result to expire", func() bool {
		status, err := e.Get(e.t.Context(), id, job.StatusQuery{})
		require.NoError(e.t, err)
		return status.State == job.StateExpired
	})
}

// renewLate starts the second attempt of a probe whose first has expired, as somebody does
// who found that out before another one did, and comes after it.
func (e *engine) renewLate(id job.ID) {
	e.t.Helper()
	rec, err := record.NewStore(e.store.Documents()).Attempt(e.t.Context(), id, 1)
	require.NoError(e.t, err)
	late := *rec
	late.RunID, late.Renews, late.Events = "", true, nil
	late.Status = job.Status{
		ID: id, Kind: job.KindProbe, Attempt: 2, Params: rec.Status.Params, LastEvent: rec.Status.LastEvent,
		CreatedAt: time.Now().UTC(), Steps: []job.Step{{Name: "first"}, {Name: "second"}, {Name: "third"}},
	}
	late.Enter(job.StateQueued, job.Event{At: time.Now().UTC()})
	run, err := e.client.ExecuteWorkflow(e.t.Context(), client.StartWorkflowOptions{
		ID: string(id), TaskQueue: workflows.TaskQueue, Memo: map[string]any{workflows.MemoRecord: &late},
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, workflows.Probe, &late, &job.Probe{Nonce: "again"})
	require.NoError(e.t, err)
	require.NoError(e.t, run.Get(e.t.Context(), nil))
}

// A job that has expired, one that Temporal has forgotten and one that there never was
// are told apart, and all is known of the first two.
func TestExpiredForgottenAndUnknownJobs(t *testing.T) {
	e := newEngine(t)
	e.work()
	expired := e.shortLived("expired")
	kept := probe("kept")
	kept.Retention = "1h"
	keeps := e.ended(e.submit(kept).ID)
	require.Equal(t, time.Hour, keeps.ExpiresAt.Sub(*keeps.FinishedAt))
	e.awaitExpiry(expired)

	for name, at := range map[string]*engine{"Temporal knows the jobs": e, "Temporal has forgotten them": e.forgetful()} {
		status, err := at.Get(t.Context(), expired, job.StatusQuery{})
		require.NoError(t, err, name)
		require.Equal(t, job.StateExpired, status.State, name)
		require.Equal(t, job.StateCompleted, status.Outcome(), name)
		require.NotEmpty(t, status.Params, name)
		_, err = at.Result(t.Context(), expired, 0)
		requireCode(t, job.CodeGone, err)
		for _, err := range at.Logs(t.Context(), expired, job.LogQuery{}) {
			requireCode(t, job.CodeGone, err)
		}
		types := []string{}
		for _, event := range at.events(expired, job.EventQuery{}) {
			types = append(types, event.Type)
		}
		require.Equal(t, "job.expired", types[len(types)-1], name)

		status, err = at.Get(t.Context(), keeps.ID, job.StatusQuery{})
		require.NoError(t, err, name)
		require.Equal(t, job.StateCompleted, status.State, name)
		result, err := at.Result(t.Context(), keeps.ID, 0)
		require.NoError(t, err, name)
		require.Equal(t, keeps.ExpiresAt, result.ExpiresAt, name)

		const never = job.ID("probe-00000000000000aa")
		_, err = at.Get(t.Context(), never, job.StatusQuery{})
		requireCode(t, job.CodeNotFound, err)
		_, err = at.Result(t.Context(), never, 0)
		requireCode(t, job.CodeNotFound, err)
		_, err = at.Extend(t.Context(), never, job.Extension{For: "1h"})
		requireCode(t, job.CodeNotFound, err)
	}
	_, err := e.Extend(t.Context(), expired, job.Extension{For: "1h"})
	requireCode(t, job.CodeGone, err)
}

// Of many that want the work done again that has expired, one does it, however quickly
// it is done: Temporal would let each of them begin after the other.
func TestExpiredWorkIsDoneAgainOnce(t *testing.T) {
	e := newEngine(t)
	stop := e.work()
	id := e.shortLived("again")
	e.awaitExpiry(id)
	stop()

	s := probe("again")
	s.Retention = "1h"
	first := e.submit(s)
	require.Equal(t, 2, first.Attempt)
	require.True(t, e.submit(s).Deduplicated, "it is queued")
	e.work()
	require.Equal(t, job.StateCompleted, e.ended(id).State)

	// Somebody looked before attempt 2 began, and comes only now.
	e.renewLate(id)
	status := e.ended(id)
	require.Equal(t, job.StateCompleted, status.State)
	require.Equal(t, 2, status.Attempt, "the run took what the first had done as its own")
	require.Len(t, slices.Collect(func(yield func(job.Event) bool) {
		for _, event := range e.events(id, job.EventQuery{}) {
			if event.Type == "job.processing" && !yield(event) {
				return
			}
		}
	}), 2, "it was done twice in all")
	require.Equal(t, 2, e.submit(s).Attempt)
}

// A key names the request, not the work: what was asked for with it is not done again
// because its result has expired.
func TestAKeyHoldsWhenTheResultHasExpired(t *testing.T) {
	e := newEngine(t)
	e.work()
	s := probe("keyed")
	s.Retention, s.IdempotencyKey = "1s", "once"
	id := e.ended(e.submit(s).ID).ID
	e.awaitExpiry(id)
	receipt := e.submit(s)
	require.True(t, receipt.Deduplicated)
	require.Equal(t, job.StateExpired, receipt.State)
	s.Params = &job.Probe{Nonce: "other"}
	_, err := e.Submit(t.Context(), s)
	requireCode(t, job.CodeMismatch, err)
	status, err := e.Resubmit(t.Context(), id, job.Resubmission{})
	require.NoError(t, err)
	require.Equal(t, 2, status.Attempt)
	require.Equal(t, job.StateCompleted, e.ended(id).State)
}

// An attempt that was ended by force could not say that its result is to be kept. Who
// finds that out does.
func TestTheResultOfAJobThatWasEndedByForceExpires(t *testing.T) {
	e := newEngine(t)
	s := probe("terminated")
	s.Retention = "1s"
	id := e.submit(s).ID
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), string(id), "", "test"))
	e.work()
	status := e.ended(id)
	require.Equal(t, job.StateFailed, status.State)
	require.NotNil(t, status.ExpiresAt)
	e.awaitExpiry(id)
}

// A retention workflow that an operator ended by force is started again by whoever
// extends or pins the job.
func TestWhatKeepsAResultIsStartedAgain(t *testing.T) {
	e := newEngine(t)
	e.work()
	s := probe("kept")
	s.Retention = "1h"
	id := e.ended(e.submit(s).ID).ID
	workflow := activities.RetentionWorkflowID(id)
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), workflow, "", "test"))
	pin := true
	status, err := e.Extend(t.Context(), id, job.Extension{Pin: &pin})
	require.NoError(t, err)
	require.True(t, status.Pinned)
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), workflow, "", "test"))
	_, err = e.Extend(t.Context(), id, job.Extension{For: "2h"})
	requireCode(t, job.CodeConflict, err)
	pin = false
	status, err = e.Extend(t.Context(), id, job.Extension{Pin: &pin})
	require.NoError(t, err, "that it was pinned was not forgotten")
	require.False(t, status.Pinned)
	_, err = e.client.DescribeWorkflowExecution(t.Context(), workflow, "")
	require.NoError(t, err)

	other := e.ended(e.submit(probe("leaves nothing")).ID).ID
	_, err = e.client.DescribeWorkflowExecution(t.Context(), activities.RetentionWorkflowID(other), "")
	var missing *serviceerror.NotFound
	require.ErrorAs(t, err, &missing, "a probe leaves nothing that could expire")
	_, err = e.Extend(t.Context(), other, job.Extension{For: "2h"})
	requireCode(t, job.CodeConflict, err)
}
