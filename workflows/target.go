package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// A Word is what a target's workflow tells a job that wants to change the target.
// The latest one counts.
type Word struct {
	// Go says that the job may change the target.
	Go bool `json:"go"`
	// Superseded says that it never may, because of a newer job, and SupersededBy
	// which one that is, unless it is another tenant's.
	Superseded   bool   `json:"superseded,omitempty"`
	SupersededBy job.ID `json:"superseded_by,omitempty"`
	// Waiting says why it has to wait otherwise.
	Waiting *job.Waiting `json:"waiting,omitempty"`
}

// never reports whether the job may never change the target. Words of earlier
// versions say so only by naming the newer job.
func (w Word) never() bool { return w.Superseded || w.SupersededBy != "" }

// supersededBy tells a job that the other one has taken its place.
func supersededBy(t, by activities.Turn) Word {
	w := Word{Superseded: true}
	if by.Tenant == t.Tenant {
		w.SupersededBy = by.JobID
	}
	return w
}

// A coordinator gives out the turns at one target. Its rules:
//
//   - One job has its turn at a time. It keeps it until it says that it leaves, or
//     does not run any more.
//   - Of publishes that wait only the newest goes on; an older one is superseded, also
//     by what has gone live already. So at most one waits, and one rollback.
//   - A rollback comes before publishes. One that has its turn and has not begun its
//     release gives it up, and is superseded if it is older.
//   - A lock or a freeze keeps publishes waiting, also one that has its turn; that one
//     waits like the others then, and only the newest goes on.
type coordinator struct {
	activities.TargetState
	told      map[string]Word // by run
	gone      []string        // runs that could not be told
	freeze    activities.FreezeResult
	freezeAge time.Time // when to ask again
	checked   time.Time // when it was last made sure that the jobs run
	changed   bool
	published activities.TargetState // as the memo has it
}

const (
	// checkWaiting is how often a target that others wait for makes sure that the
	// job which holds it still runs.
	checkWaiting = 5 * time.Second
	// checkAlone is how often it does while nobody waits.
	checkAlone = 10 * time.Minute
	// freezeAge is how long the answer of the operator's calendar is good.
	freezeAge = 10 * time.Minute
	// targetHistory is how many events a run of a target's workflow may have.
	targetHistory = 4000
)

// Target is the workflow of a target. It runs for ever, in runs that continue each
// other.
func Target(ctx workflow.Context, state *activities.TargetState) error {
	c := &coordinator{TargetState: *state, told: map[string]Word{}}
	if err := c.answer(ctx); err != nil {
		return err
	}
	c.published.Name = "-" // nothing was published by this run
	for {
		c.receive(ctx)
		if err := c.settle(ctx); err != nil {
			return err
		}
		if c.pending(ctx) {
			continue
		}
		if info := workflow.GetInfo(ctx); info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > targetHistory {
			return c.continueAsNew(ctx)
		}
		if err := c.wait(ctx); err != nil {
			return err
		}
	}
}

// continueAsNew begins the next run with what this one knows.
func (c *coordinator) continueAsNew(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	c.receive(ctx)
	return workflow.NewContinueAsNewError(ctx, Target, &c.TargetState)
}

// answer registers what people can ask of a target.
func (c *coordinator) answer(ctx workflow.Context) error {
	err := workflow.SetQueryHandler(ctx, QueryTarget, func() (*activities.TargetState, error) { return &c.TargetState, nil })
	if err != nil {
		return err
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, UpdateLock, func(ctx workflow.Context, lock job.Lock) (*job.Lock, error) {
		lock.Since = workflow.Now(ctx)
		c.Lock, c.changed = &lock, true
		return &lock, nil
	}, workflow.UpdateHandlerOptions{Validator: c.mayLock, Description: "Let publishes wait."})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateUnlock, func(workflow.Context) error {
		c.Lock, c.changed = nil, true
		return nil
	}, workflow.UpdateHandlerOptions{Validator: c.mayUnlock, Description: "Let publishes go on."})
}

