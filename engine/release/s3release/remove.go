package s3release

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/docjobs/docjobs/engine/release"
)

// removalTime is for how long the right to remove releases is held without being
// renewed. Once it is over, a run deletes nothing more, and others may go on.
const removalTime = time.Minute

// remover is one run that removes releases. It holds the right to in the pointer, and
// renews it before each request that deletes.
type remover struct {
	t      *Target
	token  string
	ids    []string // what it removes
	report *release.PruneReport
}

func newRemover(t *Target, report *release.PruneReport) *remover {
	return &remover{t: t, token: rand.Text(), report: report}
}

// announce notes in the pointer what is going to be removed: all of ids that are not
// needed by now.
func (r *remover) announce(ctx context.Context, seen *pointer, ids []string) error {
	_, err := r.t.update(ctx, func(p *pointer) error {
		now := r.now()
		p.Removed = slices.DeleteFunc(p.Removed, func(old removal) bool { return old.Done && now.Sub(old.At) > keepRemoved })
		if p.Release != seen.Release {
			return &release.ConflictError{Release: seen.Release, Live: p.Release, JobID: p.JobID}
		}
		r.ids = nil
		for _, id := range ids {
			if id == p.Release || p.Syncing.uses(id) {
				continue
			}
			if !p.removing(id) {
				p.Removed = append(p.Removed, removal{ID: id})
			}
			r.ids = append(r.ids, id)
		}
		return r.take(p)
	})
	return err
}

// finishRemoval does what somebody else has left of the removal of a release that is
// wanted again.
func (t *Target) finishRemoval(ctx context.Context, id string) (pointer, error) {
	r := newRemover(t, &release.PruneReport{})
	p, err := t.update(ctx, func(p *pointer) error {
		r.ids = nil
		if p.removing(id) {
			r.ids = []string{id}
		}
		return r.take(p)
	})
	if err != nil || len(r.ids) == 0 {
		return p, err
	}
	return r.remove(ctx)
}

// take notes that this run is at the removals from now on. It returns a
// [release.LockedError] while somebody else is, or changes the files that readers see.
func (r *remover) take(p *pointer) error {
	now := r.now()
	if by := p.Syncing; r.t.o.Layout == Sync && by != nil && now.Before(by.Until) {
		return r.t.locked(release.Holder{JobID: by.JobID, Doing: "sync"}, by.Until)
	}
	for i := range p.Removed {
		if old := &p.Removed[i]; !old.Done && slices.Contains(r.ids, old.ID) {
			if old.alive(now) {
				return r.t.locked(release.Holder{Doing: "prune"}, old.At.Add(removalTime))
			}
			old.By, old.At = r.token, now
		}
	}
	return nil
}

// locked says who may change a target now, and until when if it is not heard of again.
func (t *Target) locked(by release.Holder, until time.Time) error {
	return &release.LockedError{
		Dir: t.bucket.place(t.site), Holder: by,
		Err: fmt.Errorf("it may be taken over after %s", until.UTC().Format(time.RFC3339)),
	}
}

// now is without what JSON does not keep.
func (r *remover) now() time.Time { return r.t.now().UTC().Round(0) }

// renew keeps the right to remove. It fails when that is over or somebody else has taken
// over: then the releases may be wanted again.
func (r *remover) renew(p *pointer) error {
	now, held := r.now(), 0
	for i := range p.Removed {
		if own := &p.Removed[i]; own.By == r.token && own.alive(now) {
			own.At = now
			held++
		}
	}
	if held < len(r.ids) {
		return fmt.Errorf("the removal of %d releases was not heard of for %s, and others may have gone on; prune again to remove what is left", len(r.ids), removalTime)
	}
	return nil
}

// delete deletes objects, as long as this run has the right to.
func (r *remover) delete(ctx context.Context, keys []string) error {
	for part := range slices.Chunk(keys, batch) {
		if _, err := r.t.update(ctx, r.renew); err != nil {
			return err
		}
		if err := r.deleteBatch(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// deleteBatch gives up before others may take over.
func (r *remover) deleteBatch(ctx context.Context, keys []string) error {
	ctx, cancel := context.WithTimeout(ctx, removalTime/2)
	defer cancel()
	return r.t.bucket.delete(ctx, keys)
}

// remove deletes releases that the pointer says are being removed, and notes that they
// are.
func (r *remover) remove(ctx context.Context) (pointer, error) {
	if r.t.o.Layout == Sync {
		if err := r.removeAssets(ctx); err != nil {
			return pointer{}, fmt.Errorf("cannot delete assets that no release uses any more: %w", err)
		}
	}
	for _, id := range r.ids {
		if _, err := r.t.update(ctx, r.renew); err != nil {
			return pointer{}, err
		}
		keys := []string{r.t.manifestKey(id)} // first: without it there is no release
		var blobs int
		var bytes int64
		for o, err := range r.t.bucket.list(ctx, r.t.releaseKey(id)) {
			if err != nil {
				return pointer{}, err
			}
			blobs++
			bytes += o.size
			if o.key != keys[0] {
				keys = append(keys, o.key)
			}
		}
		if err := r.delete(ctx, keys); err != nil {
			return pointer{}, fmt.Errorf("cannot delete release %s: %w", id, err)
		}
		r.report.Releases = append(r.report.Releases, id)
		r.report.Blobs += blobs
		r.report.Bytes += bytes
	}
	return r.t.update(ctx, func(p *pointer) error {
		if err := r.renew(p); err != nil {
			return err
		}
		for i := range p.Removed {
			if p.Removed[i].By == r.token {
				p.Removed[i].Done = true
			}
		}
		return nil
	})
}

// removeAssets deletes fingerprinted assets that only releases had which go away. Nobody
// brings one back meanwhile: see [syncer.claim].
func (r *remover) removeAssets(ctx context.Context) error {
	stay := map[string]bool{}
	held, err := r.t.manifests(ctx, "")
	if err != nil {
		return err
	}
	for _, m := range held {
		for _, f := range m.Files {
			stay[f.Path] = true
		}
	}
	var keys []string
	var bytes int64
	for _, id := range r.ids {
		m, err := r.t.Manifest(ctx, id)
		if notThere(err) {
			continue // it was never complete, or its assets went before
		}
		if err != nil {
			return err
		}
		for _, f := range m.Files {
			if release.Fingerprinted(f.Path) && !stay[f.Path] {
				stay[f.Path] = true
				keys = append(keys, r.t.site+f.Path)
				bytes += f.Size
			}
		}
	}
	if err := r.delete(ctx, keys); err != nil {
		return err
	}
	r.report.Blobs += len(keys)
	r.report.Bytes += bytes
	return nil
}
