package ticket

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// Lines is how many of the last lines of the log a ticket has.
const Lines = 30

// A Ticket is what is said of a job.
type Ticket struct {
	Status   *job.Status
	Log      []job.LogLine // the last lines of the step that failed, or of the job
	Version  string        // of the server
	Workflow string        // address of the workflow in the Temporal UI, or ""
}

// Write writes the ticket as plain text, a fact on each line.
func (t Ticket) Write(w io.Writer) error {
	var b strings.Builder
	s := t.Status
	fact(&b, "job", string(s.ID))
	fact(&b, "kind", string(s.Kind))
	fact(&b, "what", s.Summary)
	fact(&b, "state", string(s.State))
	fact(&b, "attempt", fmt.Sprint(s.Attempt))
	fact(&b, "submitter", s.Submitter)
	fact(&b, "labels", strings.Join(s.Labels, ", "))
	fact(&b, "docjobs", t.Version)
	fact(&b, "workflow", t.Workflow)
	fact(&b, "stale", s.StaleReason)
	if s.Items.Total > 0 {
		fact(&b, "documents", fmt.Sprintf("%d, of which %d completed and %d failed", s.Items.Total, s.Items.Completed, s.Items.Failed))
	}
	t.states(&b)
	t.steps(&b)
	t.failure(&b)
	t.log(&b)
	_, err := io.WriteString(w, Redact(b.String()))
	return err
}

// fact writes one fact, unless there is nothing to say.
func fact(b *strings.Builder, name, value string) {
	if value = oneLine(value); value != "" {
		fmt.Fprintf(b, "%-10s %s\n", name, value)
	}
}

// oneLine keeps text on its line and takes out what a terminal would obey.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r <= 0x9f {
			return ' '
		}
		return r
	}, strings.TrimSpace(text))
}

func (t Ticket) states(b *strings.Builder) {
	b.WriteString("\nSTATES\n")
	for _, s := range t.Status.Transitions {
		fmt.Fprintf(b, "  %s  %s\n", stamp(&s.At), s.State)
	}
}

func (t Ticket) steps(b *strings.Builder) {
	if len(t.Status.Steps) == 0 {
		return
	}
	b.WriteString("\nSTEPS\n")
	for _, s := range t.Status.Steps {
		fmt.Fprintf(b, "  %-10s %-10s %s  %s  try %d  %s\n", oneLine(s.Name), s.State, stamp(s.StartedAt), stamp(s.FinishedAt), max(s.Try, 1), oneLine(s.Summary))
	}
}

// stamp writes a time in UTC, to the millisecond, in a fixed width.
func stamp(at *time.Time) string {
	if at == nil {
		return fmt.Sprintf("%-24s", "-")
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

func (t Ticket) failure(b *strings.Builder) {
	e := t.Status.Error
	if e == nil {
		return
	}
	b.WriteString("\nERROR\n")
	for _, f := range [][2]string{
		{"code", string(e.Code)}, {"cause", string(e.Cause)}, {"step", e.Step}, {"message", e.Message}, {"place", e.Place()},
		{"hint", e.Hint}, {"retry", map[bool]string{true: "can help", false: "does not help by itself"}[e.Retryable]},
	} {
		if f[1] != "" {
			fmt.Fprintf(b, "  %-8s %s\n", f[0], oneLine(f[1]))
		}
	}
	for line := range strings.Lines(e.Detail) {
		fmt.Fprintf(b, "  | %s\n", oneLine(line))
	}
}

func (t Ticket) log(b *strings.Builder) {
	if len(t.Log) == 0 {
		return
	}
	fmt.Fprintf(b, "\nLAST LINES OF THE LOG\n")
	for _, line := range t.Log {
		fmt.Fprintf(b, "  %s %-5s %s %s\n", stamp(&line.Time), cmp.Or(line.Level, "info"), oneLine(line.Step), oneLine(strings.TrimSpace(line.Item+" "+line.Message)))
	}
}