func (c *coordinator) mayLock(lock job.Lock) error {
	if c.Lock == nil {
		return nil
	}
	return temporal.NewNonRetryableApplicationError(fmt.Sprintf("Target %s is locked already%s: %s",
		c.Name, byWhom(c.Lock.By), c.Lock.Reason), ErrorConflict, nil)
}

func (c *coordinator) mayUnlock() error {
	if c.Lock != nil {
		return nil
	}
	return temporal.NewNonRetryableApplicationError(fmt.Sprintf("Target %s is not locked.", c.Name), ErrorConflict, nil)
}

func byWhom(name string) string {
	if name == "" {
		return ""
	}
	return " by " + name
}

// receive takes in everything that jobs have said.
func (c *coordinator) receive(ctx workflow.Context) {
	c.changed = false
	var turn activities.Turn
	for workflow.GetSignalChannel(ctx, activities.SignalEnter).ReceiveAsync(&turn) {
		c.enter(ctx, turn)
		turn = activities.Turn{}
	}
	var left Left
	for workflow.GetSignalChannel(ctx, activities.SignalLeave).ReceiveAsync(&left) {
		c.leave(left)
		left = Left{}
	}
}

// pending reports whether there is something to take in.
func (c *coordinator) pending(ctx workflow.Context) bool {
	return c.changed || workflow.GetSignalChannel(ctx, activities.SignalEnter).Len() > 0 ||
		workflow.GetSignalChannel(ctx, activities.SignalLeave).Len() > 0
}

// enter adds a job. One that asks again was not told, or has forgotten.
func (c *coordinator) enter(ctx workflow.Context, turn activities.Turn) {
	delete(c.told, turn.RunID)
	if c.Holder != nil && c.Holder.RunID == turn.RunID || slices.ContainsFunc(c.Queue, sameRun(turn.RunID)) {
		return
	}
	turn.Since = workflow.Now(ctx)
	if c.Holder == nil && len(c.Queue) == 0 {
		c.checked = turn.Since // it runs: it has just said so
	}
	c.Queue = append(c.Queue, turn)
}

func sameRun(runID string) func(activities.Turn) bool {
	return func(t activities.Turn) bool { return t.RunID == runID }
}

// Left says that a job is done with a target.
type Left struct {
	RunID    string `json:"run_id"`
	Released bool   `json:"released"` // it has changed what is live
}

// leave forgets a job.
func (c *coordinator) leave(left Left) {
	c.Queue = slices.DeleteFunc(c.Queue, sameRun(left.RunID))
	if c.Holder == nil || c.Holder.RunID != left.RunID {
		return
	}
	if left.Released && (c.Last == nil || c.Last.Asked.Before(c.Holder.Asked)) {
		c.Last = c.Holder
	}
	c.Holder = nil
}

// settle decides whose turn it is, and tells everybody what has changed for them.
func (c *coordinator) settle(ctx workflow.Context) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	if err := c.askCalendar(ctx); err != nil {
		return err
	}
	c.supersede(ctx)
	if c.Holder == nil {
		c.next()
	}
	if c.Holder != nil {
		c.tellHolder(ctx)
	}
	for i, turn := range c.Queue {
		c.tell(ctx, turn, Word{Waiting: c.heldBy(turn, i)})
	}
	c.forgetGone()
	return c.publish(ctx)
}

// forgetGone forgets the jobs that could not be told, after everybody was.
func (c *coordinator) forgetGone() {
	for _, run := range c.gone {
		c.leave(Left{RunID: run})
		c.changed = true
	}
	c.gone = nil
}

