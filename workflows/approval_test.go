package workflows

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// approvedRecord is the record of a publish that has to be approved.
func approvedRecord(others bool) *record.Record {
	params := &job.Publish{
		Source: job.Source{Upload: "sha256:00", Digest: "tree:00"}, Target: "local", Links: job.LinksAll,
		Approve: true, Approval: &job.ApprovalRule{Others: others, Within: int64(job.DefaultApproval / time.Second)},
	}
	raw, _ := json.Marshal(params)
	w := &work{kind: job.KindPublish, tenant: job.DefaultTenant, digest: "d1", params: raw, summary: params.Summary(), priority: 3, submitter: "ada"}
	return w.newRecord("publish-3f9k2m7qx1ab4c5d", nil)
}

// decides lets somebody decide after so long, and returns where a refusal will stand.
func (b *bench) decides(after time.Duration, d job.Decision) *error {
	refused := new(error)
	b.RegisterDelayedCallback(func() {
		b.UpdateWorkflow(UpdateApprove, "", &testsuite.TestUpdateCallback{
			OnReject: func(err error) { *refused = err }, OnAccept: func() {}, OnComplete: func(any, error) {},
		}, d)
	}, after)
	return refused
}

func newApprovalBench(t *testing.T) *bench {
	b := newBench(t)
	b.answers("Compare", nil).Maybe()
	return b
}

func TestAPublishWaitsForItsApproval(t *testing.T) {
	t.Parallel()
	b := newApprovalBench(t)
	b.RegisterDelayedCallback(func() {
		require.Empty(t, b.entered, "the target is not held meanwhile")
		b.AssertNotCalled(t, "Release", mock.Anything, mock.Anything)
	}, 24*time.Hour)
	accepted := b.decides(48*time.Hour, job.Decision{Approved: true, By: "grace", Comment: "fine"})
	rec := b.run(approvedRecord(false))

	require.NoError(t, b.GetWorkflowError())
	require.NoError(t, *accepted)
	require.Equal(t, job.StateCompleted, rec.Status.State)
	var states []job.State
	for _, s := range rec.Status.Transitions {
		states = append(states, s.State)
	}
	require.Equal(t, []job.State{job.StateQueued, job.StateProcessing, job.StateAwaitingApproval, job.StateProcessing, job.StateCompleted}, states)
	d := rec.Status.Approval.Decision
	require.Equal(t, "grace", d.By)
	require.Equal(t, "fine", d.Comment)
	require.Equal(t, 48*time.Hour, d.At.Sub(rec.Status.Approval.Since).Round(time.Hour))
	require.Contains(t, eventTypes(rec), job.EventApproved)
	require.Len(t, b.entered, 1)
	require.Contains(t, rec.Status.Step("approve").Summary, "approved by grace")
}

func TestARejectedPublishReleasesNothing(t *testing.T) {
	t.Parallel()
	b := newApprovalBench(t)
	b.decides(time.Hour, job.Decision{By: "grace", Comment: "wrong version"})
	late := b.decides(time.Hour+time.Nanosecond, job.Decision{Approved: true, By: "linus"})
	rec := b.run(approvedRecord(false))
	_ = late // whether it comes before the end is the scheduler's
	require.Equal(t, job.StateFailed, rec.Status.State)
	require.Equal(t, job.CodeRejected, rec.Status.Error.Code)
	require.Equal(t, "The release was rejected by grace: wrong version", rec.Status.Error.Message)
	require.Contains(t, eventTypes(rec), job.EventRejected)
	b.AssertNotCalled(t, "Release", mock.Anything, mock.Anything)
	require.Empty(t, b.entered)
}

func TestAnApprovalThatNobodyGives(t *testing.T) {
	t.Parallel()
	b := newApprovalBench(t)
	rec := b.run(approvedRecord(false))
	require.Equal(t, job.StateFailed, rec.Status.State)
	require.Equal(t, job.CodeApprovalExpired, rec.Status.Error.Code)
	require.True(t, rec.Status.Error.Retryable)
	require.Equal(t, job.DefaultApproval, rec.Status.FinishedAt.Sub(rec.Status.Approval.Since).Round(time.Minute))
}

func TestACancelEndsTheWaitForAnApproval(t *testing.T) {
	t.Parallel()
	b := newApprovalBench(t)
	b.RegisterDelayedCallback(b.CancelWorkflow, time.Hour)
	rec := b.run(approvedRecord(false))
	require.True(t, temporal.IsCanceledError(b.GetWorkflowError()))
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.Equal(t, job.StepCancelled, stepStates(rec)["approve"])
	require.Less(t, rec.Status.FinishedAt.Sub(rec.Status.Approval.Since), time.Hour+time.Minute)
}

// Who may not decide is refused, and the job goes on waiting.
func TestWhoMayApprove(t *testing.T) {
	t.Parallel()
	b := newApprovalBench(t)
	b.answers("Build", nil).After(time.Minute)
	early := b.decides(time.Second, job.Decision{Approved: true, By: "grace"})
	own := b.decides(2*time.Hour, job.Decision{Approved: true, By: "ada"})
	nobody := b.decides(3*time.Hour, job.Decision{Approved: true})
	other := b.decides(4*time.Hour, job.Decision{Approved: true, By: "grace"})
	rec := b.run(approvedRecord(true))
	require.ErrorContains(t, *early, "does not wait for an approval; it is processing")
	require.ErrorContains(t, *own, "somebody else than the submitter")
	require.ErrorContains(t, *nobody, "somebody else than the submitter")
	require.NoError(t, *other)
	require.Equal(t, job.StateCompleted, rec.Status.State)
	require.Equal(t, "grace", rec.Status.Approval.Decision.By)
}
