package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Prune deletes the releases that opts does not keep and then every blob that
// no release uses. Whoever is reading a deleted file reads on to its end. Prune
// excludes a publish for as long as it runs, and may be killed at any moment:
// a release vanishes whole, and the next Prune deletes the rest.
func (t *FileTarget) Prune(ctx context.Context, opts PruneOptions) (PruneReport, error) {
	var report PruneReport
	unlock, err := t.lock(ctx, "prune", opts.JobID)
	if err != nil {
		return report, err
	}
	defer unlock()
	keep, drop, err := t.choose(ctx, opts)
	if err != nil {
		return report, err
	}
	// Before anything is deleted: a manifest that cannot be read means that
	// it is not known which blobs are in use.
	used, err := t.used(ctx, keep)
	if err != nil {
		return report, err
	}
	for _, id := range drop {
		if err := t.drop(ctx, id); err != nil {
			return report, fmt.Errorf("cannot delete release %s: %w", id, err)
		}
		report.Releases = append(report.Releases, id)
		t.reached("dropped")
	}
	if err := t.sweep(ctx, used, &report); err != nil {
		return report, fmt.Errorf("cannot delete unused blobs: %w", err)
	}
	return report, t.trimHistory(keepHistory)
}

func (t *FileTarget) choose(ctx context.Context, opts PruneOptions) (keep, drop []string, err error) {
	list, err := t.Releases(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := t.readState()
	if err != nil {
		return nil, nil, err
	}
	keep, drop = opts.Select(list, s.history, t.now())
	return keep, drop, nil
}

// used returns the digests that the given releases need. It reads manifests
// instead of counting hard links: where a release had to copy, its blobs have
// a single link and are in use all the same.
func (t *FileTarget) used(ctx context.Context, ids []string) (map[string]bool, error) {
	used := make(map[string]bool)
	for _, id := range ids {
		m, err := t.Manifest(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, f := range m.Files {
			used[f.SHA256] = true
		}
	}
	return used, nil
}

// drop takes a release's name away in one step and deletes it then.
func (t *FileTarget) drop(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tmp := t.path("tmp", id)
	if err := os.Rename(t.releaseDir(id), tmp); err != nil {
		return err
	}
	return os.RemoveAll(tmp)
}

func (t *FileTarget) sweep(ctx context.Context, used map[string]bool, report *PruneReport) error {
	return filepath.WalkDir(t.path("blobs"), func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !d.Type().IsRegular() || !digestPattern.MatchString(d.Name()) || used[d.Name()]:
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		report.Blobs++
		report.Bytes += info.Size()
		return nil
	})
}
