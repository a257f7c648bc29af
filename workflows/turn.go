package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// A stay is a job at a target that it wants to change.
type stay struct {
	l       *lifecycle
	target  string // "" for a job that needs no turn
	asked   time.Time
	word    Word // that the target has given last
	heard   bool // since it was last looked at
	stop    func()
	entered bool

	waiting   bool // for its turn
	releasing bool // it changes the target just now: there is no way back
	released  bool // it has
	left      bool
}

// A supersededError ends a job that a newer one makes pointless.
type supersededError struct{ by job.ID } // "" for another tenant's

func (e *supersededError) Error() string {
	if e.by == "" {
		return "Superseded by a newer job of others."
	}
	return "Superseded by " + string(e.by) + "."
}

const (
	// askAgain is how long a job waits for its turn until it asks again; the time
	// doubles up to askSeldom. The target forgets nobody, unless an operator ends its
	// workflow.
	askAgain  = time.Minute
	askSeldom = time.Hour
	// longestWait is how long a job waits for its turn.
	longestWait = 30 * 24 * time.Hour
)

// atTarget runs the part of a pipeline that leads to a change of the target. The
// context that it gets ends when a newer job makes this one pointless.
func (l *lifecycle) atTarget(ctx workflow.Context, target string, run func(workflow.Context, *stay) error) error {
	if target == "" || workflow.GetVersion(ctx, "turns", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return run(ctx, &stay{l: l})
	}
	s := &stay{l: l, target: target, asked: workflow.GetInfo(ctx).WorkflowStartTime.UTC()}
	inner, stop := workflow.WithCancel(ctx)
	defer stop()
	s.stop = stop
	workflow.Go(ctx, s.listen)
	err := run(inner, s)
	s.leave(ctx)
	if err != nil && ctx.Err() == nil && s.word.never() && !s.released {
		return &supersededError{s.word.SupersededBy}
	}
	return err
}

// listen hears what the target says.
func (s *stay) listen(ctx workflow.Context) {
	words := workflow.GetSignalChannel(ctx, SignalWord)
	for {
		var word Word
		if words.Receive(ctx, &word); ctx.Err() != nil || s.word.never() {
			return
		}
		s.word, s.heard = word, true
		if word.never() && !s.releasing {
			if !s.released {
				s.stop()
			}
			s.leave(ctx)
		}
	}
}

// enter asks for the turn. Jobs that are asked for later are newer.
func (s *stay) enter(ctx workflow.Context) error {
	if s.target == "" {
		return nil
	}
	s.entered, s.left = true, false
	info := workflow.GetInfo(ctx)
	ctx = workflow.WithLocalActivityOptions(ctx, turnOptions("ask for the turn at target "+s.target))
	var turns *activities.Turns
	return workflow.ExecuteLocalActivity(ctx, turns.EnterTarget, activities.EnterInput{Target: s.target, Turn: activities.Turn{
		JobID: s.l.rec.Status.ID, RunID: info.WorkflowExecution.RunID, Tenant: s.l.rec.Tenant, Asked: s.asked,
	}}).Get(ctx, nil)
}

// await returns when it is the job's turn, which it asks for if it has not yet.
func (s *stay) await(ctx workflow.Context) error {
	if s.target == "" {
		return nil
	}
	if !s.entered {
		if err := s.enter(ctx); err != nil {
			return err
		}
	}
	s.waiting = true
	began := workflow.Now(ctx)
	s.l.clock.pause(began)
	defer func() {
		s.waiting, s.l.rec.Status.Waiting = false, nil
		s.l.clock.goOn(workflow.Now(ctx))
	}()
	for pause := askAgain; !s.word.Go; {
		if err := s.tellWaiting(ctx); err != nil {
			return err
		}
		s.heard = false
		heard, err := workflow.AwaitWithTimeout(ctx, pause, func() bool { return s.heard })
		if err != nil {
			return err
		}
		if heard {
			continue
		}
		if workflow.Now(ctx).Sub(began) > longestWait {
			return s.gaveUp()
		}
		pause = min(2*pause, askSeldom)
		if err := s.enter(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// tellWaiting shows for whom or what the job waits.
func (s *stay) tellWaiting(ctx workflow.Context) error {
	status, word := &s.l.rec.Status, s.word.Waiting
	if word == nil {
		return nil
	}
	news := status.Waiting == nil || status.Waiting.Reason != word.Reason
	waiting := *word
	status.Waiting = &waiting
	if !news {
		return nil
	}
	s.l.rec.Add(job.Event{Type: job.EventWaiting, At: workflow.Now(ctx), Message: word.Reason})
	return s.l.remember(ctx)
}

func (s *stay) gaveUp() *job.Error {
	e := &job.Error{
		Code: job.CodeTargetBusy, Cause: job.CausePerson, Step: releaseStep.name, Retryable: true,
		Message: fmt.Sprintf("It was not this job's turn at target %s within %d days.", s.target, int(longestWait.Hours()/24)),
		Hint:    "See `docjobs targets " + s.target + "` for what keeps publishes waiting, then resubmit the job.",
	}
	if w := s.word.Waiting; w != nil {
		e.Detail = w.Reason
	}
	return e
}

// change runs the step that changes the target.
func (s *stay) change(ctx workflow.Context, run func() error) error {
	s.releasing = true
	err := run()
	s.releasing, s.released = false, err == nil
	if s.word.never() {
		s.leave(ctx) // a rollback waits for the target
	}
	return err
}

// leave tells the target that the job is done with it. Where that is lost the
// target finds it out by itself.
func (s *stay) leave(ctx workflow.Context) {
	if !s.entered || s.left {
		return
	}
	s.left = true
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	left := Left{RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID, Released: s.released}
	if err := workflow.SignalExternalWorkflow(ctx, activities.TargetWorkflowID(s.target), "", activities.SignalLeave, left).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("the target does not know that the job has left", "target", s.target, "error", err)
	}
}
