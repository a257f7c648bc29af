package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/engine/release"
)

// live returns the release that is live on the target, or none. If an earlier attempt
// of the job has released this very site, it is the release before.
func (p *Publish) live(ctx context.Context, in CheckInput) (release.Head, error) {
	target := in.Target
	if target == "" {
		return release.Head{}, nil
	}
	t, err := p.target(target)
	if err != nil {
		return release.Head{}, err
	}
	head, err := t.Head(ctx)
	switch {
	case errors.Is(err, release.ErrNoRelease):
		return release.Head{}, nil
	case err != nil:
		return release.Head{}, fmt.Errorf("asking target %s what is live on it: %w", target, err)
	case head.JobID != string(in.ID):
		return *head, nil
	}
	tree, err := p.Store.Trees().Get(ctx, in.Site)
	switch {
	case err != nil:
		return release.Head{}, err
	case head.Tree != release.Tree(storedSite{p.Store, tree}.Files()):
		return *head, nil
	case head.Previous == "":
		return release.Head{}, nil
	}
	before, err := t.Manifest(ctx, head.Previous)
	var pruned *release.NotFoundError
	switch {
	case errors.As(err, &pruned):
		return release.Head{}, nil
	case err != nil:
		return release.Head{}, fmt.Errorf("asking target %s what was live on it: %w", target, err)
	}
	return before.Head, nil
}

// compare marks what is broken now and not in the live release, and keeps what
// is broken for the time when this site is the live one. It is kept by content,
// so that it is found whichever job made that content live again.
func (p *Publish) compare(ctx context.Context, t *task, in CheckInput, report *links.Report, live release.Head) error {
	known, err := p.baseline(ctx, t, in.Target, live)
	if err != nil {
		return err
	}
	report.Compare(known)
	if in.Target == "" {
		return nil
	}
	tree, err := p.Store.Trees().Get(ctx, in.Site)
	if err != nil {
		return err
	}
	key := baselineKey(in.Target, release.Tree(storedSite{p.Store, tree}.Files()))
	return p.Store.Documents().Put(ctx, key, baseline{At: time.Now().UTC(), Baseline: *report.Baseline()})
}

// A baseline is which links of a site are broken, as it is stored.
type baseline struct {
	At time.Time `json:"at"`
	links.Baseline
}

// Baselines of sites that were checked and are not held by the target any more
// are removed where there are many, once they are so old that no publish can
// still be about to release one.
const (
	keptBaselines = 100
	baselineAge   = 7 * 24 * time.Hour
)

// forgetBaselines removes baselines that nothing will be compared with.
func (p *Publish) forgetBaselines(ctx context.Context, name string, target Target, now time.Time) error {
	var keys []string
	for key, err := range p.Store.Documents().List(ctx, baselineFolder+name) {
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	if len(keys) <= keptBaselines {
		return nil
	}
	held, err := target.Releases(ctx)
	if err != nil {
		return err
	}
	for _, r := range held {
		keys = slices.DeleteFunc(keys, func(key string) bool { return key == baselineKey(name, r.Tree) })
	}
	for _, key := range keys {
		var old baseline
		if p.Store.Documents().Get(ctx, key, &old) != nil || now.Sub(old.At) < baselineAge {
			continue
		}
		if err := p.Store.Documents().Delete(ctx, key); err != nil && !errors.Is(err, artifact.ErrNotFound) {
			return err
		}
	}
	return nil
}

// baseline returns which links are broken in the live release, or nil if
// nothing is live.
func (p *Publish) baseline(ctx context.Context, t *task, target string, live release.Head) (*links.Baseline, error) {
	if live.ID == "" {
		return nil, nil
	}
	var known baseline
	err := p.Store.Documents().Get(ctx, baselineKey(target, live.Tree), &known)
	if errors.Is(err, artifact.ErrNotFound) {
		t.log.Warn("It is not known which links are broken in the release that is live; all that are broken now count as new.")
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which links are broken in the live release: %w", err)
	}
	known.Release = live.ID
	return &known.Baseline, nil
}

// baselineKey is where it is kept which links of a site are broken, by the
// digest of its release.
func baselineKey(target, tree string) string { return baselineFolder + target + "/" + tree + ".json" }

const baselineFolder = "baselines/"
