package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/docjobs/docjobs/job"
)

// publishReport is everything that the benchmark publish measured.
type publishReport struct {
	Machine machine        `json:"machine"`
	Pages   int            `json:"pages"`
	Rounds  []publishRound `json:"rounds"`
}

// publishRound are the times of one round, in milliseconds.
type publishRound struct {
	Prepare float64   `json:"prepare_ms"` // Markdown to a Hugo site
	Hugo    float64   `json:"hugo_ms"`    // that site to HTML, by Hugo alone
	First   published `json:"first"`
	Second  published `json:"one_page_changed"`
}

// published are the times of one publish, in milliseconds.
type published struct {
	Upload float64            `json:"upload_ms"` // digest, pack, send, check
	Submit float64            `json:"submit_ms"`
	Steps  map[string]float64 `json:"steps_ms"`
	Job    float64            `json:"job_ms"` // from accepted to completed
	Files  int                `json:"files"`
	Bytes  int64              `json:"bytes"`
	New    int                `json:"new_files"`

	names []string
}

// read takes the times from the job's status.
func (p *published) read(s *job.Status) {
	p.Steps = map[string]float64{}
	for _, step := range s.Steps {
		if step.StartedAt != nil && step.FinishedAt != nil {
			p.Steps[step.Name] = ms(step.FinishedAt.Sub(*step.StartedAt))
			p.names = append(p.names, step.Name)
		}
	}
	if s.FinishedAt != nil {
		p.Job = ms(s.FinishedAt.Sub(s.CreatedAt))
	}
	if s.Release != nil {
		p.Files, p.Bytes, p.New = s.Release.Files, s.Release.Bytes, s.Release.New
	}
}

// of returns one figure of every round.
func (r *publishReport) of(pick func(publishRound) float64) []float64 {
	var values []float64
	for _, round := range r.Rounds {
		values = append(values, pick(round))
	}
	return values
}

// print writes the report as a table.
func (r *publishReport) print(out io.Writer) {
	last := r.Rounds[len(r.Rounds)-1]
	fmt.Fprintf(out, "%s/%s, %d processors, %s\n%d pages of Markdown, a site of %d files, %.1f MB; median of %d rounds, seconds\n\n",
		r.Machine.OS, r.Machine.Arch, r.Machine.Processors, r.Machine.Go, r.Pages, last.First.Files, float64(last.First.Bytes)/1e6, len(r.Rounds))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tfirst\tone page changed\t")
	row := func(name string, pick func(published) float64) {
		fmt.Fprintf(table, "%s\t%s\t%s\t\n", name,
			seconds(r.of(func(x publishRound) float64 { return pick(x.First) })),
			seconds(r.of(func(x publishRound) float64 { return pick(x.Second) })))
	}
	row("upload", func(p published) float64 { return p.Upload })
	row("submit", func(p published) float64 { return p.Submit })
	for _, name := range last.First.names {
		row(name, func(p published) float64 { return p.Steps[name] })
	}
	row("whole job", func(p published) float64 { return p.Job })
	fmt.Fprintf(table, "Hugo alone\t%s\t\t\n", seconds(r.of(func(x publishRound) float64 { return x.Hugo })))
	fmt.Fprintf(table, "preparing for Hugo alone\t%s\t\t\n", seconds(r.of(func(x publishRound) float64 { return x.Prepare })))
	table.Flush()
	whole := r.of(func(x publishRound) float64 { return x.First.Job })
	hugo := r.of(func(x publishRound) float64 { return x.Hugo })
	build := r.of(func(x publishRound) float64 { return x.First.Steps["build"] })
	fmt.Fprintf(out, "\nwhole job : Hugo alone %.2f, build step : Hugo alone %.2f (medians of the rounds)\n",
		median(ratios(whole, hugo)), median(ratios(build, hugo)))
}

// seconds is the median of the values, which are milliseconds.
func seconds(values []float64) string {
	return fmt.Sprintf("%.3f", time.Duration(median(values)*float64(time.Millisecond)).Seconds())
}
