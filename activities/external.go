package activities

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/engine/weblinks"
	"github.com/docjobs/docjobs/job"
)

// ExternalInput is the input of [Publish.External].
type ExternalInput struct {
	Job
	Source SourceRef    `json:"source"`
	Pages  artifact.Ref `json:"pages"`
	Links  artifact.Ref `json:"links"` // see [CheckResult]
}

// ExternalResult is the result of [Publish.External].
type ExternalResult struct {
	Outcome
	Broken int   `json:"broken"`         // addresses
	First  Place `json:"first,omitzero"` // a broken link, to begin with
}

// External asks other sites whether the links to them lead anywhere, and stores
// the reports.
func (p *Publish) External(ctx context.Context, in ExternalInput) (ExternalResult, error) {
	return perform(ctx, p.Store, in.Job, following, func(ctx context.Context, t *task) (r ExternalResult, err error) {
		found, err := p.externalLinks(ctx, in.Links)
		if err != nil {
			return r, err
		}
		urls := make([]string, len(found))
		for i, link := range found {
			urls[i] = link.URL
		}
		options := p.Web
		options.Cache = webCache{p.Store.Documents()}
		options.Progress = func(done, total int64) { t.report(done, total, "addresses") }
		answers, err := weblinks.Check(ctx, urls, options)
		if err != nil {
			return r, err
		}
		report := weblinks.NewReport(answers, found)
		if err := p.locate(ctx, t, in, report); err != nil {
			return r, err
		}
		r.Broken = len(report.Broken)
		r.First = firstFinding(report)
		r.Summary = webSummary(report)
		t.logFindings(report)
		r.Outputs, err = p.webReports(ctx, report)
		return r, err
	})
}

// externalLinks reads the list that the check has left.
func (p *Publish) externalLinks(ctx context.Context, ref artifact.Ref) (found []links.ExternalLink, err error) {
	list, err := p.Store.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	decoder := json.NewDecoder(bufio.NewReader(list))
	for {
		var link links.ExternalLink
		err := decoder.Decode(&link)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the list of links to other sites: %w", err)
		}
		found = append(found, link)
	}
}

// locate finds where in the source the links of a report stand.
func (p *Publish) locate(ctx context.Context, t *task, in ExternalInput, report *weblinks.Report) error {
	pages, err := p.pages(ctx, in.Pages)
	if err != nil {
		return err
	}
	options, done, err := p.linkOptions(ctx, t, in.Source, pages)
	if err != nil {
		return err
	}
	defer done()
	var places []*links.Place
	for _, list := range [][]weblinks.Finding{report.Broken, report.Unknown, report.Moved} {
		for _, finding := range list {
			for i := range finding.Places {
				places = append(places, &finding.Places[i])
			}
		}
	}
	options.Locate(places)
	return nil
}

// webReports stores the report in its forms.
func (p *Publish) webReports(ctx context.Context, report *weblinks.Report) (outputs []job.Output, err error) {
	for _, o := range []struct {
		name  string
		write func(io.Writer) error
	}{{"reports/external.json", report.WriteJSON}, {"reports/external.html", report.WriteHTML}} {
		stored, err := p.output(ctx, o.name, o.write)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, stored)
	}
	return outputs, nil
}

// webSummary says in one line what other sites answered.
func webSummary(report *weblinks.Report) string {
	return fmt.Sprintf("%d of %d addresses on other sites broken, %d unknown", len(report.Broken), report.Addresses, len(report.Unknown))
}

// logFindings lists broken and unknown links in the log.
func (t *task) logFindings(report *weblinks.Report) {
	listed := 0
	for _, list := range [][]weblinks.Finding{report.Broken, report.Unknown} {
		for _, finding := range list {
			if listed++; listed > logged {
				t.log.Warn("More links are listed in reports/external.html.")
				return
			}
			where := placeOf(finding.Places[0])
			t.log.Warn(fmt.Sprintf("%s: %s: %s: %s", position(where), finding.URL, finding.State, finding.Message), "item", where.File)
		}
	}
	t.log.Info(webSummary(report))
}

// firstFinding is the first broken link of a report.
func firstFinding(report *weblinks.Report) Place {
	if len(report.Broken) == 0 {
		return Place{}
	}
	finding := report.Broken[0]
	where := placeOf(finding.Places[0])
	where.Detail = fmt.Sprintf("%s: %s", finding.URL, finding.Message)
	return where
}

// webCache keeps the good answers of other sites in the artifact store, for
// later jobs.
type webCache struct{ documents *artifact.Documents }

func webCacheKey(host string) string {
	sum := sha256.Sum256([]byte(host))
	return "weblinks/" + hex.EncodeToString(sum[:16]) + ".json"
}

// Load implements [weblinks.Cache].
func (c webCache) Load(ctx context.Context, host string) (map[string]time.Time, error) {
	var good map[string]time.Time
	err := c.documents.Get(ctx, webCacheKey(host), &good)
	return good, err
}

// Save implements [weblinks.Cache].
func (c webCache) Save(ctx context.Context, host string, good map[string]time.Time) error {
	if len(good) == 0 {
		return nil
	}
	return c.documents.Put(ctx, webCacheKey(host), good)
}
