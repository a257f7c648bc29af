package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

func TestAScheduledRunLastsAsLongAsItsJob(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(&activities.Schedules{})
	began, looks := env.Now(), 0
	env.OnActivity("SubmitScheduled", mock.Anything, mock.Anything).Return(
		func(_ context.Context, run activities.ScheduledRun) (job.ID, error) {
			require.NotEmpty(t, run.Key, "trying again must not start a second job")
			require.Equal(t, "acme", run.Tenant)
			return "probe-3f9k2m7qx1ab4c5d", nil
		})
	env.OnActivity("ScheduledEnded", mock.Anything, mock.Anything).Return(
		func(_ context.Context, run activities.ScheduledRun) (bool, error) {
			require.Equal(t, job.ID("probe-3f9k2m7qx1ab4c5d"), run.Job)
			looks++
			return env.Now().Sub(began) > 2*time.Hour, nil
		})
	env.ExecuteWorkflow(Scheduled, activities.ScheduledRun{Tenant: "acme", Schedule: "nightly", Submission: job.Submission{Params: &job.Probe{Nonce: "a"}}})
	require.NoError(t, env.GetWorkflowError())
	var id job.ID
	require.NoError(t, env.GetWorkflowResult(&id))
	require.Equal(t, job.ID("probe-3f9k2m7qx1ab4c5d"), id)
	require.GreaterOrEqual(t, env.Now().Sub(began), 2*time.Hour)
	require.Less(t, looks, 40, "it looks less and less often")
}

func TestAScheduledRunEndsWithoutItsJobAfterADay(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(&activities.Schedules{})
	env.OnActivity("SubmitScheduled", mock.Anything, mock.Anything).Return(job.ID("probe-3f9k2m7qx1ab4c5d"), nil)
	env.OnActivity("ScheduledEnded", mock.Anything, mock.Anything).Return(false, nil)
	began := env.Now()
	env.ExecuteWorkflow(Scheduled, activities.ScheduledRun{Schedule: "nightly", Submission: job.Submission{Params: &job.Probe{Nonce: "a"}}})
	require.NoError(t, env.GetWorkflowError(), "the next run is not skipped for ever")
	require.WithinDuration(t, began.Add(scheduledLongest), env.Now(), 2*scheduledLook, "of the workflow's own clock")
}

func TestAScheduledRunFailsWhereItsJobIsRefused(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(&activities.Schedules{})
	refused := activityError(job.Invalid(job.Fault{Field: "target", Message: "there is no target \"old\"."}))
	env.OnActivity("SubmitScheduled", mock.Anything, mock.Anything).Return(job.ID(""), refused)
	env.ExecuteWorkflow(Scheduled, activities.ScheduledRun{Schedule: "nightly", Submission: job.Submission{Params: &job.Probe{Nonce: "a"}}})
	require.ErrorContains(t, env.GetWorkflowError(), "The request has errors")
}
