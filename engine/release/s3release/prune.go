package s3release

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/docjobs/docjobs/engine/release"
)

// abandoned is for how long nothing must have been written for a release without a
// manifest until it counts as left behind.
const abandoned = 24 * time.Hour

// Prune implements [release.Target]. The pointer first says what goes, so that nobody
// makes it live meanwhile; whatever a killed call has left is deleted by the next one.
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
	if p, err = t.announce(ctx, &p, drop); err != nil {
		return report, err
	}
	drop = slices.DeleteFunc(drop, func(id string) bool { return !p.removing(id) })
	_, err = t.remove(ctx, drop, &report)
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

// announce notes in the pointer what is going to be removed: all of ids that are not
// needed by now.
func (t *Target) announce(ctx context.Context, seen *pointer, ids []string) (pointer, error) {
	return t.update(ctx, func(p *pointer) error {
		now := t.now().UTC()
		p.Removed = slices.DeleteFunc(p.Removed, func(r removal) bool { return r.Done && now.Sub(r.At) > keepRemoved })
		if p.Release != seen.Release {
			return &release.ConflictError{Release: seen.Release, Live: p.Release, JobID: p.JobID}
		}
		for _, id := range ids {
			if id != p.Release && !p.Syncing.uses(id) && !p.removing(id) {
				p.Removed = append(p.Removed, removal{ID: id, At: now})
			}
		}
		return nil
	})
}

// removalTime is for how long somebody may still be at the removal of a release.
const removalTime = 10 * time.Minute

// finishRemoval does what somebody else has left of the removal of a release that is
// wanted again.
func (t *Target) finishRemoval(ctx context.Context, p *pointer, id string) (pointer, error) {
	for _, r := range p.Removed {
		if since := t.now().Sub(r.At); r.ID == id && !r.Done && since < removalTime {
			return *p, fmt.Errorf("it began %s ago and may still go on; try again after %s", since.Round(time.Second), removalTime)
		}
	}
	return t.remove(ctx, []string{id}, &release.PruneReport{})
}

// remove deletes releases that the pointer says are being removed, and notes that they
// are.
func (t *Target) remove(ctx context.Context, ids []string, report *release.PruneReport) (pointer, error) {
	if t.o.Layout == Sync {
		if err := t.removeAssets(ctx, ids, report); err != nil {
			return pointer{}, fmt.Errorf("cannot delete assets that no release uses any more: %w", err)
		}
	}
	for _, id := range ids {
		var keys []string
		for o, err := range t.bucket.list(ctx, t.releaseKey(id)) {
			if err != nil {
				return pointer{}, err
			}
			keys = append(keys, o.key)
			report.Blobs++
			report.Bytes += o.size
		}
		// The manifest first: without it there is no release.
		if err := t.bucket.delete(ctx, append([]string{t.manifestKey(id)}, keys...)); err != nil {
			return pointer{}, fmt.Errorf("cannot delete release %s: %w", id, err)
		}
		report.Releases = append(report.Releases, id)
	}
	return t.update(ctx, func(p *pointer) error {
		for i := range p.Removed {
			if slices.Contains(ids, p.Removed[i].ID) {
				p.Removed[i].Done = true
			}
		}
		return nil
	})
}
