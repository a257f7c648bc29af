package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// approveStep finds out what the release would change, and then waits for somebody.
// No worker has anything to do meanwhile.
var approveStep = stepPolicy{name: "approve", queue: TaskQueueIO, longest: 15 * time.Minute, retry: brief}

// takeVerdicts lets people decide on the job once it waits for that.
func (l *lifecycle) takeVerdicts(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateApprove, func(ctx workflow.Context, d job.Decision) (*job.Decision, error) {
		d.At = workflow.Now(ctx).UTC()
		l.rec.Status.Approval.Decision = &d
		return &d, nil
	}, workflow.UpdateHandlerOptions{Validator: l.mayDecide, Description: "Approve or reject the release."})
}

// mayDecide refuses a decision on a job that does not wait for one, or by somebody
// who may not take it.
func (l *lifecycle) mayDecide(d job.Decision) error {
	status := &l.rec.Status
	switch a := status.Approval; {
	case a == nil || status.State != job.StateAwaitingApproval || l.pastDecision:
		return temporal.NewNonRetryableApplicationError("The job does not wait for an approval; it is "+string(status.State)+".", ErrorConflict, nil)
	case a.Decision != nil:
		return temporal.NewNonRetryableApplicationError("Somebody has decided already"+byWhom(a.Decision.By)+".", ErrorConflict, nil)
	case a.Others && (d.By == "" || d.By == status.Submitter || d.By == status.ResubmittedBy):
		return temporal.NewNonRetryableApplicationError("The target wants somebody else than the submitter to decide.", ErrorForbidden, nil)
	}
	return nil
}

// approve is the step that waits for a person.
func (l *lifecycle) approve(ctx workflow.Context, params *job.Publish, site artifact.TreeRef) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.stepStarted(ctx, approveStep.name); err != nil {
		return err
	}
	var a *activities.Publish
	var compared activities.CompareResult
	working := workflow.WithActivityOptions(ctx, approveStep.options(approveStep.name+" · "+l.rec.Status.Summary, l.rec.Status.Priority))
	err := workflow.ExecuteActivity(working, a.Compare, activities.CompareInput{Job: l.job(), Site: site, Target: params.Target}).Get(ctx, &compared)
	if err != nil {
		return l.stepFailed(ctx, approveStep.name, err)
	}
	l.keep(approveStep.name, compared.StepOutcome())
	decision, err := l.awaitDecision(ctx, params.Approval, compared)
	if err != nil {
		return l.stepFailed(ctx, approveStep.name, err)
	}
	l.rec.Status.Step(approveStep.name).Summary = "approved" + byWhom(decision.By) + "; " + compared.Summary
	l.stepCompleted(ctx, approveStep.name)
	return nil
}

// awaitDecision waits until somebody has decided, or too long.
func (l *lifecycle) awaitDecision(ctx workflow.Context, rule *job.ApprovalRule, compared activities.CompareResult) (*job.Decision, error) {
	now := workflow.Now(ctx).UTC()
	within := time.Duration(rule.Within) * time.Second
	approval := &job.Approval{
		Since: now, Deadline: now.Add(within), Others: rule.Others, Changes: compared.Changes,
		Preview: job.PreviewPath(l.rec.Status.ID), Address: compared.Address,
	}
	l.rec.Status.Approval = approval
	l.rec.Enter(job.StateAwaitingApproval, job.Event{At: now, Step: approveStep.name, Message: fmt.Sprintf(
		"Waits for an approval until %s: %s.", approval.Deadline.Format("2006-01-02 15:04 MST"), compared.Summary)})
	if err := l.announceAll(ctx); err != nil {
		return nil, err
	}
	l.clock.pause(now)
	_, err := workflow.AwaitWithTimeout(ctx, within, func() bool { return approval.Decision != nil })
	l.clock.goOn(workflow.Now(ctx))
	l.pastDecision = true // whatever comes now is too late, and is told so
	if err != nil {
		return nil, err
	}
	if approval.Decision == nil {
		return nil, &job.Error{
			Code: job.CodeApprovalExpired, Cause: job.CausePerson, Retryable: true,
			Message: "Nobody approved the release within " + within.String() + "; it was not released.",
			Hint:    "Resubmit the job: what was built is used again, and the time begins anew.",
		}
	}
	return approval.Decision, l.decided(ctx, approval.Decision)
}

// decided tells of a decision. A rejection ends the job.
func (l *lifecycle) decided(ctx workflow.Context, d *job.Decision) error {
	comment := ""
	if d.Comment != "" {
		comment = ": " + d.Comment
	}
	if !d.Approved {
		l.rec.Add(job.Event{Type: job.EventRejected, At: d.At, Step: approveStep.name, Message: "Rejected" + byWhom(d.By) + comment})
		return &job.Error{
			Code: job.CodeRejected, Cause: job.CausePerson, Message: "The release was rejected" + byWhom(d.By) + comment,
			Hint: "Mend the source and publish again.",
		}
	}
	l.rec.Add(job.Event{Type: job.EventApproved, At: d.At, Step: approveStep.name, Message: "Approved" + byWhom(d.By) + comment})
	l.rec.Enter(job.StateProcessing, job.Event{At: workflow.Now(ctx)})
	return l.announceAll(ctx)
}

// announceAll puts the state where lists look for it, and all that is known where it
// can be read without a worker.
func (l *lifecycle) announceAll(ctx workflow.Context) error {
	l.remembered = time.Time{}
	if err := l.remember(ctx); err != nil {
		return err
	}
	return l.announceState(ctx)
}
