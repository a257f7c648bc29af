package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

const (
	// scheduleCatchup is how late a run may begin after an outage; what was missed before that is not made up for.
	scheduleCatchup = time.Hour
	// scheduledLongest is how long the next runs of a schedule are skipped for a job that does not end.
	scheduledLongest = 24 * time.Hour
	// The time between two looks at the job grows from the first to the second.
	scheduledFirstLook, scheduledLook = 5 * time.Second, 5 * time.Minute
)

// scheduledOptions are for the activities of a scheduled run. A worker farm that is down for a while costs no run.
func scheduledOptions(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              TaskQueue,
		StartToCloseTimeout:    2 * time.Minute,
		ScheduleToCloseTimeout: scheduleCatchup,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                summary,
	}
}

// Scheduled is the workflow that a schedule starts: it submits a job under a Job ID of its own and lasts as long as the
// job, so that the schedule knows of an overlap.
func Scheduled(ctx workflow.Context, run activities.ScheduledRun) (job.ID, error) {
	run.Key = workflow.GetInfo(ctx).WorkflowExecution.ID
	var s *activities.Schedules
	submitting := workflow.WithActivityOptions(ctx, scheduledOptions("submit the job of the schedule "+run.Schedule))
	if err := workflow.ExecuteActivity(submitting, s.SubmitScheduled, run).Get(ctx, &run.Job); err != nil {
		return "", err
	}
	looking := workflow.WithActivityOptions(ctx, scheduledOptions("look whether "+string(run.Job)+" is over"))
	until := workflow.Now(ctx).Add(scheduledLongest)
	for pause := scheduledFirstLook; workflow.Now(ctx).Before(until); pause = min(2*pause, scheduledLook) {
		if err := workflow.Sleep(ctx, pause); err != nil {
			return run.Job, err
		}
		var ended bool
		if err := workflow.ExecuteActivity(looking, s.ScheduledEnded, run).Get(ctx, &ended); err != nil || ended {
			return run.Job, err
		}
	}
	return run.Job, nil
}
