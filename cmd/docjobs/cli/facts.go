package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// status writes everything that is known of a job.
func (p *printer) status(st *job.Status, now time.Time) {
	p.printf("%s  %s", painted{string(st.ID), bold}, paintState(st.State))
	if st.Attempt > 1 {
		p.printf("  attempt %d", st.Attempt)
	}
	p.write("\n")
	if st.Stale {
		p.printf("%s %s\n", painted{"This is the last that is known:", yellow}, st.StaleReason)
	}
	p.table(nil, p.facts(st, now))
	if len(st.Steps) > 0 {
		p.write("\n")
		p.steps(st.Steps, now)
	}
	if st.Error != nil {
		p.printf("\n%s\n", painted{st.Error.Message, red})
		p.failure(st)
	}
}

// facts are the lines about a job, a name and a value each.
func (p *printer) facts(st *job.Status, now time.Time) (rows [][]any) {
	fact := func(name, format string, args ...any) {
		rows = append(rows, []any{painted{name, faint}, fmt.Sprintf(format, args...)})
	}
	if st.Summary != "" {
		fact("what", "%s", st.Summary)
	}
	fact("submitted", "%s", by(p.time(st.CreatedAt), st.Submitter))
	switch {
	case st.FinishedAt != nil:
		fact("finished", "%s, after %s", p.time(*st.FinishedAt), duration(st.FinishedAt.Sub(st.CreatedAt)))
	case st.State == job.StateCancelled:
		fact("stopping", "for %s", duration(now.Sub(st.UpdatedAt)))
	case st.State == job.StateQueued:
		fact("waiting", "for %s", duration(now.Sub(st.CreatedAt)))
	default:
		fact("running", "for %s", duration(now.Sub(st.CreatedAt)))
	}
	if w := st.Waiting; w != nil {
		fact("waits", "%s", w.Reason)
	}
	if e := st.Estimate; e != nil {
		fact("ends", "about %s (%s to %s), going by %s like it", p.time(e.End), p.clock(e.Earliest), p.clock(e.Latest), count(e.Jobs, "job"))
	}
	if st.StalledAt != nil {
		fact("stalled", "since %s it takes longer than jobs like it", p.time(*st.StalledAt))
	}
	if st.Approval != nil {
		approvalFacts(p, st.Approval, fact)
	}
	if st.SupersededBy != "" {
		fact("superseded", "by %s", st.SupersededBy)
	}
	if len(st.Labels) > 0 {
		fact("labels", "%s", joinNonEmpty(st.Labels...))
	}
	if st.Items.Total > 0 {
		reused := ""
		if st.Items.Reused > 0 {
			reused = fmt.Sprintf(", %d known from before", st.Items.Reused)
		}
		fact("documents", "%d: %d completed, %d with warnings, %d failed%s", st.Items.Total, st.Items.Completed, st.Items.Warnings, st.Items.Failed, reused)
	}
	if pace := p.pace(st.Progress); pace != "" {
		fact("pace", "%s", pace)
	}
	if r := st.Release; r != nil {
		fact("release", "%s on target %s, %s, %s", r.ID, r.Target, count(r.Files, "file"), size(r.Bytes))
		if r.URL != "" {
			fact("site", "%s", r.URL)
		}
	}
	keptFacts(p, st, fact)
	return rows
}

// keptFacts are the lines about how long the result is kept, and where.
func keptFacts(p *printer, st *job.Status, fact func(name, format string, args ...any)) {
	switch {
	case st.State == job.StateExpired && st.ExpiresAt != nil:
		fact("expired", "%s; it had ended as %s", p.time(*st.ExpiresAt), st.Outcome())
	case st.Pinned:
		fact("expires", "never: it is pinned")
	case st.ExpiresAt != nil:
		fact("expires", "%s", p.time(*st.ExpiresAt))
	}
	if st.FetchedAt != nil {
		fact("fetched", "%s", p.time(*st.FetchedAt))
	}
	if a := st.Archive; a != nil {
		fact("archive", "%s", joinNonEmpty(a.Name, string(a.State), a.Location))
	}
}

// steps writes a table of steps.
func (p *printer) steps(steps []job.Step, now time.Time) {
	var rows [][]any
	for _, s := range steps {
		rows = append(rows, []any{s.Name, paintState(s.State), stepTime(s, now), stepNote(s)})
	}
	p.table([]string{"STEP", "STATE", "TIME", ""}, rows)
}

// stepTime returns how long the step took, or has been going on.
func stepTime(s job.Step, now time.Time) string {
	if s.State == job.StepProcessing {
		return took(s.StartedAt, &now)
	}
	return took(s.StartedAt, s.FinishedAt)
}

// stepNote says what came of the step, or how far it is.
func stepNote(s job.Step) string {
	note := s.Summary
	if s.State == job.StepProcessing {
		note = progress(s.Progress)
	}
	switch {
	case s.Error != nil && s.State == job.StepProcessing:
		note = joinNonEmpty(note, "trying again: "+s.Error.Message)
	case s.Error != nil && strings.HasPrefix(s.Error.Message, note):
		note = s.Error.Message
	case s.Error != nil:
		note = joinNonEmpty(note, s.Error.Message)
	}
	if s.Reused {
		note = joinNonEmpty(strings.TrimSuffix(note, "."), "done by an earlier attempt")
	}
	if s.Try > 1 {
		note = joinNonEmpty(strings.TrimSuffix(note, "."), fmt.Sprintf("try %d", s.Try))
	}
	return note
}

// by adds who it was, if that is known.
func by(what, who string) string {
	if who == "" {
		return what
	}
	return what + " by " + who
}

// joinNonEmpty joins the texts that are there with commas.
func joinNonEmpty(texts ...string) string {
	out := ""
	for _, text := range texts {
		if text != "" && out != "" {
			out += ", "
		}
		out += text
	}
	return out
}

// pace says how quick a step is, and when it will be done if it goes on so.
func (p *printer) pace(progress *job.Progress) string {
	if progress == nil || progress.PerMinute == 0 || progress.Estimate == nil {
		return ""
	}
	return fmt.Sprintf("%d %s a minute, done about %s", progress.PerMinute, progress.Unit, p.clock(*progress.Estimate))
}
