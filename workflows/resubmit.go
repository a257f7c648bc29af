package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// The steps of a resubmit job: to start many jobs takes its time, a few hundredths of a
// second each.
var resubmitSteps = []stepPolicy{
	{name: "select", queue: TaskQueueIO, longest: 10 * time.Minute, retry: patient},
	{name: "resubmit", queue: TaskQueueIO, longest: 2 * time.Hour, retry: patient},
}

// Resubmit is the workflow of a resubmit job: find the jobs, start the next attempt of
// each. It does not wait for them.
func Resubmit(ctx workflow.Context, start *record.Record, params *job.Resubmit) (*job.Status, error) {
	return live(ctx, start, func(ctx workflow.Context, l *lifecycle) error { return resubmit(ctx, l, params) })
}

func resubmit(ctx workflow.Context, l *lifecycle, params *job.Resubmit) error {
	var a *activities.Many
	onBehalf := activities.OnBehalf{Job: l.job(), Tenant: l.rec.Tenant, Submitter: l.rec.Status.Submitter}
	selected, err := step(ctx, l, resubmitSteps[0], a.SelectJobs, activities.SelectInput{OnBehalf: onBehalf, Filter: params.Filter})
	if err != nil {
		return err
	}
	_, err = step(ctx, l, resubmitSteps[1], a.ResubmitJobs, activities.ResubmitInput{OnBehalf: onBehalf, Jobs: selected.Jobs, Only: params.Only})
	return err
}