// tellHolder tells the job whose turn it is whether it may go on.
func (c *coordinator) tellHolder(ctx workflow.Context) {
	holder := *c.Holder
	if by := c.newer(holder); by != nil {
		c.tell(ctx, holder, supersededBy(holder, *by))
		return
	}
	waiting := c.blocked(holder)
	c.tell(ctx, holder, Word{Go: waiting == nil, Waiting: waiting})
}

// supersede removes those from the queue that a newer job makes pointless.
func (c *coordinator) supersede(ctx workflow.Context) {
	var left []activities.Turn
	for _, t := range c.Queue {
		by := c.newer(t)
		if by == nil {
			left = append(left, t)
			continue
		}
		c.tell(ctx, t, supersededBy(t, *by))
		delete(c.told, t.RunID)
	}
	c.Queue = left
}

// newer returns the job for which this one may not change the target any more, or
// nil. A publish that has its turn, and is kept from it by nothing, is stopped by a
// rollback only.
func (c *coordinator) newer(t activities.Turn) *activities.Turn {
	holds := c.Holder != nil && c.Holder.RunID == t.RunID && c.blocked(t) == nil
	if !holds && c.Last != nil && after(*c.Last, t) {
		return c.Last
	}
	others := c.Queue
	if c.Holder != nil {
		others = append(slices.Clone(others), *c.Holder)
	}
	for _, other := range others {
		if other.RunID == t.RunID || !after(other, t) {
			continue
		}
		if other.Rollback() || !t.Rollback() && !holds {
			return &other
		}
	}
	return nil
}

// after reports whether a was asked for after b.
func after(a, b activities.Turn) bool {
	if a.Asked.Equal(b.Asked) {
		return a.JobID > b.JobID
	}
	return a.Asked.After(b.Asked)
}

// next gives the turn to a rollback, else to the publish that is left.
func (c *coordinator) next() {
	if len(c.Queue) == 0 {
		return
	}
	i := max(slices.IndexFunc(c.Queue, activities.Turn.Rollback), 0)
	holder := c.Queue[i]
	c.Queue = slices.Delete(c.Queue, i, i+1)
	c.Holder = &holder
}

// blocked says what keeps the job whose turn it is from going on, or nil.
func (c *coordinator) blocked(t activities.Turn) *job.Waiting {
	switch {
	case t.Rollback():
		return nil
	case c.Lock != nil:
		return &job.Waiting{For: job.WaitingTarget, Position: 1, Since: c.Lock.Since, Reason: fmt.Sprintf("Target %s is locked%s: %s", c.Name, byWhom(c.Lock.By), c.Lock.Reason)}
	case c.freeze.Freeze != nil:
		return &job.Waiting{For: job.WaitingTarget, Position: 1, Since: t.Since, Until: &c.freeze.Freeze.Until, Reason: fmt.Sprintf("Target %s is frozen until %s: %s",
			c.Name, c.freeze.Freeze.Until.Format("2006-01-02 15:04 MST"), c.freeze.Freeze.Name)}
	}
	return nil
}

// heldBy says for whom a job in the queue waits. Another tenant's job is not named.
func (c *coordinator) heldBy(t activities.Turn, i int) *job.Waiting {
	w := &job.Waiting{For: job.WaitingTarget, Position: i + 1, Since: t.Since, Reason: fmt.Sprintf("Target %s is held by a job of others.", c.Name)}
	if c.Holder.Tenant == t.Tenant {
		w.JobID = c.Holder.JobID
		w.Reason = fmt.Sprintf("Target %s is held by job %s.", c.Name, w.JobID)
	}
	return w
}

// tell tells a job something new. A job that cannot be told is gone.
func (c *coordinator) tell(ctx workflow.Context, t activities.Turn, word Word) {
	if last, told := c.told[t.RunID]; told && (sameWord(last, word) || last.never()) {
		return // that a job is superseded is the last that it hears
	}
	c.told[t.RunID] = word
	err := workflow.SignalExternalWorkflow(ctx, string(t.JobID), t.RunID, SignalWord, word).Get(ctx, nil)
	if err != nil {
		c.gone = append(c.gone, t.RunID)
	}
}

