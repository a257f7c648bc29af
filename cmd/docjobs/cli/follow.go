package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/docjobs/docjobs/job"
)

// Pauses between two questions about a job that somebody follows.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
	// maxPauseSeen is the longest pause while somebody looks at progress bars.
	maxPauseSeen = 2 * time.Second
)

// FollowOptions are the choices of [Follow].
type FollowOptions struct {
	// IO is where progress is shown: bars on a terminal, else a line for every
	// event. Without IO.Err nothing is shown.
	IO IO
	// Color is "auto", "always" or "never"; empty is "auto".
	Color string
	// Events asks for a line for every event also above the bars.
	Events bool
	// Timeout is how long to follow; 0 is without end.
	Timeout time.Duration
}

// A LeftError says that a job was left to itself before it had ended. The job
// goes on.
type LeftError struct {
	ID      job.ID
	Last    *job.Status   // what was known of it at last; nil if nothing
	Timeout time.Duration // the time that has passed; 0 if it was interrupted
}

// Error implements error.
func (e *LeftError) Error() string {
	if e.Timeout > 0 {
		return fmt.Sprintf("%s has not ended within %s; it goes on.", e.ID, duration(e.Timeout))
	}
	return fmt.Sprintf("Detached; %s goes on.", e.ID)
}

// ExitCode returns [ExitTimeout] or [ExitInterrupted].
func (e *LeftError) ExitCode() int {
	if e.Timeout > 0 {
		return ExitTimeout
	}
	return ExitInterrupted
}

func (e *LeftError) hint() string {
	return fmt.Sprintf("Come back with: docjobs wait %s", e.ID)
}

// problem returns the error as a program sees it.
func (e *LeftError) problem() job.Error {
	code := job.CodeCancelled
	if e.Timeout > 0 {
		code = job.CodeTimeout
	}
	return job.Error{Code: code, Cause: job.CausePerson, Message: e.Error(), Hint: e.hint(), JobID: e.ID, Retryable: true}
}

// Follow follows the newest attempt of a job to its end, shows how it gets on,
// and returns how it ended, well or not. When ctx ends before, or the timeout
// passes, it returns a *[LeftError].
//
// The server holds its answer until the job has ended, at most for the pause
// between two questions. That pause doubles from a second to five minutes while
// nothing happens, and starts over whenever something has: a long job costs few
// requests and the end is still told at once. A server that restarts meanwhile
// is waited for.
//
// When nothing has moved for five minutes that is said, with the last that has, and
// again whenever that time has doubled.
func Follow(ctx context.Context, svc job.Service, id job.ID, o FollowOptions) (*job.Status, error) {
	f := &follower{svc: svc, id: id, longest: maxPause, view: noView{}}
	if o.IO.Err != nil {
		w := o.IO.complete()
		if w.bars() {
			f.longest = maxPauseSeen
		}
		f.view = newView(w, o, svc)
	}
	inner := ctx
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		inner, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	st, err := f.run(inner)
	f.view.close()
	switch {
	case err == nil || inner.Err() == nil:
		return st, err
	case ctx.Err() != nil:
		return nil, &LeftError{ID: id, Last: f.last}
	}
	return nil, &LeftError{ID: id, Last: f.last, Timeout: o.Timeout}
}

// follower follows one job.
type follower struct {
	svc     job.Service
	id      job.ID
	view    view
	longest time.Duration
	last    *job.Status
	still   stillness
}

// run asks until the job has ended or ctx has.
func (f *follower) run(ctx context.Context) (*job.Status, error) {
	next := firstPause
	for pause := time.Duration(0); ; pause, next = next, min(2*next, f.longest) {
		over := time.Now().Add(pause)
		st, err := f.svc.Get(ctx, f.id, job.StatusQuery{Wait: min(pause, job.MaxWait)})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil:
			changed := f.changed(st)
			if changed {
				next = firstPause
			}
			f.last = st
			f.view.update(ctx, st)
			if f.still.worthTelling(st, changed, time.Now()) {
				f.view.warn(st, f.still.lasted)
			}
			if st.Ended() {
				return st, nil
			}
		case f.last == nil || job.CodeOf(err) != job.CodeUnavailable:
			return nil, err
		}
		if err := sleep(ctx, time.Until(over)); err != nil {
			return nil, err
		}
	}
}

// changed reports whether something has happened since the last status.
func (f *follower) changed(st *job.Status) bool {
	return f.last != nil && (st.LastEvent != f.last.LastEvent || st.State != f.last.State ||
		progress(st.Progress) != progress(f.last.Progress))
}

// sleep waits for d or until ctx has ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
