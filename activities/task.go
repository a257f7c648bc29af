package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// heartbeatEvery is how often an activity says that it is alive and how far it
// has come. Being told to stop travels back with the answer.
const heartbeatEvery = time.Second

// logFlush bounds how long the end of a step waits for its log to be stored.
const logFlush = 10 * time.Second

// A task is one try of one step of a job.
type task struct {
	job      Job
	log      *slog.Logger
	lines    *artifact.LogWriter
	progress atomic.Pointer[job.Progress]
}

// report sets how far the task has come.
func (t *task) report(done, total int64, unit string) {
	t.progress.Store(&job.Progress{Done: done, Total: total, Unit: unit})
}

// A stage is a step with its place in the pipeline, by which logs are ordered.
type stage struct {
	ordinal int
	step    string
}

// name sorts by place.
func (s stage) name() string { return fmt.Sprintf("%02d-%s", s.ordinal, s.step) }

// perform runs the work of an activity: with a log, with heartbeats, and with
// errors that say whether to try again. What the result names by digest is held for
// the job.
func perform[R any](ctx context.Context, store *artifact.Store, j Job, s stage, work func(ctx context.Context, t *task) (R, error)) (R, error) {
	var none R
	writer, err := store.Logs().Writer(ctx, artifact.LogStream{
		Job: string(j.ID), Attempt: j.Attempt, Ordinal: s.ordinal, Step: s.step, Try: int(activity.GetInfo(ctx).Attempt),
	}, artifact.LogOptions{})
	if err != nil {
		return none, failure(classify(err))
	}
	t := &task{job: j, log: slog.New(writer.Handler(slog.LevelDebug)), lines: writer}
	defer t.beat(ctx)() // until the log is stored: a slow store is no dead worker
	ctx, release := untilWorkerStops(ctx)
	defer release()
	result, err := work(ctx, t)
	if err == nil { // from now on until the job expires
		err = store.Holds().Put(context.WithoutCancel(ctx), string(j.ID), j.Attempt, s.name(), result)
	}
	if err != nil {
		err = t.ended(ctx, err)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), logFlush)
	defer cancel()
	if lost := writer.Close(closing); lost != nil {
		activity.GetLogger(ctx).Warn("the end of a step's log is lost", "job_id", j.ID, "step", s.step, "error", lost)
	}
	return result, err
}

// errWorkerStops is why a task ends whose worker is being stopped.
var errWorkerStops = errors.New("the worker is being stopped")

// untilWorkerStops returns a context that ends when the worker begins to stop,
// so that the task has the worker's stop timeout to put things in order.
func untilWorkerStops(ctx context.Context) (context.Context, func()) {
	stopping := activity.GetWorkerStopChannel(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-stopping:
			cancel(errWorkerStops)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// beat records heartbeats, with the progress, until stop is called.
func (t *task) beat(ctx context.Context) (stop func()) {
	return heartbeats(ctx, func() any { return t.progress.Load() })
}

// heartbeats records heartbeats until stop is called.
func heartbeats(ctx context.Context, details func() any) (stop func()) {
	quit := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(heartbeatEvery)
		defer ticker.Stop()
		for {
			activity.RecordHeartbeat(ctx, details())
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
		}
	}()
	return func() { close(quit); <-done }
}

// ended logs why the work did not succeed and returns it as the activity's
// error.
func (t *task) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return t.stopped(ctx)
	}
	reason := classify(err)
	reason.JobID = t.job.ID
	t.log.Error(reason.Error(), "hint", reason.Hint)
	if reason.Detail != "" {
		t.log.Debug(reason.Detail)
	}
	return failure(reason)
}

// stopped is the end of a task whose context ended. Somebody asked for that, or
// else the worker is going away or has lost touch with the server, and the step
// is tried again.
func (t *task) stopped(ctx context.Context) error {
	if temporal.IsCanceledError(context.Cause(ctx)) {
		t.log.Warn("Stopped on request.")
		return context.Canceled
	}
	t.log.Warn("The worker had to stop: " + context.Cause(ctx).Error() + ". The step is tried again.")
	return failure(&job.Error{
		Code: job.CodeUnavailable, Cause: job.CauseService, JobID: t.job.ID, Retryable: true,
		Message: "The worker had to stop during this step.",
		Hint:    "It is tried again by itself.",
		Detail:  context.Cause(ctx).Error(),
	})
}

// checkpointed returns what the step left when it was done before with the
// same input, by this or an earlier attempt, or does it and leaves that. input
// is the digest of everything that the result depends on; usable tells whether
// what an earlier result refers to is still there, and marks it as reused.
func checkpointed[R any](ctx context.Context, documents *artifact.Documents, t *task, step, input string, usable func(*R) bool, work func() (R, error)) (R, error) {
	var result R
	key := artifact.CheckpointKey(string(t.job.ID), step, input)
	err := documents.Get(ctx, key, &result)
	if err != nil && !errors.Is(err, artifact.ErrNotFound) {
		return result, fmt.Errorf("looking for an earlier result: %w", err)
	}
	if err == nil && !t.job.Fresh && usable(&result) {
		t.log.Info("Nothing that this step depends on has changed since it was done; its result is used again.")
		return result, nil
	}
	if result, err = work(); err != nil {
		return result, err
	}
	if err := documents.Put(ctx, key, result); err != nil {
		return result, fmt.Errorf("keeping the result: %w", err)
	}
	return result, nil
}
