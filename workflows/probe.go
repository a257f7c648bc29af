package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

var probeSteps = []stepPolicy{
	{name: "first", longest: 10 * time.Second, retry: brief},
	{name: "second", longest: 10 * time.Second, retry: brief},
	{name: "third", longest: 10 * time.Second, retry: brief},
}

// Probe is the workflow of a probe job: three steps that do nothing.
func Probe(ctx workflow.Context, start *record.Record, _ *job.Probe) (*job.Status, error) {
	return live(ctx, start, probe)
}

func probe(ctx workflow.Context, l *lifecycle) error {
	var a *activities.Probe
	for _, policy := range probeSteps {
		if _, err := step(ctx, l, policy, a.Pass, l.job()); err != nil {
			return err
		}
	}
	return nil
}

// job names the job to its activities.
func (l *lifecycle) job() activities.Job {
	return activities.Job{ID: l.rec.Status.ID, Attempt: l.rec.Status.Attempt, Fresh: l.rec.Fresh}
}
