package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// A lifecycle is what every job shares: its states with their times, steps,
// events, and the record that it leaves.
type lifecycle struct {
	rec        *record.Record
	remembered time.Time // when the memo was brought up to date
	told       notifier  // who else was told
	clock      stopwatch

	pastDecision bool // nobody can approve or reject any more
}

// A pipeline does the work of one kind of job, step by step. What it returns
// is why the job cannot complete, or nil.
type pipeline func(ctx workflow.Context, l *lifecycle) error

// live takes a job from the record it was started with through the pipeline to
// its end. It returns what the workflow returns.
func live(ctx workflow.Context, start *record.Record, run pipeline) (*job.Status, error) {
	l := &lifecycle{rec: start, remembered: workflow.Now(ctx)} // the memo was set at the start
	if done, err := l.begin(ctx); done || err != nil {
		return &l.rec.Status, err
	}
	stop := l.watchForStall(ctx)
	err := run(ctx, l)
	stop()
	return l.end(ctx, err)
}

// begin makes the job readable and says that a worker has it. It reports whether the
// work is done already, by somebody who was asked for it at the same time.
func (l *lifecycle) begin(ctx workflow.Context) (done bool, err error) {
	l.rec.RunID = workflow.GetInfo(ctx).WorkflowExecution.RunID
	if err := l.answerQueries(ctx); err != nil {
		return false, err
	}
	if l.rec.Renews {
		if done, err := l.adopt(ctx); done || err != nil {
			return done, err
		}
	}
	if l.rec.Status.Attempt > 1 {
		if err := l.claimAttempt(ctx); err != nil {
			return false, err
		}
	}
	l.rec.Enter(job.StateProcessing, job.Event{At: workflow.Now(ctx)})
	l.tell(ctx)
	return false, l.announceState(ctx)
}

// adopt finds out whether another run has completed the work since it had expired:
// Temporal lets a run follow one that has completed. Its attempt is this run's, then.
func (l *lifecycle) adopt(ctx workflow.Context) (done bool, err error) {
	saving, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	saving = workflow.WithLocalActivityOptions(saving, recordOptions("see who else did the work again"))
	var records *activities.Records
	var rec *record.Record
	err = workflow.ExecuteLocalActivity(saving, records.AdoptAttempt, l.rec.Status.ID, l.rec.Status.Attempt, l.rec.RunID).Get(saving, &rec)
	if err != nil || rec == nil {
		return false, err
	}
	l.rec = rec
	return true, l.announceState(saving)
}

// answerQueries registers the queries.
func (l *lifecycle) answerQueries(ctx workflow.Context) error {
	err := workflow.SetQueryHandlerWithOptions(ctx, QueryStatus,
		func() (*job.Status, error) { return &l.rec.Status, nil },
		workflow.QueryHandlerOptions{Description: "Where the job stands."})
	if err != nil {
		return err
	}
	return workflow.SetQueryHandlerWithOptions(ctx, QueryRecord,
		func() (*record.Record, error) { return l.rec, nil },
		workflow.QueryHandlerOptions{Description: "Where the job stands, and its events."})
}

// claimAttempt makes sure of the attempt's number. Who started the run guessed
// it from the attempts that had ended then, and another run may have come and
// gone since.
func (l *lifecycle) claimAttempt(ctx workflow.Context) error {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	ctx = workflow.WithLocalActivityOptions(ctx, recordOptions("number the attempt"))
	var records *activities.Records
	var claimed activities.Claimed
	err := workflow.ExecuteLocalActivity(ctx, records.ClaimAttempt, l.rec.Status.ID, l.rec.RunID).Get(ctx, &claimed)
	if err != nil {
		return fmt.Errorf("numbering the attempt: %w", err)
	}
	l.rec.Renumber(claimed.Attempt, claimed.LastEvent)
	return nil
}

// announceState puts the state where lists look for it.
func (l *lifecycle) announceState(ctx workflow.Context) error {
	attributes := []temporal.SearchAttributeUpdate{
		AttributeState.ValueSet(string(l.rec.Status.State)),
		AttributeAttempt.ValueSet(int64(l.rec.Status.Attempt)),
	}
	if at := l.rec.Status.ExpiresAt; at != nil {
		attributes = append(attributes, AttributeExpires.ValueSet(*at))
	}
	return workflow.UpsertTypedSearchAttributes(ctx, attributes...)
}

// memoAge is how old the memo may get before a new step brings it up to date.
// Each time costs the server a write to visibility; what is missing from a
// younger one is told by the activities that run.
const memoAge = time.Second

// remember puts the record into the memo, from where it can be read while no
// worker is alive, and a line about it into the Temporal UI. Others are told, too.
func (l *lifecycle) remember(ctx workflow.Context) error {
	l.tell(ctx)
	workflow.SetCurrentDetails(ctx, details(&l.rec.Status))
	now := workflow.Now(ctx)
	if now.Sub(l.remembered) < memoAge {
		return nil
	}
	l.remembered = now
	return workflow.UpsertMemo(ctx, map[string]any{MemoRecord: l.rec})
}

