package cli

import (
	"context"
	"time"

	"github.com/docjobs/docjobs/job"
)

// A view shows how a job gets on.
type view interface {
	// update shows what is new. What cannot be shown is left out.
	update(ctx context.Context, st *job.Status)
	// warn says that nothing has moved for so long.
	warn(st *job.Status, lasted time.Duration)
	// close leaves the terminal in order.
	close()
}

// newView returns what suits the terminal.
func newView(w IO, o FollowOptions, svc job.Service) view {
	p := w.printer(w.Err, o.Color, w.ErrTTY)
	if w.bars() {
		b := newBars(w, p)
		if o.Events {
			b.events = &lines{p: b.above, svc: svc}
		}
		return b
	}
	return &lines{p: p, svc: svc}
}

// noView shows nothing.
type noView struct{}

func (noView) update(context.Context, *job.Status) {}
func (noView) warn(*job.Status, time.Duration)     {}
func (noView) close()                              {}

// warnings writes what does not happen: for what the job waits, and that nothing moves.
type warnings struct {
	p     *printer
	waits string
}

// update writes for what the job waits when that changes. Waiting for a turn at a target
// is an event.
func (w *warnings) update(_ context.Context, st *job.Status) {
	waits := ""
	if st.Waiting != nil && st.Waiting.For != job.WaitingTarget {
		waits = st.Waiting.For
	}
	if waits != w.waits && waits != "" {
		w.p.printf("%s  %s  %s\n", painted{w.p.clock(st.Waiting.Since), faint}, painted{"waiting", yellow}, st.Waiting.Reason)
	}
	w.waits = waits
}

func (w *warnings) warn(st *job.Status, lasted time.Duration) { w.p.still(st, lasted) }

func (w *warnings) close() {}

// lines writes a line for every event.
type lines struct {
	p     *printer
	svc   job.Service
	seen  int64
	waits *warnings
}

// update writes the events that have come since. Those of earlier attempts are
// history.
func (l *lines) update(ctx context.Context, st *job.Status) {
	if l.waits == nil {
		l.waits = &warnings{p: l.p}
	}
	l.news(ctx, st)
	l.waits.update(ctx, st)
}

func (l *lines) news(ctx context.Context, st *job.Status) {
	if st.LastEvent <= l.seen {
		return
	}
	for e, err := range l.svc.Events(ctx, st.ID, job.EventQuery{After: l.seen}) {
		if err != nil {
			return // the next status asks for the rest
		}
		l.seen = e.Number
		if e.Attempt >= st.Attempt {
			l.p.event(e)
		}
	}
}

func (l *lines) warn(st *job.Status, lasted time.Duration) { l.p.still(st, lasted) }

func (l *lines) close() {}

// event writes an event on a line.
func (p *printer) event(e job.Event) {
	p.printf("%s  %s", painted{p.clock(e.At), faint}, p.eventName(e))
	switch {
	case e.Error != nil:
		p.printf("  %s", e.Error.Error())
	case e.Message != "":
		p.printf("  %s", e.Message)
	case e.Release != nil:
		p.printf("  %s", joinNonEmpty(e.Release.Target, e.Release.URL))
	}
	p.write("\n")
}

// eventName returns what happened to what: "build completed", "job queued".
func (p *printer) eventName(e job.Event) painted {
	name := painted{text: e.Type}
	switch e.Type {
	case job.EventStepStarted:
		name.text = e.Step + " started"
	case job.EventStepCompleted:
		name = painted{e.Step + " completed", green}
	case job.EventStepFailed:
		name = painted{e.Step + " failed", red}
	case job.EventStepCancelled:
		name = painted{e.Step + " cancelled", yellow}
	case job.EventApproved:
		name = painted{"approved", green}
	case job.EventRejected:
		name = painted{"rejected", red}
	case job.EventWaiting:
		name = painted{"waiting", yellow}
	case job.EventBatchEnded:
		name.text = "batch ended"
	case job.EventStalled:
		name = painted{"stalled", yellow}
	case job.EventExpiring:
		name = painted{"result expires", yellow}
	case job.EventReleased:
		name = painted{"released", green}
	case job.EventRolledBack:
		name = painted{"rolled back", green}
	case job.StateEvent(e.State):
		name = painted{"job " + string(e.State), paintState(e.State).color}
	}
	return name
}
