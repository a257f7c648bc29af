package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// A keeper keeps the result of one job after its end: it copies it into an archive,
// warns when it is about to expire and nobody has fetched it, and lets go of it. It
// knows only what it was told and has itself decided.
type keeper struct {
	activities.RetentionState
	dirty     bool // something is known that is not written
	changes   int  // how often something was changed
	written   int  // changes that are written
	archiving bool
	expiring  bool // nobody can change the time any more
	waiting   bool // the next attempt has begun: its end is waited for
	done      bool
}

// retentionHistory is how many events a run of a retention workflow may have.
const retentionHistory = 4000

// Retention is the workflow that keeps the result of a job. It is started by the end
// of the job's first attempt, and is over when the result has expired.
func Retention(ctx workflow.Context, state *activities.RetentionState) error {
	k := &keeper{RetentionState: *state}
	if err := k.answer(ctx); err != nil {
		return err
	}
	if k.Ended.JobID != "" && !k.Loaded {
		if err := k.ended(ctx, k.Ended); err != nil {
			return err
		}
	}
	for {
		if err := k.receive(ctx); err != nil {
			return err
		}
		if err := k.settle(ctx); err != nil {
			return err
		}
		if k.pending(ctx) {
			continue
		}
		if k.done {
			return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
		}
		if workflow.GetInfo(ctx).GetCurrentHistoryLength() > retentionHistory && !k.archiving && workflow.AllHandlersFinished(ctx) {
			return workflow.NewContinueAsNewError(ctx, Retention, &k.RetentionState)
		}
		if err := k.wait(ctx); err != nil {
			return err
		}
	}
}

// A Change is what somebody wants of the time that a result is kept.
type Change struct {
	Until *time.Time `json:"until,omitempty"`
	Pin   *bool      `json:"pin,omitempty"`
}

// answer registers the query and the update.
func (k *keeper) answer(ctx workflow.Context) error {
	err := workflow.SetQueryHandlerWithOptions(ctx, QueryRetention,
		func() (*record.Retention, error) { return &k.Kept, nil },
		workflow.QueryHandlerOptions{Description: "What has become of the result."})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateExtend, k.change,
		workflow.UpdateHandlerOptions{Validator: k.mayChange, Description: "Keep the result longer, pin or unpin it."})
}

