package s3release

import (
	"context"
	"slices"
	"time"

	"github.com/docjobs/docjobs/engine/release"
)

// abandoned is for how long nothing must have been written for a release without a
// manifest until it counts as left behind.
const abandoned = 24 * time.Hour

// Prune implements [release.Target]. The pointer first says what goes, so that nobody
// makes it live meanwhile; whatever a killed call has left is deleted by the next one,
// once nobody can be at it any more. While another call is at it, this is a
// [release.LockedError].
func (t *Target) Prune(ctx context.Context, opts release.PruneOptions) (report release.PruneReport, err error) {
	if err := t.checkConditions(ctx); err != nil {
		return report, err
	}
	p, _, err := t.load(ctx)
	if err != nil {
		return report, err
	}
	list, incomplete, err := t.releases(ctx, &p)
	if err != nil {
		return report, err
	}
	_, drop := opts.Select(list, p.History, t.now())
	for _, id := range incomplete {
		if old, err := t.abandoned(ctx, id); err != nil {
			return report, err
		} else if old {
			drop = append(drop, id)
		}
	}
	for _, r := range p.Removed {
		if !r.Done && !slices.Contains(drop, r.ID) {
			drop = append(drop, r.ID)
		}
	}
	if len(drop) == 0 {
		return report, nil
	}
	r := newRemover(t, &report)
	if err := r.announce(ctx, &p, drop); err != nil {
		return report, err
	}
	_, err = r.remove(ctx)
	return report, err
}

// abandoned reports whether nothing was written for a release for long.
func (t *Target) abandoned(ctx context.Context, id string) (bool, error) {
	for o, err := range t.bucket.list(ctx, t.releaseKey(id)) {
		if err != nil || t.now().Sub(o.modified) < abandoned {
			return false, err
		}
	}
	return true, nil
}
