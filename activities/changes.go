package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

var approving = stage{4, "approve"}

// CompareInput is the input of [Publish.Compare].
type CompareInput struct {
	Job
	Site   artifact.TreeRef `json:"site"`
	Target string           `json:"target"`
}

// CompareResult is the result of [Publish.Compare].
type CompareResult struct {
	Outcome
	Address string      `json:"address"` // that the site was built for
	Changes job.Changes `json:"changes"` // with lists that are cut
}

// Compare tells what a release of the site would change on the target.
func (p *Publish) Compare(ctx context.Context, in CompareInput) (CompareResult, error) {
	return perform(ctx, p.Store, in.Job, approving, func(ctx context.Context, t *task) (r CompareResult, err error) {
		target, err := p.target(in.Target)
		if err != nil {
			return r, err
		}
		changes, err := p.changes(ctx, t, in, target)
		if err != nil {
			return r, err
		}
		report, err := p.output(ctx, "reports/changes.json", func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			encoder.SetIndent("", "  ")
			return encoder.Encode(changes)
		})
		if err != nil {
			return r, err
		}
		r.Outputs, r.Address, r.Changes = []job.Output{report}, target.URL, changes.Cut(job.MaxListed)
		r.Summary = fmt.Sprintf("%s added, %d changed, %d removed; %s fixed, %d broken",
			count(changes.PagesAdded, "page"), changes.PagesChanged, changes.PagesRemoved, count(changes.LinksFixed, "link"), changes.LinksBroken)
		t.log.Info("Against what is live: " + r.Summary + ".")
		return r, nil
	})
}

// changes compares the site with the live release.
func (p *Publish) changes(ctx context.Context, t *task, in CompareInput, target Target) (c job.Changes, err error) {
	tree, err := p.Store.Trees().Get(ctx, in.Site)
	if err != nil {
		return c, err
	}
	files := storedSite{p.Store, tree}.Files()
	live, err := target.Current(ctx)
	if errors.Is(err, release.ErrNoRelease) {
		live, err = &release.Manifest{}, nil
	}
	if err != nil {
		return c, fmt.Errorf("asking target %s what is live on it: %w", in.Target, err)
	}
	c.Against = live.ID
	compareFiles(&c, live.Files, files)
	before, err := p.baseline(ctx, t, in.Target, live.Head)
	if err != nil {
		return c, err
	}
	now, err := p.baseline(ctx, t, in.Target, release.Head{ID: "this", Tree: release.Tree(files)})
	if err != nil {
		return c, err
	}
	c.Fixed, c.LinksFixed = brokenOnlyIn(before, now)
	c.Broken, c.LinksBroken = brokenOnlyIn(now, before)
	return c, nil
}

// compareFiles tells which pages differ, and counts the other files.
func compareFiles(c *job.Changes, before, now []release.File) {
	old := make(map[string]string, len(before))
	for _, f := range before {
		old[f.Path] = f.SHA256
	}
	note := func(list *[]string, file string) {
		if path.Ext(file) == ".html" {
			*list = append(*list, file)
		} else {
			c.OtherFiles++
		}
	}
	for _, f := range now {
		digest, known := old[f.Path]
		delete(old, f.Path)
		switch {
		case !known:
			note(&c.Added, f.Path)
		case digest != f.SHA256:
			note(&c.Changed, f.Path)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(old)) {
		note(&c.Removed, file)
	}
	c.PagesAdded, c.PagesChanged, c.PagesRemoved = len(c.Added), len(c.Changed), len(c.Removed)
}

// brokenOnlyIn returns the addresses to which links are broken in one baseline and
// not, or not from the same pages, in the other, and counts the links, one a page.
func brokenOnlyIn(one, other *links.Baseline) (addresses []string, n int) {
	if one == nil {
		return nil, 0
	}
	if other == nil {
		other = &links.Baseline{}
	}
	for _, address := range slices.Sorted(maps.Keys(one.Targets)) {
		known := other.Targets[address]
		if known.Everywhere {
			continue
		}
		more := 0
		for _, page := range one.Targets[address].Pages {
			if _, found := slices.BinarySearch(known.Pages, page); !found {
				more++
			}
		}
		if more > 0 {
			addresses, n = append(addresses, address), n+more
		}
	}
	return addresses, n
}
