package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/docjobs/docjobs/job"
)

// A printer writes text for people. Whatever is put into a format is cleaned
// first, so that nobody has to think of it. The first error of the writer is
// kept in err, and nothing is written after it.
type printer struct {
	w      io.Writer
	colors bool
	zone   *time.Location
	err    error
}

// A painted text is shown in a colour where there are colours.
type painted struct {
	text  string
	color string // an SGR parameter of ECMA-48, section 8.3.117
}

const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// printf formats like fmt.Fprintf. Numbers keep their verbs; everything else is
// text, for %s.
func (p *printer) printf(format string, args ...any) {
	for i, arg := range args {
		switch arg.(type) {
		case int, int64, float64:
		default:
			args[i] = p.show(arg)
		}
	}
	p.write(fmt.Sprintf(format, args...))
}

// write writes text that is known to be good.
func (p *printer) write(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

// show returns v as clean text, painted if it asks for it.
func (p *printer) show(v any) string {
	t, ok := v.(painted)
	if !ok {
		return clean(fmt.Sprint(v))
	}
	text := clean(t.text)
	if !p.colors || t.color == "" || text == "" {
		return text
	}
	return "\x1b[" + t.color + "m" + text + "\x1b[0m"
}

// pad returns v as clean text of at least the width, in columns.
func (p *printer) pad(v any, width int) string {
	return p.show(v) + strings.Repeat(" ", max(0, width-columns(v)))
}

// columns returns how many columns v takes, without its colour.
func columns(v any) int {
	if t, ok := v.(painted); ok {
		v = t.text
	}
	return runewidth.StringWidth(clean(fmt.Sprint(v)))
}

// time returns t in the user's zone.
func (p *printer) time(t time.Time) string { return t.In(p.zone).Format("2006-01-02 15:04:05") }

// clock returns the time of day of t in the user's zone.
func (p *printer) clock(t time.Time) string { return t.In(p.zone).Format("15:04:05") }

// table writes rows in aligned columns, under a head unless that is nil.
func (p *printer) table(head []string, rows [][]any) {
	if head != nil {
		row := make([]any, len(head))
		for i, name := range head {
			row[i] = painted{name, faint}
		}
		rows = append([][]any{row}, rows...)
	}
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(p.pad(cell, widths[i]) + "  ")
		}
		p.write(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// paintState returns the state in the colour of how good it is.
func paintState[S job.State | job.StepState](s S) painted {
	color := ""
	switch string(s) {
	case string(job.StateCompleted):
		color = green
	case string(job.StateFailed):
		color = red
	case string(job.StatePartial), string(job.StateCancelled), string(job.StateAwaitingApproval):
		color = yellow
	case string(job.StateProcessing):
		color = cyan
	case string(job.StateQueued), string(job.StepSkipped), string(job.StateExpired):
		color = faint
	}
	return painted{string(s), color}
}
