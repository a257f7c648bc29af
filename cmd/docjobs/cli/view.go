package cli

import (
	"context"

	"github.com/docjobs/docjobs/job"
)

// A view shows how a job gets on.
type view interface {
	// update shows what is new. What cannot be shown is left out.
	update(ctx context.Context, st *job.Status)
	// close leaves the terminal in order.
	close()
}

// newView returns what suits the terminal.
func newView(w IO, o FollowOptions, svc job.Service) view {
	p := w.printer(w.Err, o.Color, w.ErrTTY)
	if w.bars() {
		b := newBars(w, p)
		if o.Events {
			above := *p
			above.w = b.progress
			b.events = &lines{p: &above, svc: svc}
		}
		return b
	}
	return &lines{p: p, svc: svc}
}

// noView shows nothing.
type noView struct{}

func (noView) update(context.Context, *job.Status) {}
func (noView) close()                              {}

// lines writes a line for every event.
type lines struct {
	p    *printer
	svc  job.Service
	seen int64
}

// update writes the events that have come since. Those of earlier attempts are
// history.
func (l *lines) update(ctx context.Context, st *job.Status) {
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
	case job.EventReleased:
		name = painted{"released", green}
	case job.EventRolledBack:
		name = painted{"rolled back", green}
	case job.StateEvent(e.State):
		name = painted{"job " + string(e.State), paintState(e.State).color}
	}
	return name
}
