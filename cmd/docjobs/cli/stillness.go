package cli

import (
	"fmt"
	"time"

	"github.com/docjobs/docjobs/job"
)

// stillAfter is how long nothing may move in a job until that is said.
const stillAfter = 5 * time.Minute

// A stillness is a time in which nothing moves in a job that somebody follows.
type stillness struct {
	since  time.Time
	lasted time.Duration
	next   time.Duration // when it is worth telling
}

// worthTelling reports whether it is to be said now that nothing moves: after five
// minutes, ten, twenty and so on. Of a job that waits for a person or for its turn at a
// target there is nothing to say.
func (s *stillness) worthTelling(st *job.Status, moved bool, now time.Time) bool {
	patient := st.State == job.StateAwaitingApproval || st.Waiting != nil && st.Waiting.For == job.WaitingTarget
	if moved || patient || s.since.IsZero() || st.Ended() {
		*s = stillness{since: now, next: stillAfter}
		return false
	}
	if s.lasted = now.Sub(s.since); s.lasted < s.next {
		return false
	}
	for s.next <= s.lasted {
		s.next *= 2
	}
	return true
}

// still says that nothing has moved, what the last was that has, and where to look.
func (p *printer) still(st *job.Status, lasted time.Duration) {
	text := fmt.Sprintf("Nothing has moved for %s.", duration(lasted))
	look := "docjobs status " + string(st.ID)
	if s := working(st); s != nil {
		text += " The last was step " + s.Name
		if s.StartedAt != nil {
			text += ", begun at " + p.clock(*s.StartedAt)
		}
		if note := progress(s.Progress); note != "" {
			text += ", " + note
		}
		text += "."
		look = fmt.Sprintf("docjobs logs %s --step %s", st.ID, s.Name)
	}
	if st.Waiting != nil {
		text += " " + st.Waiting.Reason
	} else if st.Stale {
		text += " " + st.StaleReason
	}
	p.printf("%s %s See: %s\n", painted{"warning:", yellow}, text, look)
}

// working returns the step that the job is in, or nil.
func working(st *job.Status) *job.Step {
	for i := range st.Steps {
		if s := &st.Steps[i]; s.State == job.StepProcessing || s.State == job.StepQueued {
			return s
		}
	}
	return nil
}
