package cli

import (
	"fmt"
	"strings"

	"github.com/docjobs/docjobs/job"
)

// Report says on w.Out how a job has ended. It returns nil if it completed, and
// else [ErrNotCompleted].
func Report(w IO, st *job.Status) error {
	w = w.complete()
	p := w.printer(w.Out, "auto", w.OutTTY)
	p.outcome(st)
	if p.err != nil {
		return fmt.Errorf("the output cannot be written: %w", p.err)
	}
	return verdict(st)
}

// verdict returns nil for a job that completed.
func verdict(st *job.Status) error {
	if st.Outcome() == job.StateCompleted {
		return nil
	}
	return ErrNotCompleted
}

// outcome says how a job has ended, why, and what to do about it.
func (p *printer) outcome(st *job.Status) {
	p.printf("%s %s", painted{string(st.ID), bold}, paintState(st.State))
	if st.FinishedAt != nil {
		p.printf(" after %s", duration(st.FinishedAt.Sub(st.CreatedAt)))
	}
	switch {
	case st.Error != nil:
		p.printf(": %s\n", st.Error.Message)
		p.failure(st)
	case st.State == job.StatePartial:
		p.printf(": %d of %d documents failed.\n", st.Items.Failed, st.Items.Total)
		p.printf("See docjobs items %s --state failed.\n", st.ID)
	case st.SupersededBy != "":
		p.printf(": superseded by %s.\n", st.SupersededBy)
	default:
		p.write(".\n")
	}
	if st.State == job.StateCompleted && st.Release != nil {
		p.release(st.Release)
	}
}

// release says where the site is.
func (p *printer) release(r *job.Release) {
	p.printf("%s, %s, on target %s", count(r.Files, "file"), size(r.Bytes), r.Target)
	if r.URL != "" {
		p.printf(": %s", painted{r.URL, cyan})
	}
	p.write("\n")
}

// failure says where a job failed and where to read more.
func (p *printer) failure(st *job.Status) {
	e := *st.Error
	e.JobID = "" // it stands above
	log := ""
	if st.State == job.StateFailed || st.State == job.StatePartial {
		log = "docjobs logs " + string(st.ID)
		if e.Step != "" {
			log += " --step " + e.Step
		}
	}
	p.detail(e.Detail)
	p.detailsAnd(&e, causeOf(&e), log)
}

// causeOf says who can do something about a failure, and whether the same again can help.
func causeOf(e *job.Error) string {
	cause := map[job.Cause]string{
		job.CauseContent: "the documents", job.CauseRequest: "what was asked for", job.CauseConfiguration: "the operator's settings",
		job.CauseService: "a network, a disk or another system", job.CausePerson: "somebody's decision",
	}[e.Cause]
	if cause == "" {
		return ""
	}
	if e.Retryable {
		return cause + "; the same again can succeed"
	}
	return cause + "; the same again will not succeed"
}

// maxDetail is how many lines of raw words are shown; the log has them all.
const maxDetail = 8

// detail writes the raw words of whatever failed.
func (p *printer) detail(text string) {
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > maxDetail {
			p.write("  …\n")
			return
		}
		p.printf("  %s\n", painted{strings.TrimRight(line, "\r\n"), faint})
	}
}
