package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/engine/calendar"
	"github.com/docjobs/docjobs/job"
)

// Names that the workflow of a target and the workflows of jobs know each other by.
const (
	// TargetWorkflow is the type of the workflow that gives out the turns at a target.
	TargetWorkflow = "Target"
	// SignalEnter and SignalLeave tell it that a job wants its turn, and that it is
	// done with the target.
	SignalEnter = "enter"
	SignalLeave = "leave"
)

// TargetWorkflowID is the ID of the target's workflow. It is no Job ID.
func TargetWorkflowID(target string) string { return "target." + target }

// A Turn is a job that wants to change a target.
type Turn struct {
	JobID  job.ID    `json:"job_id"`
	RunID  string    `json:"run_id"`
	Tenant string    `json:"tenant"`
	Asked  time.Time `json:"asked"` // when the attempt was started: of two, the later one is the newer
	Since  time.Time `json:"since"` // when it came to the target
}

// Rollback reports whether the job is a rollback.
func (t Turn) Rollback() bool { return t.JobID.Kind() == job.KindRollback }

// TargetState is the input of a target's workflow: what it remembers of its past.
type TargetState struct {
	Name string    `json:"name"`
	Lock *job.Lock `json:"lock,omitempty"`
	// Holder is the job whose turn it is. It is told to stop when a rollback wants
	// the target, and keeps its turn until it has left.
	Holder *Turn  `json:"holder,omitempty"`
	Queue  []Turn `json:"queue,omitempty"` // at most a publish and a rollback
	// Last is the newest job that has changed the target: what is older does not.
	Last *Turn `json:"last,omitempty"`
}

// Turns are the local activities with which jobs and targets reach each other.
type Turns struct {
	Client client.Client
	Queue  string // of workflow tasks
	Rules  map[string]Rules
}

// EnterInput is the input of [Turns.EnterTarget].
type EnterInput struct {
	Target string `json:"target"`
	Turn   Turn   `json:"turn"`
}

// EnterTarget tells the target's workflow that a job wants its turn, and starts
// that workflow if it does not run. To repeat it is safe.
func (t *Turns) EnterTarget(ctx context.Context, in EnterInput) error {
	_, err := t.Client.SignalWithStartWorkflow(ctx, TargetWorkflowID(in.Target), SignalEnter, in.Turn,
		client.StartWorkflowOptions{TaskQueue: t.Queue, StaticSummary: "Turns at target " + in.Target},
		TargetWorkflow, &TargetState{Name: in.Target})
	return err
}

// RunningInput is the input of [Turns.RunningTurns].
type RunningInput struct {
	Turns []Turn `json:"turns"`
}

// RunningTurns returns those whose jobs still run: one that was ended by force could
// not say that it leaves.
func (t *Turns) RunningTurns(ctx context.Context, in RunningInput) (running []Turn, err error) {
	for _, turn := range in.Turns {
		found, err := t.Client.DescribeWorkflowExecution(ctx, string(turn.JobID), turn.RunID)
		var missing *serviceerror.NotFound
		switch {
		case errors.As(err, &missing):
		case err != nil:
			return nil, fmt.Errorf("asking after %s: %w", turn.JobID, err)
		case found.GetWorkflowExecutionInfo().GetCloseTime() == nil:
			running = append(running, turn)
		}
	}
	return running, nil
}

// FreezeInput is the input of [Turns.TargetFreeze].
type FreezeInput struct {
	Target string    `json:"target"`
	Now    time.Time `json:"now"`
}

// FreezeResult is the result of [Turns.TargetFreeze].
type FreezeResult struct {
	Freeze *job.Freeze `json:"freeze,omitempty"` // that is on
	Change time.Time   `json:"change,omitzero"`  // when that changes; zero for never
}

// TargetFreeze tells whether the target is frozen.
func (t *Turns) TargetFreeze(_ context.Context, in FreezeInput) (FreezeResult, error) {
	freeze, change := t.Rules[in.Target].FreezeAt(in.Now)
	return FreezeResult{freeze, change}, nil
}

// FreezeAt returns the freeze that is on at the moment, or nil, and when that
// changes; the zero time for never.
func (r Rules) FreezeAt(now time.Time) (*job.Freeze, time.Time) {
	name, change := r.Freezes.At(now)
	if name == "" {
		return nil, change
	}
	return &job.Freeze{Name: name, Until: change}, change
}

// FreezesOf makes the calendar of a target's freezes.
func FreezesOf(specs []calendar.Spec) (calendar.Calendar, error) {
	var c calendar.Calendar
	var faults []error
	for _, s := range specs {
		w, err := calendar.Parse(s)
		if err != nil {
			faults = append(faults, fmt.Errorf("freeze %q: %w", s.Name, err))
		}
		c = append(c, w)
	}
	return c, errors.Join(faults...)
}
