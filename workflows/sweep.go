package workflows

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// SweepWorkflowID is the ID of the workflow that sweeps. There is one. It is no Job ID.
const SweepWorkflowID = "sweep"

// sweepsARun is how often a run of the workflow sweeps; the next run goes on.
const sweepsARun = 200

// Sweep is the workflow that has what no job needs any more deleted, again and again.
// It runs for ever, in runs that continue each other; the workers say how often.
func Sweep(ctx workflow.Context) error {
	working := workflow.WithActivityOptions(ctx, sweepOptions())
	var a *activities.Sweep
	for range sweepsARun {
		var swept activities.Swept
		if err := workflow.ExecuteActivity(working, a.SweepArtifacts).Get(ctx, &swept); err != nil {
			return err
		}
		workflow.SetCurrentDetails(ctx, sweepDetails(workflow.Now(ctx), swept))
		if err := workflow.Sleep(ctx, max(swept.Next, time.Second)); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, Sweep)
}

// sweepDetails is the text about the last sweep that the Temporal UI shows.
func sweepDetails(at time.Time, s activities.Swept) string {
	return fmt.Sprintf("**last sweep %s**\n- %d blobs stored, %d needed\n- %d deleted, %d bytes\n- %d on their way out",
		minute(at), s.Blobs, s.Needed, s.Deleted, s.Freed, s.Waiting)
}

// SweepOptions are those with which the workflow is started; it may run already.
func SweepOptions() client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: SweepWorkflowID, TaskQueue: TaskQueue, StaticSummary: "Deletes what no job needs any more",
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}
}

// OpenBefore returns a job that runs and whose run began before the given time, or "".
func OpenBefore(ctx context.Context, c client.Client, before time.Time) (job.ID, error) {
	resp, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1,
		Query:    AttributeKind.GetName() + " IS NOT NULL AND ExecutionStatus = 'Running' AND StartTime < '" + before.UTC().Format(time.RFC3339Nano) + "'",
	})
	if err != nil {
		return "", err
	}
	for _, info := range resp.GetExecutions() {
		return job.ID(info.GetExecution().GetWorkflowId()), nil
	}
	return "", nil
}

// sweepOptions are for one sweep, which reads the holds of all jobs and lists the whole
// artifact store.
func sweepOptions() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           TaskQueueIO,
		StartToCloseTimeout: 12 * time.Hour,
		HeartbeatTimeout:    time.Minute,
		Summary:             "sweep",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 10 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Hour},
	}
}
