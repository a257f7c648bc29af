package workflows

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// outcome is what the result of every step can tell of itself.
type outcome interface {
	StepOutcome() activities.Outcome
}

// step runs one step of the job's pipeline: an activity, under the policy that
// bears the step's name. The error that it returns ends the job.
func step[In any, Out outcome](ctx workflow.Context, l *lifecycle, p stepPolicy, activity func(context.Context, In) (Out, error), in In) (Out, error) {
	return judgedStep(ctx, l, p, activity, in, func(Out) *job.Error { return nil })
}

// judgedStep is a step whose result may make the job impossible: refuse then
// says why. What the step has put out is kept all the same.
func judgedStep[In any, Out outcome](ctx workflow.Context, l *lifecycle, p stepPolicy, activity func(context.Context, In) (Out, error), in In, refuse func(Out) *job.Error) (Out, error) {
	var out Out
	if err := ctx.Err(); err != nil {
		return out, err // cancelled between two steps: this one does not begin
	}
	if err := l.stepStarted(ctx, p.name); err != nil {
		return out, err
	}
	summary := p.name + " · " + l.rec.Status.Summary
	ctx = workflow.WithActivityOptions(ctx, p.options(summary, l.rec.Status.Priority))
	if err := workflow.ExecuteActivity(ctx, activity, in).Get(ctx, &out); err != nil {
		return out, l.stepFailed(ctx, p.name, err)
	}
	l.keep(p.name, out.StepOutcome())
	if refused := refuse(out); refused != nil {
		return out, l.stepFailed(ctx, p.name, refused)
	}
	l.stepCompleted(ctx, p.name)
	return out, nil
}

// stepStarted enters the step and lets the memo know.
func (l *lifecycle) stepStarted(ctx workflow.Context, name string) error {
	now := workflow.Now(ctx)
	s := l.rec.Status.Step(name)
	s.State, s.StartedAt = job.StepProcessing, &now
	l.rec.Add(job.Event{Type: job.EventStepStarted, At: now, Step: name})
	return l.remember(ctx)
}

// keep keeps what a step came to.
func (l *lifecycle) keep(name string, o activities.Outcome) {
	s := l.rec.Status.Step(name)
	s.Summary, s.Reused = o.Summary, o.Reused
	l.rec.Status.Outputs = append(l.rec.Status.Outputs, o.Outputs...)
	if o.Items != nil {
		l.rec.Status.Items = *o.Items
	}
}

// stepCompleted leaves the step.
func (l *lifecycle) stepCompleted(ctx workflow.Context, name string) {
	now := workflow.Now(ctx)
	s := l.rec.Status.Step(name)
	s.State, s.FinishedAt = job.StepCompleted, &now
	l.rec.Add(job.Event{Type: job.EventStepCompleted, At: now, Step: name, Message: s.Summary})
}

// stepFailed leaves the step that err ended and returns why, as a *job.Error.
func (l *lifecycle) stepFailed(ctx workflow.Context, name string, err error) error {
	now := workflow.Now(ctx)
	s := l.rec.Status.Step(name)
	s.FinishedAt = &now
	if temporal.IsCanceledError(err) || ctx.Err() != nil {
		s.State = job.StepCancelled
		l.rec.Add(job.Event{Type: job.EventStepCancelled, At: now, Step: name})
		return err
	}
	failed := failureOf(err, l.rec.Status.ID)
	failed.Step = name
	s.State, s.Error = job.StepFailed, failed
	l.rec.Add(job.Event{Type: job.EventStepFailed, At: now, Step: name, Message: failed.Message, Error: failed})
	return failed
}

// failureOf returns why a job failed in the words of [job.Error], or nil for
// a nil error.
func failureOf(err error, id job.ID) *job.Error {
	if err == nil {
		return nil
	}
	var failed *job.Error
	if !errors.As(err, &failed) {
		failed = timeoutOf(err) // which may wrap why an earlier try failed
	}
	if failed == nil {
		failed = activities.Failure(err)
	}
	if failed == nil {
		failed = &job.Error{
			Code:      job.CodeInternal,
			Cause:     job.CauseService,
			Message:   "Something went wrong that docjobs does not know how to name.",
			Hint:      "Submit the job again; if it fails the same way, send the operator the Job ID.",
			Retryable: true,
			Detail:    err.Error(),
		}
	}
	failed.JobID = id
	return failed
}

// timeoutOf returns the error for a step that took too long or whose workers
// died, or nil when err is something else.
func timeoutOf(err error) *job.Error {
	var timeout *temporal.TimeoutError
	if !errors.As(err, &timeout) {
		return nil
	}
	if timeout.TimeoutType() == enumspb.TIMEOUT_TYPE_HEARTBEAT {
		return &job.Error{
			Code:      job.CodeWorkerLost,
			Cause:     job.CauseService,
			Message:   "The worker died during this step, every time it was tried.",
			Hint:      "Ask the operator whether the worker runs out of memory on this job, then resubmit it.",
			Retryable: true,
			Detail:    err.Error(),
		}
	}
	return &job.Error{
		Code:      job.CodeTimeout,
		Cause:     job.CauseService,
		Message:   "The step took longer than it may.",
		Hint:      "See the log of the step for where the time went, then resubmit the job.",
		Retryable: true,
		Detail:    err.Error(),
	}
}
