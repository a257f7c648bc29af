package s3release

import (
	"context"
	"errors"
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

// removalTime is for how long somebody may still be at the removal of a release after
// it was announced, or last renewed: many times as long as a batch of deletions takes.
const removalTime = 5 * time.Minute

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
		if err := t.removeOne(ctx, id, report); err != nil {
			return pointer{}, fmt.Errorf("cannot delete release %s: %w", id, err)
		}
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

// removeOne deletes a release, as long as nobody else has done so: it may be wanted
// again since, and be live.
func (t *Target) removeOne(ctx context.Context, id string, report *release.PruneReport) error {
	keys := []string{t.manifestKey(id)} // the first: without it there is no release
	var bytes int64
	for o, err := range t.bucket.list(ctx, t.releaseKey(id)) {
		if err != nil {
			return err
		}
		keys = append(keys, o.key)
		bytes += o.size
	}
	blobs := len(keys) - 1
	for some := range slices.Chunk(keys, batch) {
		if _, err := t.update(ctx, func(p *pointer) error { return p.renewRemoval(id, t.now()) }); errors.Is(err, errRemoved) {
			return nil
		} else if err != nil {
			return err
		}
		if err := t.bucket.delete(ctx, some); err != nil {
			return err
		}
	}
	report.Blobs += blobs
	report.Bytes += bytes
	report.Releases = append(report.Releases, id)
	return nil
}

// errRemoved says that somebody else has removed a release.
var errRemoved = errors.New("somebody else has removed the release")

// renewRemoval notes that somebody is still at the removal of a release, or returns
// errRemoved.
func (p *pointer) renewRemoval(id string, now time.Time) error {
	i := slices.IndexFunc(p.Removed, func(r removal) bool { return r.ID == id && !r.Done })
	if i < 0 || p.Release == id {
		return errRemoved
	}
	p.Removed[i].At = now.UTC()
	return nil
}
