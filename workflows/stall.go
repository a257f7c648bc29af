package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/job"
)

// A stopwatch tells how long a job has been at work, without the time in which it
// waited for people or for its turn.
type stopwatch struct {
	began  time.Time
	idle   time.Duration // in pauses that are over
	paused time.Time     // since when it has paused; zero while it runs
}

func (s *stopwatch) pause(now time.Time) { s.paused = now }

func (s *stopwatch) goOn(now time.Time) {
	s.idle += now.Sub(s.paused)
	s.paused = time.Time{}
}

func (s *stopwatch) runs() bool { return s.paused.IsZero() }

func (s *stopwatch) worked(now time.Time) time.Duration { return now.Sub(s.began) - s.idle }

// watchForStall adds one event to the attempt if it takes longer than it is expected to.
// It keeps nothing waiting, and must be stopped before the attempt ends. An attempt of
// which nothing is expected has no trace of it in its history.
func (l *lifecycle) watchForStall(ctx workflow.Context) (stop func()) {
	if l.rec.Expected == nil {
		return func() {}
	}
	l.clock.began = workflow.Now(ctx)
	ctx, stop = workflow.WithCancel(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		if l.awaitStall(ctx) {
			l.stalled(ctx)
		}
	})
	return stop
}

// awaitStall returns when the attempt has taken longer than expected, and reports false
// if it ended before.
func (l *lifecycle) awaitStall(ctx workflow.Context) bool {
	for {
		if err := workflow.Await(ctx, l.clock.runs); err != nil {
			return false
		}
		// How many items there are may have become known in the meantime.
		left := l.rec.Expected.LimitFor(l.rec.Status.Items.Total) - l.clock.worked(workflow.Now(ctx))
		if left <= 0 {
			return ctx.Err() == nil
		}
		if _, err := workflow.AwaitWithTimeout(ctx, left, func() bool { return !l.clock.runs() }); err != nil {
			return false
		}
	}
}

// stalled tells that the attempt takes longer than expected.
func (l *lifecycle) stalled(ctx workflow.Context) {
	now := workflow.Now(ctx).UTC()
	status := &l.rec.Status
	status.StalledAt = &now
	event := job.Event{Type: job.EventStalled, At: now, Message: fmt.Sprintf(
		"At work for %s; jobs like it take about %s.", about(l.clock.worked(now)), about(l.rec.Expected.UsualFor(status.Items.Total)))}
	if step := runningStep(status); step != nil {
		event.Step = step.Name
		event.Message += " It is in step " + step.Name + "."
	}
	l.rec.Add(event)
	l.remembered = time.Time{}
	if err := l.remember(ctx); err != nil {
		workflow.GetLogger(ctx).Warn("that the job has stalled is not in its memo", "job_id", status.ID, "error", err)
	}
}

// about is a time for people.
func about(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(1, int(d.Round(time.Second).Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
}