// mayChange refuses a change that makes no sense, or comes too late.
func (k *keeper) mayChange(c Change) error {
	switch until := k.Kept.ExpiresAt; {
	case k.expiring || k.done:
		return temporal.NewNonRetryableApplicationError("The result has expired.", ErrorExpired, nil)
	case k.waiting || k.Ended.JobID == "":
		return temporal.NewNonRetryableApplicationError("The job is running.", ErrorConflict, nil)
	case c.Until != nil && k.Kept.Pinned:
		return temporal.NewNonRetryableApplicationError("The job is pinned: its result is kept until somebody unpins it.", ErrorConflict, nil)
	case c.Until != nil && until != nil && c.Until.Before(*until):
		return temporal.NewNonRetryableApplicationError("The result is kept until "+minute(*until)+" already.", ErrorConflict, nil)
	}
	return nil
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// change changes how long the result is kept, and returns when that is written.
func (k *keeper) change(ctx workflow.Context, c Change) (*record.Retention, error) {
	if err := workflow.Await(ctx, func() bool { return k.Loaded }); err != nil {
		return nil, err
	}
	if err := k.mayChange(c); err != nil {
		return nil, err // it is known only now that it comes too late
	}
	switch {
	case c.Until != nil:
		k.keepUntil(*c.Until)
	case *c.Pin:
		k.Kept.Pinned, k.Kept.ExpiresAt = true, nil
	case k.Kept.Pinned:
		k.Kept.Pinned = false
		k.keepUntil(workflow.Now(ctx).Add(seconds(k.Ended.Terms.Keep)))
	}
	k.dirty = true
	k.changes++
	mine := k.changes
	err := workflow.Await(ctx, func() bool { return k.written >= mine })
	kept := k.Kept
	return &kept, err
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// keepUntil sets when the result expires; there may be a warning before again.
func (k *keeper) keepUntil(at time.Time) {
	at = at.UTC()
	k.Kept.ExpiresAt = &at
	k.Warned = false
}

// receive takes in what was told.
func (k *keeper) receive(ctx workflow.Context) error {
	var e activities.Ended
	for workflow.GetSignalChannel(ctx, activities.SignalEnded).ReceiveAsync(&e) {
		if err := k.ended(ctx, e); err != nil {
			return err
		}
		e = activities.Ended{}
	}
	var f activities.Fetched
	for workflow.GetSignalChannel(ctx, activities.SignalFetched).ReceiveAsync(&f) {
		if f.Attempt == k.Kept.Attempt && k.Kept.FetchedAt == nil && !k.done {
			at := f.At
			k.Kept.FetchedAt, k.dirty = &at, true
		}
		f = activities.Fetched{}
	}
	return nil
}

// ended begins the time of an attempt that has ended, or begins it anew if the attempt
// ended otherwise than it seemed.
func (k *keeper) ended(ctx workflow.Context, e activities.Ended) error {
	first := !k.Loaded
	if first {
		var a *activities.Retention
		local := workflow.WithLocalActivityOptions(ctx, recordOptions("what became of the result so far"))
		if err := workflow.ExecuteLocalActivity(local, a.LoadRetention, e.JobID).Get(ctx, &k.Kept); err != nil {
			return err
		}
		k.Loaded = true
	}
	again := e.RunID == k.Ended.RunID && e.At.Equal(k.Ended.At)
	switch {
	case e.Attempt < k.Kept.Attempt || again && !first:
		return nil
	case e.Attempt == k.Kept.Attempt && first: // this workflow follows one that was ended by force, or is over
		k.Ended = e
		k.done = slices.ContainsFunc(k.Kept.Events, func(of job.Event) bool {
			return of.Attempt >= e.Attempt && of.Type == job.StateEvent(job.StateExpired)
		})
		return nil
	}
	before := k.Kept
	k.Ended, k.expiring, k.waiting, k.done = e, false, false, false
	k.Kept = record.Retention{Attempt: e.Attempt, Pinned: before.Pinned, Events: before.Events}
	k.keepUntil(e.At.Add(seconds(e.Terms.Keep)))
	if k.Kept.Pinned {
		k.Kept.ExpiresAt = nil
	}
	if e.Terms.Archive != "" {
		k.Kept.Archive = &job.Archived{Name: e.Terms.Archive, State: job.ArchivePending}
	}
	k.dirty = k.dirty || before.Attempt > 0 || k.Kept.Archive != nil // the record says the rest
	return nil
}

// pending reports whether something was told that is not taken in.
func (k *keeper) pending(ctx workflow.Context) bool {
	return k.dirty || workflow.GetSignalChannel(ctx, activities.SignalEnded).Len() > 0 ||
		workflow.GetSignalChannel(ctx, activities.SignalFetched).Len() > 0
}

// settle writes what is known, and does what it is time for.
func (k *keeper) settle(ctx workflow.Context) error {
	if k.dirty {
		if err := k.write(ctx); err != nil {
			return err
		}
	}
	if k.archivePending() && !k.archiving {
		k.archiving = true
		workflow.Go(ctx, k.archive)
	}
	if err := k.show(ctx); err != nil {
		return err
	}
	now := workflow.Now(ctx)
	if at, ok := k.warnAt(); ok && !now.Before(at) {
		return k.warn(ctx)
	}
	if at, ok := k.expireAt(); ok && !now.Before(at) {
		return k.expire(ctx)
	}
	return nil
}

// write writes what is known of the result.
func (k *keeper) write(ctx workflow.Context) error {
	changes := k.changes
	k.dirty = false
	var a *activities.Retention
	local := workflow.WithLocalActivityOptions(ctx, recordOptions("save what became of the result"))
	err := workflow.ExecuteLocalActivity(local, a.SaveRetention, activities.RetentionInput{ID: k.Ended.JobID, Kept: k.Kept}).Get(ctx, nil)
	k.written = changes
	return err
}

// show puts what is known into the Temporal UI.
func (k *keeper) show(ctx workflow.Context) error {
	text := fmt.Sprintf("**attempt %d**", k.Kept.Attempt)
	switch at := k.Kept.ExpiresAt; {
	case k.done:
		text += " · expired"
	case k.Kept.Pinned:
		text += " · pinned"
	case at != nil:
		text += " · kept until " + minute(*at)
	}
	if k.Kept.FetchedAt != nil {
		text += "\n- fetched " + minute(*k.Kept.FetchedAt)
	}
	if a := k.Kept.Archive; a != nil {
		text += "\n- archive " + a.Name + ": " + string(a.State)
	}
	if text == workflow.GetCurrentDetails(ctx) {
		return nil
	}
	workflow.SetCurrentDetails(ctx, text)
	if at := k.Kept.ExpiresAt; at != nil {
		return workflow.UpsertTypedSearchAttributes(ctx, AttributeExpires.ValueSet(*at))
	}
	return workflow.UpsertTypedSearchAttributes(ctx, AttributeExpires.ValueUnset())
}

func (k *keeper) archivePending() bool {
	return k.Kept.Archive != nil && k.Kept.Archive.State == job.ArchivePending
}

// archive copies the result into the operator's archive, however long that takes.
func (k *keeper) archive(ctx workflow.Context) {
	e := k.Ended
	ctx = workflow.WithActivityOptions(ctx, archiveOptions(e))
	var a *activities.Retention
	var stored job.Archived
	err := workflow.ExecuteActivity(ctx, a.ArchiveResult, e).Get(ctx, &stored)
	k.archiving = false
	if err != nil || k.Ended.RunID != e.RunID || k.Kept.Archive == nil {
		return // cancelled, or there is another result by now: the loop begins again
	}
	k.Kept.Archive, k.dirty = &stored, true
}

// warnAt returns when it is told that the result is about to expire, if it is: at the
// earliest after half of the time for which it is kept.
func (k *keeper) warnAt() (time.Time, bool) {
	t := k.Ended.Terms
	if k.idle() || k.Kept.ExpiresAt == nil || k.Warned || k.Kept.FetchedAt != nil || t.Warn == 0 || k.Ended.Outputs == 0 {
		return time.Time{}, false
	}
	return k.Kept.ExpiresAt.Add(-min(seconds(t.Warn), seconds(t.Keep)/2)), true
}

// expireAt returns when the result expires, if it does. It waits for its archive.
func (k *keeper) expireAt() (time.Time, bool) {
	if k.idle() || k.Kept.ExpiresAt == nil || k.archivePending() {
		return time.Time{}, false
	}
	return *k.Kept.ExpiresAt, true
}

// idle reports whether there is nothing to keep at the moment.
func (k *keeper) idle() bool { return k.Ended.JobID == "" || k.waiting || k.done }

// warn tells that the result is about to expire and nobody has fetched it.
func (k *keeper) warn(ctx workflow.Context) error {
	k.Warned = true
	in := k.happens(ctx, job.Event{Type: job.EventExpiring, Message: fmt.Sprintf(
		"The result is deleted after %s, and nobody has fetched it. To keep it longer: docjobs extend %s.", minute(*k.Kept.ExpiresAt), k.Ended.JobID)})
	var a *activities.Retention
	var r activities.RetentionResult
	local := workflow.WithLocalActivityOptions(ctx, recordOptions("announce that the result expires"))
	if err := workflow.ExecuteLocalActivity(local, a.AnnounceExpiry, in).Get(ctx, &r); err != nil {
		return err
	}
	return k.happened(ctx, r)
}

// expire lets go of the result, unless the next attempt has begun, which may use it.
func (k *keeper) expire(ctx workflow.Context) error {
	k.expiring = true
	in := k.happens(ctx, job.Event{Type: job.StateEvent(job.StateExpired), State: job.StateExpired, Message: "The artifacts and logs are deleted; the record stays."})
	ctx = workflow.WithActivityOptions(ctx, expireOptions(k.Ended.Priority))
	var a *activities.Retention
	var r activities.RetentionResult
	if err := workflow.ExecuteActivity(ctx, a.ExpireResult, activities.ExpireInput{RetentionInput: in, Batches: k.Ended.Batches}).Get(ctx, &r); err != nil {
		return err
	}
	k.done = !r.MovedOn
	if k.done {
		k.Kept.Pinned = false
	}
	k.expiring = k.done
	if err := k.happened(ctx, r); err != nil {
		return err
	}
	return k.show(ctx)
}

// happens completes an event that happens now.
func (k *keeper) happens(ctx workflow.Context, e job.Event) activities.RetentionInput {
	e.At, e.JobID, e.Attempt = workflow.Now(ctx).UTC(), k.Ended.JobID, k.Ended.Attempt
	if e.State == "" {
		e.State = k.Ended.Summary.State
	}
	return activities.RetentionInput{ID: k.Ended.JobID, Kept: k.Kept, Event: e}
}

// happened takes in an event that was numbered, and starts to tell others of it.
func (k *keeper) happened(ctx workflow.Context, r activities.RetentionResult) error {
	if r.MovedOn {
		k.waiting = true
		return nil
	}
	k.Kept.Events = append(k.Kept.Events, r.Event)
	for _, route := range k.Ended.Notify {
		if !route.Wants(r.Event.Type) {
			continue
		}
		started := deliver(ctx, activities.Delivery{
			Route: route, Event: r.Event, Items: k.Ended.Items, Summary: k.Ended.Summary,
		}, temporal.Priority{PriorityKey: k.Ended.Priority, FairnessKey: k.Ended.Tenant})
		if err := started.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Warn("an event is not told of", "job_id", k.Ended.JobID, "error", err)
		}
	}
	return ctx.Err()
}

// wait returns when there is something to do.
func (k *keeper) wait(ctx workflow.Context) error {
	something := func() bool { return k.pending(ctx) || k.archivePending() && !k.archiving }
	next, ok := k.expireAt()
	if at, warns := k.warnAt(); warns && (!ok || at.Before(next)) {
		next, ok = at, true
	}
	if !ok {
		return workflow.Await(ctx, something)
	}
	_, err := workflow.AwaitWithTimeout(ctx, next.Sub(workflow.Now(ctx)), something)
	return err
}
