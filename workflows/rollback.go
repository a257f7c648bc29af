package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// The steps of a rollback job. They are short, because somebody waits for them.
var rollbackSteps = []stepPolicy{
	{name: releaseStep.name, queue: TaskQueueIO, longest: 5 * time.Minute, retry: patient},
	{name: verifyStep.name, queue: TaskQueueIO, longest: 5 * time.Minute, retry: patient},
}

// Rollback is the workflow of a rollback job: switch the target to a release that
// it holds, verify what readers get.
func Rollback(ctx workflow.Context, start *record.Record, params *job.Rollback) (*job.Status, error) {
	return live(ctx, start, func(ctx workflow.Context, l *lifecycle) error { return rollback(ctx, l, params) })
}

func rollback(ctx workflow.Context, l *lifecycle, params *job.Rollback) error {
	return l.atTarget(ctx, params.Target, func(ctx workflow.Context, s *stay) error { return rollBack(ctx, l, params, s) })
}

func rollBack(ctx workflow.Context, l *lifecycle, params *job.Rollback, s *stay) error {
	if err := s.await(ctx); err != nil {
		return err
	}
	var a *activities.Publish
	var released activities.ReleaseResult
	err := s.change(ctx, func() (err error) {
		released, err = step(ctx, l, rollbackSteps[0], a.Rollback, activities.RollbackInput{
			Job: l.job(), Target: params.Target, Release: params.Release, From: params.From,
		})
		return err
	})
	if err != nil {
		return err
	}
	l.rec.Status.Release = &released.Release
	l.rec.Add(job.Event{
		Type: job.EventRolledBack, At: workflow.Now(ctx), Step: releaseStep.name,
		Message: "Rolled " + params.Target + " back to " + params.Release + ".", Release: &released.Release,
	})
	_, err = step(ctx, l, rollbackSteps[1], a.VerifyRollback, activities.VerifyRollbackInput{
		Job: l.job(), Release: released.Release,
	})
	return err
}