// end closes the books: steps that did not end, the last event, the record.
//
// A cancel that was accepted always wins, even over a pipeline that got to its
// end: nobody who was told "cancelled" shall find something else later. The
// cancel may come while the record is being saved, so it is looked at again
// after that; one that comes later still makes Temporal repeat this last task.
func (l *lifecycle) end(ctx workflow.Context, err error) (*job.Status, error) {
	saving, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	l.tell(ctx)
	for {
		cancelled := ctx.Err() != nil
		final := l.final(ctx, err, cancelled)
		if saveErr := save(saving, final); saveErr != nil {
			return nil, saveErr
		}
		if tellErr := l.tellEnd(saving, final); tellErr != nil {
			return nil, tellErr
		}
		if keepErr := keepResult(saving, final); keepErr != nil {
			return nil, keepErr
		}
		if cancelled == (ctx.Err() != nil) {
			l.rec = final
			break
		}
	}
	workflow.SetCurrentDetails(ctx, details(&l.rec.Status))
	if err := l.announceState(saving); err != nil {
		return nil, err
	}
	return l.outcome()
}

// final returns the record as it will be when the job has ended so.
func (l *lifecycle) final(ctx workflow.Context, err error, cancelled bool) *record.Record {
	rec := l.rec.Clone()
	event := job.Event{At: workflow.Now(ctx)}
	var superseded *supersededError
	switch failed := failureOf(err, rec.Status.ID); {
	case cancelled:
		event.Message = "Stopped on request."
		rec.Status.Error = nil
		rec.Enter(job.StateCancelled, event)
		rec.CloseSteps(job.StepCancelled)
	case errors.As(err, &superseded):
		event.Message = superseded.Error()
		rec.Status.SupersededBy = superseded.by
		rec.Enter(job.StateCancelled, event)
		rec.CloseSteps(job.StepCancelled)
	case failed != nil:
		event.Error = failed
		event.Message = failed.Message
		rec.Status.Error = failed
		rec.Enter(job.StateFailed, event)
		rec.CloseSteps(job.StepFailed)
	case rec.Status.Items.Failed > 0:
		event.Message = itemsFailed(rec.Status.Items)
		rec.Enter(job.StatePartial, event)
	default:
		if rec.Recovers {
			rec.Status.State = job.StateCompleted
			rec.Add(job.Event{Type: job.EventRecovered, At: event.At, Message: "An earlier attempt had failed."})
		}
		rec.Enter(job.StateCompleted, event)
	}
	expireAfter(rec)
	return rec
}

// expireAfter says in the record of an attempt that has ended when its result expires,
// if it does.
func expireAfter(rec *record.Record) {
	if rec.Terms != nil && rec.Status.FinishedAt != nil {
		at := rec.Status.FinishedAt.Add(seconds(rec.Terms.Keep)).UTC()
		rec.Status.ExpiresAt = &at
	}
}

// keepResult gives what the attempt leaves behind to the workflow that keeps it. An
// attempt without terms leaves nothing that expires.
func keepResult(ctx workflow.Context, rec *record.Record) error {
	if rec.Terms == nil {
		return nil
	}
	ctx = workflow.WithLocalActivityOptions(ctx, turnOptions("give the result to who keeps it"))
	var a *activities.Retention
	return workflow.ExecuteLocalActivity(ctx, a.KeepResult, activities.EndedOf(rec)).Get(ctx, nil)
}

// itemsFailed says how many items of a job failed.
func itemsFailed(c job.ItemCounts) string {
	return fmt.Sprintf("%d of %d documents failed.", c.Failed, c.Total)
}

// save writes the record in the workflow's own worker: the job has not ended
// until that is done, and it costs no trip to the server.
func save(ctx workflow.Context, rec *record.Record) error {
	ctx = workflow.WithLocalActivityOptions(ctx, recordOptions("save the record"))
	var records *activities.Records
	return workflow.ExecuteLocalActivity(ctx, records.SaveRecord, rec).Get(ctx, nil)
}

// outcome returns what the workflow closes with. Only a completed job closes
// as completed: that is what lets the same Job ID run again.
func (l *lifecycle) outcome() (*job.Status, error) {
	status := &l.rec.Status
	switch status.State {
	case job.StateCompleted:
		return status, nil
	case job.StateCancelled:
		return nil, temporal.NewCanceledError(status)
	case job.StatePartial:
		return nil, temporal.NewNonRetryableApplicationError("some items failed", ErrorPartial, nil, status)
	}
	return nil, temporal.NewNonRetryableApplicationError(status.Error.Error(), ErrorFailed, nil, status)
}

// details is the text about a running job that the Temporal UI shows.
func details(s *job.Status) string {
	text := fmt.Sprintf("**%s** · attempt %d", s.State, s.Attempt)
	for _, step := range s.Steps {
		text += fmt.Sprintf("\n- %s: %s", step.Name, step.State)
		if step.Summary != "" {
			text += " (" + step.Summary + ")"
		}
	}
	return text
}