func sameWord(a, b Word) bool {
	return a.Go == b.Go && a.SupersededBy == b.SupersededBy && (a.Waiting == nil) == (b.Waiting == nil) &&
		(a.Waiting == nil || a.Waiting.Reason == b.Waiting.Reason && a.Waiting.Position == b.Waiting.Position)
}

// check forgets jobs that do not run any more.
func (c *coordinator) check(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	if c.Holder == nil || now.Sub(c.checked) < c.checkEvery() {
		return nil
	}
	c.checked = now
	var running []activities.Turn
	var turns *activities.Turns
	everybody := append([]activities.Turn{*c.Holder}, c.Queue...)
	local := workflow.WithLocalActivityOptions(ctx, turnOptions("make sure that jobs run"))
	if err := workflow.ExecuteLocalActivity(local, turns.RunningTurns, activities.RunningInput{Turns: everybody}).Get(ctx, &running); err != nil {
		return err
	}
	for _, t := range everybody {
		if !slices.ContainsFunc(running, sameRun(t.RunID)) {
			c.leave(Left{RunID: t.RunID})
		}
	}
	return nil
}

func (c *coordinator) checkEvery() time.Duration {
	if len(c.Queue) > 0 {
		return checkWaiting
	}
	return checkAlone
}

// askCalendar finds out whether the target is frozen, where it matters.
func (c *coordinator) askCalendar(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	if c.Holder == nil && len(c.Queue) == 0 || now.Before(c.freezeAge) {
		return nil
	}
	var turns *activities.Turns
	local := workflow.WithLocalActivityOptions(ctx, turnOptions("ask the calendar"))
	var freeze activities.FreezeResult
	err := workflow.ExecuteLocalActivity(local, turns.TargetFreeze, activities.FreezeInput{Target: c.Name, Now: now}).Get(ctx, &freeze)
	c.freeze = freeze
	c.freezeAge = now.Add(freezeAge)
	if change := c.freeze.Change; !change.IsZero() && change.Before(c.freezeAge) {
		c.freezeAge = change
	}
	return err
}

// publish puts what is to be seen into the memo, from where it can be read while no
// worker is alive.
func (c *coordinator) publish(ctx workflow.Context) error {
	now := c.TargetState
	now.Queue = slices.Clone(c.Queue)
	if sameState(now, c.published) {
		return nil
	}
	c.published = now
	workflow.SetCurrentDetails(ctx, turnDetails(&now))
	return workflow.UpsertMemo(ctx, map[string]any{MemoTarget: &now})
}

func sameState(a, b activities.TargetState) bool {
	return a.Name == b.Name && a.Lock == b.Lock && a.Holder == b.Holder && a.Last == b.Last && slices.Equal(a.Queue, b.Queue)
}

// turnDetails is the text about a target that the Temporal UI shows.
func turnDetails(s *activities.TargetState) string {
	text := "**free**"
	if s.Holder != nil {
		text = "**held by " + string(s.Holder.JobID) + "**"
	}
	for _, t := range s.Queue {
		text += "\n- waiting: " + string(t.JobID)
	}
	if s.Lock != nil {
		text += "\n- locked" + byWhom(s.Lock.By) + ": " + s.Lock.Reason
	}
	return text
}

// wait returns when there is something to do.
func (c *coordinator) wait(ctx workflow.Context) error {
	something := func() bool { return c.pending(ctx) }
	if c.Holder == nil {
		return workflow.Await(ctx, something)
	}
	now := workflow.Now(ctx)
	next := c.checked.Add(c.checkEvery())
	if c.freezeAge.Before(next) && c.freezeAge.After(now) {
		next = c.freezeAge
	}
	_, err := workflow.AwaitWithTimeout(ctx, next.Sub(now), something)
	return err
}
