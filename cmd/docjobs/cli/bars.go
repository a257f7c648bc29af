package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/docjobs/docjobs/job"
)

// barWidth is the width of a progress bar, in columns.
const barWidth = 22

// bars shows a line for every step of a job: name, bar, state, progress and
// time.
type bars struct {
	p        *printer
	above    *printer // writes above the bars
	progress *mpb.Progress
	steps    []*stepBar
	events   view // above the bars
}

// stepBar is the line of one step.
type stepBar struct {
	bar *mpb.Bar
	mu  sync.Mutex
	job.Step
	hint string // why it does not go on, or when all will have ended
}

func newBars(w IO, p *printer) *bars {
	b := &bars{p: p, progress: container(w), events: noView{}}
	above := *p
	above.w = b.progress
	b.above = &above
	return b
}

// container returns what draws bars on w.Err.
func container(w IO) *mpb.Progress {
	// The output is known to be a terminal, or a test takes its place.
	return mpb.New(mpb.WithOutput(w.Err), mpb.WithAutoRefresh())
}

// update implements view.
func (b *bars) update(ctx context.Context, st *job.Status) {
	b.events.update(ctx, st)
	for i, step := range st.Steps {
		if i == len(b.steps) {
			b.add(step)
		}
		b.steps[i].set(step)
	}
	now := working(st)
	for i := range st.Steps {
		hint := ""
		if now == &st.Steps[i] {
			hint = b.hint(st)
		}
		b.steps[i].say(hint)
	}
}

// hint says why the job does not go on, or when it will have ended.
func (b *bars) hint(st *job.Status) string {
	switch {
	case st.Waiting != nil:
		return st.Waiting.Reason
	case st.Estimate != nil:
		return "ends about " + b.p.clock(st.Estimate.End)
	}
	return b.p.pace(st.Progress)
}

func (b *bars) warn(st *job.Status, lasted time.Duration) { b.above.still(st, lasted) }

// add adds the line of a step.
func (b *bars) add(step job.Step) {
	s := &stepBar{Step: step}
	s.bar = b.progress.New(0, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"),
		mpb.BarWidth(barWidth), mpb.BarFillerTrim(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return s.name(b.p) })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return s.note(b.p, time.Now()) })),
	)
	b.steps = append(b.steps, s)
}

// close leaves the last picture on the terminal.
func (b *bars) close() {
	for _, s := range b.steps {
		s.bar.Abort(false) // does nothing to those that are full
	}
	b.progress.Wait()
}

// set moves the bar to where the step stands.
func (s *stepBar) set(step job.Step) {
	s.mu.Lock()
	s.Step = step
	s.mu.Unlock()
	switch step.State {
	case job.StepCompleted:
		s.bar.SetTotal(1, false)
		s.bar.SetCurrent(1)
		s.bar.SetTotal(1, true)
	case job.StepFailed, job.StepCancelled, job.StepSkipped:
		s.bar.Abort(false)
	case job.StepProcessing:
		if p := step.Progress; p != nil && p.Total > 0 {
			s.bar.SetTotal(p.Total+1, false) // it is full when the step has completed
			s.bar.SetCurrent(min(p.Done, p.Total))
		}
	}
}

// say sets what stands behind the note.
func (s *stepBar) say(hint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hint = hint
}

// name returns the left side of the line.
func (s *stepBar) name(p *printer) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.pad(s.Name, 10)
}

// note returns the right side of the line.
func (s *stepBar) note(p *printer, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	note := runewidth.Truncate(clean(joinNonEmpty(stepNote(s.Step), s.hint)), 60, "…")
	return fmt.Sprintf(" %s  %s  %s", p.pad(paintState(s.State), 10), p.pad(stepTime(s.Step, now), 8), note)
}
