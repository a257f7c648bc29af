package activities

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/site/sourceconfig"
	"github.com/docjobs/docjobs/job"
)

// CheckInput is the input of [Publish.Check].
type CheckInput struct {
	Job
	Source SourceRef        `json:"source"`
	Dir    string           `json:"dir,omitempty"`
	Site   artifact.TreeRef `json:"site"`
	Pages  artifact.Ref     `json:"pages"`            // see [BuildResult]
	Target string           `json:"target,omitempty"` // whose release the links are compared with
	Policy job.LinkPolicy   `json:"policy"`

	External bool `json:"external,omitempty"` // collect links to other sites
}

// CheckResult is the result of [Publish.Check]. That links are broken is a
// result; what follows from it is the workflow's to decide.
type CheckResult struct {
	Outcome
	Broken int    `json:"broken"`           // links
	New    int    `json:"new"`              // of them, those that the live release does not have
	Mended int    `json:"mended,omitempty"` // links that are broken in the live release and not any more
	Live   string `json:"live,omitempty"`   // the release that they were compared with
	// External are the links to other sites, a [links.ExternalLink] a line.
	External artifact.Ref `json:"external,omitzero"`
	First    Place        `json:"first,omitzero"` // a broken link to begin with, a new one if there is one
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
	return perform(ctx, p.Store, in.Job, checking, func(ctx context.Context, t *task) (CheckResult, error) {
		address, err := p.address(in.Target)
		if err != nil {
			return CheckResult{}, err
		}
		live, err := p.live(ctx, in)
		if err != nil {
			return CheckResult{}, err
		}
		input := digest(in.Site.SHA256, in.Pages.SHA256, in.Source, in.Dir, address, live.ID, in.Policy, in.External, links.ReportVersion)
		return checkpointed(ctx, p.Store.Documents(), t, checking.step, input,
			func(r *CheckResult) bool {
				r.Reused = true
				return p.stored(ctx, r.Outputs) && (!in.External || p.stored(ctx, []job.Output{{SHA256: r.External.SHA256, Size: r.External.Size}}))
			},
			func() (CheckResult, error) { return p.check(ctx, t, in, address, live) })
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

func (p *Publish) check(ctx context.Context, t *task, in CheckInput, address string, live release.Head) (r CheckResult, err error) {
	report, pages, err := p.linkReport(ctx, t, in, address)
	if err != nil {
		return r, err
	}
	if err := p.compare(ctx, t, in, report, live); err != nil {
		return r, err
	}
	r.Mended = report.Mended
	r.Broken, r.New, r.Live = report.BrokenLinks, report.NewLinks, report.ComparedWith
	r.First = firstPlace(report)
	r.Summary = checkSummary(report)
	t.logReport(report)
	if in.External {
		list, err := p.output(ctx, "external.jsonl", func(w io.Writer) error { return writeLines(w, report.ExternalLinks) })
		if err != nil {
			return r, err
		}
		r.External = artifact.Ref{SHA256: list.SHA256, Size: list.Size}
	}
	items, counts := itemsOf(pages, report, in.Policy)
	r.Items = &counts
	for _, o := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"reports/links.json", report.WriteJSON},
		{"reports/links.html", report.WriteHTML},
		{job.ItemsPath, func(w io.Writer) error { return writeLines(w, items) }},
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

// checkSummary says in one line what the check found.
func checkSummary(report *links.Report) string {
	summary := fmt.Sprintf("%s in %s, none broken", count(report.Internal, "link"), count(report.Pages, "page"))
	if report.BrokenLinks > 0 {
		summary = fmt.Sprintf("%s to %s", count(report.BrokenLinks, "broken link"), count(report.BrokenTargets, "target"))
		if report.ComparedWith != "" {
			summary += fmt.Sprintf(", %d new", report.NewLinks)
		}
	}
	if report.Mended > 0 {
		summary += fmt.Sprintf(", %d mended", report.Mended)
	}
	if report.Ignored > 0 {
		summary += fmt.Sprintf(", %d ignored", report.Ignored)
	}
	return summary
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
	options, done, err := p.linkOptions(ctx, t, in.Source, pages)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	settings, _, err := sourceconfig.Find(options.SourceFS, in.Dir)
	if err != nil {
		return nil, nil, err
	}
	options.BaseURL, options.Ignore, options.External = baseURL, ignoresOf(settings), in.External
	options.Progress = func(done, total int64) { t.report(done, total, "pages") }
	report, err := links.CheckDir(ctx, site, options)
	return report, pages, err
}

// linkOptions are options of the link checker that find the source of a link.
// done closes the source.
func (p *Publish) linkOptions(ctx context.Context, t *task, ref SourceRef, pages []page) (o links.Options, done func(), err error) {
	folder, err := p.source(ctx, t, ref)
	if err != nil {
		return o, nil, err
	}
	source, err := os.OpenRoot(folder)
	if err != nil {
		return o, nil, err
	}
	sources := make(map[string]string, len(pages))
	for _, page := range pages {
		sources[page.Path] = page.Source
	}
	o.Source = func(page string) (string, bool) { file := sources[page]; return file, file != "" }
	o.SourceFS = source.FS()
	return o, func() { _ = source.Close() }, nil
}

// ignoresOf returns the ignores of a source's settings, of which there may be
// none.
func ignoresOf(settings *sourceconfig.Config) (list []links.Ignore) {
	if settings == nil {
		return nil
	}
	for _, i := range settings.Links.Ignore {
		list = append(list, links.Ignore{URL: i.URL, Page: i.Page, Reason: i.Reason})
	}
	return list
}
