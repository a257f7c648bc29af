package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Publish stores src as a release and makes it live. The release's ID follows
// from meta.JobID and the content, so that a repeated call finds what the
// first one left, at whatever point that was killed, and switches once.
//
// It waits for other changes of the target until ctx ends (a [LockedError]
// then). If ctx ends before the switch begins, or if anything fails, the
// target is as it was before; the switch itself is not interrupted. A
// [SourceError] or [MismatchError] means that the site cannot be released,
// any other error that the target or the source could not be read or written.
//
// progress may be nil.
func (t *FileTarget) Publish(ctx context.Context, src Source, meta Meta, progress Progress) (Result, error) {
	m, err := Draft(src, meta, t.name, t.now())
	if err != nil {
		return Result{}, err
	}
	unlock, err := t.lock(ctx, "publish", meta.JobID)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	t.reached("locked")

	s, err := t.readState()
	if err != nil {
		return Result{}, err
	}
	m.Previous = s.live
	result, stored, err := t.stored(m)
	if err != nil {
		return Result{}, err
	}
	if result.Outcome = Settled(s.live, s.history, Published, m.ID, meta); result.Outcome != "" {
		finish(progress, m.FileCount)
		return result, nil
	}
	if !stored {
		if result, err = t.store(ctx, src, m, progress); err != nil {
			return Result{}, fmt.Errorf("cannot store release %s: %w", m.ID, err)
		}
	} else {
		finish(progress, m.FileCount)
	}
	return t.activate(ctx, s, Published, result, meta)
}

// Draft makes the manifest of a release before anything is touched. target is the
// target's configured name. It returns a [SourceError] for what cannot be released.
func Draft(src Source, meta Meta, target string, now time.Time) (*Manifest, error) {
	if err := meta.check(); err != nil {
		return nil, err
	}
	files := slices.SortedFunc(slices.Values(src.Files()), byPath)
	if err := checkFiles(files); err != nil {
		return nil, err
	}
	total, err := totalSize(files)
	if err != nil {
		return nil, err
	}
	tree := Tree(files)
	id, err := ID(meta.JobID, tree)
	if err != nil {
		return nil, err
	}
	return &Manifest{Files: files, Head: Head{
		Version: Version, ID: id, JobID: meta.JobID, Attempt: meta.Attempt, Key: meta.Key,
		CreatedAt: now.UTC(), AskedAt: meta.Asked, Target: target, Source: meta.Source, Tree: tree,
		FileCount: len(files), Bytes: total,
	}}, nil
}

// stored looks for the release that a killed or an earlier call has made. Its
// own head counts then, not the draft's: a release never changes. (A release
// gets its name only when it is complete and on stable storage.)
func (t *FileTarget) stored(m *Manifest) (Result, bool, error) {
	head, err := t.readHead(m.ID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Result{Head: m.Head}, false, nil
	case err != nil:
		return Result{}, false, err
	case head.Tree != m.Tree:
		return Result{}, false, &DamagedError{Path: t.releaseDir(m.ID), Err: errors.New("it holds another site with the same first digits of its digest")}
	}
	return Result{Head: *head}, true, nil
}

// activate makes a stored release live: history first (see readState), then
// the pointer. It looks at ctx only before it begins.
func (t *FileTarget) activate(ctx context.Context, s state, a Action, r Result, meta Meta) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	err := t.record(s, Entry{At: t.now().UTC(), Action: a, Release: r.ID, Previous: s.live, JobID: meta.JobID, Attempt: meta.Attempt})
	if err != nil {
		return Result{}, fmt.Errorf("cannot record the switch to release %s in the target's history: %w", r.ID, err)
	}
	t.reached("recorded")
	if err := t.flip(r.ID); err != nil {
		return Result{}, fmt.Errorf("cannot switch the target to release %s: %w", r.ID, err)
	}
	t.reached("switched")
	if err := t.sync.dir(t.dir); err != nil {
		return Result{}, fmt.Errorf("release %s is live, but the switch could not be brought to stable storage: %w", r.ID, err)
	}
	r.Outcome, r.Replaced = Switched, s.live
	return r, nil
}

// flip points current at a release. rename(2) replaces the old link in one
// step: every reader finds either the old release or the new one.
func (t *FileTarget) flip(id string) error {
	tmp := t.path("tmp", "current")
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Relative, so that the target folder can be moved or mounted elsewhere.
	if err := os.Symlink(filepath.Join("releases", id, "site"), tmp); err != nil {
		return err
	}
	return os.Rename(tmp, t.path("current"))
}

func finish(p Progress, files int) {
	if p != nil {
		p(int64(files), int64(files))
	}
}
