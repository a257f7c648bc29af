package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/job"
)

// CheckInput is the input of [Publish.Check].
type CheckInput struct {
	Job
	Source SourceRef        `json:"source"`
	Site   artifact.TreeRef `json:"site"`
	Pages  artifact.Ref     `json:"pages"` // see [BuildResult]
	Target string           `json:"target"`
	Policy job.LinkPolicy   `json:"policy"`
}

// CheckResult is the result of [Publish.Check]. That links are broken is a
// result; what follows from it is the workflow's to decide.
type CheckResult struct {
	Outcome
	Broken int   `json:"broken"`
	First  Place `json:"first,omitzero"` // a broken link, to begin with
}

// A Place is where something is wrong.
type Place struct {
	File   string `json:"file,omitempty"` // path in the source, or of the built page
	Line   int    `json:"line,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Check checks every internal link of the built site and stores the reports
// and the list of items.
func (p *Publish) Check(ctx context.Context, in CheckInput) (CheckResult, error) {
	return perform(ctx, p.Store.Logs(), in.Job, checking, func(ctx context.Context, t *task) (CheckResult, error) {
		target, err := p.target(in.Target)
		if err != nil {
			return CheckResult{}, err
		}
		input := digest(in.Site.SHA256, in.Pages.SHA256, in.Source, target.URL, in.Policy, links.ReportVersion)
		return checkpointed(ctx, p.Store.Documents(), t, checking.step, input,
			func(r *CheckResult) bool { r.Reused = true; return p.stored(ctx, r.Outputs) },
			func() (CheckResult, error) { return p.check(ctx, t, in, target.URL) })
	})
}

// stored reports whether all outputs are still in the artifact store.
func (p *Publish) stored(ctx context.Context, outputs []job.Output) bool {
	for _, o := range outputs {
		if there, err := p.Store.Exists(ctx, artifact.Ref{SHA256: o.SHA256, Size: o.Size}); err != nil || !there {
			return false
		}
	}
	return true
}

func (p *Publish) check(ctx context.Context, t *task, in CheckInput, baseURL string) (r CheckResult, err error) {
	report, pages, err := p.linkReport(ctx, t, in, baseURL)
	if err != nil {
		return r, err
	}
	r.Broken = report.BrokenLinks
	r.Summary = fmt.Sprintf("%s in %s, none broken", count(report.Internal, "link"), count(report.Pages, "page"))
	if r.Broken > 0 {
		r.First = firstPlace(report)
		r.Summary = fmt.Sprintf("%s to %s", count(report.BrokenLinks, "broken link"), count(report.BrokenTargets, "target"))
		t.logBroken(report)
	}
	items, counts := itemsOf(pages, report, in.Policy)
	r.Items = &counts
	for _, o := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"reports/links.json", report.WriteJSON},
		{"reports/links.html", report.WriteHTML},
		{ItemsPath, func(w io.Writer) error { return writeLines(w, items) }},
	} {
		stored, err := p.output(ctx, o.name, o.write)
		if err != nil {
			return r, err
		}
		r.Outputs = append(r.Outputs, stored)
	}
	t.log.Info(r.Summary)
	return r, nil
}

// linkReport runs the link checker over the site.
func (p *Publish) linkReport(ctx context.Context, t *task, in CheckInput, baseURL string) (*links.Report, []page, error) {
	site, err := p.site(ctx, t, in.Site)
	if err != nil {
		return nil, nil, err
	}
	pages, err := p.pages(ctx, in.Pages)
	if err != nil {
		return nil, nil, err
	}
	folder, err := p.source(ctx, t, in.Source)
	if err != nil {
		return nil, nil, err
	}
	source, err := os.OpenRoot(folder)
	if err != nil {
		return nil, nil, err
	}
	defer source.Close()
	sources := make(map[string]string, len(pages))
	for _, page := range pages {
		sources[page.Path] = page.Source
	}
	report, err := links.CheckDir(ctx, site, links.Options{
		BaseURL:  baseURL,
		Progress: func(done, total int64) { t.report(done, total, "pages") },
		Source:   func(page string) (string, bool) { file := sources[page]; return file, file != "" },
		SourceFS: source.FS(),
	})
	return report, pages, err
}

// logged bounds how many broken links the log lists; the report has them all.
const logged = 50

// logBroken lists broken links in the log.
func (t *task) logBroken(report *links.Report) {
	listed := 0
	for _, target := range report.Broken {
		for _, place := range target.Places {
			if listed++; listed > logged {
				t.log.Warn("More broken links are listed in reports/links.html.")
				return
			}
			where := placeOf(place)
			t.log.Warn(fmt.Sprintf("%s: %s: %s", position(where), place.Href, target.Message), "item", where.File)
		}
	}
}

// firstPlace is the first broken link of a report.
func firstPlace(report *links.Report) Place {
	for _, target := range report.Broken {
		for _, place := range target.Places {
			where := placeOf(place)
			where.Detail = fmt.Sprintf("%s: %s", place.Href, target.Message)
			return where
		}
	}
	return Place{}
}

// placeOf is where a link stands: in the source where that is known, else in
// the built page.
func placeOf(p links.Place) Place {
	if p.Source != "" {
		return Place{File: p.Source, Line: p.SourceLine}
	}
	return Place{File: p.Page, Line: p.Line}
}

func position(p Place) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// ItemsPath is the path of the output that lists a job's items, one JSON object
// a line.
const ItemsPath = "items.jsonl"

// itemsOf returns an item for every page of the site, named by its source file
// where that is known. A page with broken links failed if the policy says so.
func itemsOf(pages []page, report *links.Report, policy job.LinkPolicy) ([]job.Item, job.ItemCounts) {
	broken := map[string]int{}
	first := map[string]*job.Error{}
	for _, target := range report.Broken {
		for _, place := range target.Places {
			broken[place.Page]++
			if first[place.Page] == nil {
				where := placeOf(place)
				first[place.Page] = &job.Error{
					Code: job.CodeLinksBroken, Cause: job.CauseContent, Step: checking.step,
					File: where.File, Line: where.Line,
					Message: fmt.Sprintf("The link %q is broken: %s", place.Href, target.Message),
					Hint:    "All broken links are listed in reports/links.html.",
				}
			}
		}
	}
	items := make([]job.Item, 0, len(pages))
	var counts job.ItemCounts
	sourcesKnown := slices.ContainsFunc(pages, func(p page) bool { return p.Source != "" })
	for _, page := range pages {
		if sourcesKnown && page.Source == "" && broken[page.Path] == 0 {
			continue // the generator's own, such as the list of a folder's pages
		}
		item := job.Item{Document: page.document(), State: job.StepCompleted, Outputs: []string{path.Join("site", page.Path)}}
		if n := broken[page.Path]; n > 0 {
			item.Warnings, item.Error = n, first[page.Path]
		}
		switch {
		case item.Warnings > 0 && policy == job.LinksFail:
			item.State = job.StepFailed
			counts.Failed++
		case item.Warnings > 0:
			counts.Warnings++
			counts.Completed++
		default:
			counts.Completed++
		}
		items = append(items, item)
	}
	counts.Total = len(items)
	return items, counts
}

// writeLines writes each value as a line of JSON.
func writeLines[T any](w io.Writer, values []T) error {
	encoder := json.NewEncoder(w)
	for _, v := range values {
		if err := encoder.Encode(v); err != nil {
			return err
		}
	}
	return nil
}
