package activities

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/docjobs/docjobs/job"
)

// A Workspace is a worker's folder for what jobs need on disk while they run.
// Each job has a folder in it. What stands under a final name there is
// complete, because everything is made under a temporary name first; steps use
// what an earlier step on the same worker left, and make it again from the
// artifact store where that was another worker.
type Workspace struct {
	dir   string // has a folder for each job
	trash string // has what is being deleted
	lock  *flock.Flock
}

// OpenWorkspace takes the folder for this process and empties it: what is in
// it was left by a worker that was killed. A folder that another worker uses is
// refused.
func OpenWorkspace(dir string) (*Workspace, error) {
	w := &Workspace{dir: filepath.Join(dir, "jobs"), trash: filepath.Join(dir, "trash")}
	for _, folder := range []string{w.dir, w.trash} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("the worker cannot use %s for temporary files: %w", dir, err)
		}
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("the worker cannot use %s for temporary files: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("another worker uses %s for its temporary files; give each worker a folder of its own", dir)
	}
	w.lock = lock
	if err := errors.Join(sweep(w.dir), sweep(w.trash)); err != nil {
		return nil, errors.Join(fmt.Errorf("removing old temporary files: %w", err), lock.Unlock())
	}
	return w, nil
}

const (
	// sweepEvery is how often a worker looks for folders of jobs that went on,
	// and ended, on other workers.
	sweepEvery = 10 * time.Minute
	// abandonedAfter is the age from which nothing can be at work in a folder:
	// longer than any step may take.
	abandonedAfter = 2 * time.Hour
)

// SweepAbandoned removes, now and then until ctx ends, folders that no step has
// touched for longer than a step may take.
func (w *Workspace) SweepAbandoned(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if err := w.removeOlder(now.Add(-abandonedAfter)); err != nil {
				log.Warn("Old temporary files could not be removed.", "error", err)
			}
		}
	}
}

// removeOlder removes the folders of jobs that were last changed before then.
func (w *Workspace) removeOlder(then time.Time) error {
	jobs, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range jobs {
		info, err := entry.Info()
		if err == nil && info.ModTime().Before(then) {
			errs = append(errs, w.Remove(job.ID(entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// sweep empties a folder.
func sweep(dir string) error {
	left, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range left {
		if err := removeAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Close gives the folder up.
func (w *Workspace) Close() error { return w.lock.Unlock() }

// Job returns the folder of a job, which is made if it is not there.
func (w *Workspace) Job(id job.ID) (string, error) {
	dir := filepath.Join(w.dir, string(id))
	return dir, os.MkdirAll(dir, 0o700)
}

// removeWait is how long the end of a job waits for its files to be deleted,
// which takes seconds for a large site. They are out of the way before.
const removeWait = 50 * time.Millisecond

// Remove takes the folder of a job away at once and deletes it. It waits for
// that only for so long; what is not deleted when the process ends is swept at
// the next start.
func (w *Workspace) Remove(id job.ID) error {
	holder, err := os.MkdirTemp(w.trash, "job-*")
	if err != nil {
		return err
	}
	err = os.Rename(filepath.Join(w.dir, string(id)), filepath.Join(holder, "folder"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	deleted := make(chan error, 1)
	go func() { deleted <- removeAll(holder) }()
	select {
	case err := <-deleted:
		return err
	case <-time.After(removeWait):
		return nil
	}
}

// Folder returns the named folder of a job, and has it made if it is not
// there. make gets a path that does not exist, beside the final one.
func (w *Workspace) Folder(ctx context.Context, id job.ID, name string, make func(dir string) error) (string, error) {
	parent, err := w.Job(id)
	if err != nil {
		return "", err
	}
	final := filepath.Join(parent, name)
	if _, err := os.Stat(final); err == nil {
		now := time.Now()
		return final, os.Chtimes(parent, now, now) // in use: nothing for the sweep
	}
	holder, err := os.MkdirTemp(parent, ".making-*")
	if err != nil {
		return "", err
	}
	defer removeAll(holder)
	made := filepath.Join(holder, "folder")
	if err := make(made); err != nil {
		return "", err
	}
	return final, settle(ctx, made, final)
}

// settle gives the folder its final name. If another try of the step was
// quicker, its folder is as good.
func settle(ctx context.Context, made, final string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := os.Rename(made, final)
	if _, there := os.Stat(final); err != nil && there == nil {
		return nil
	}
	return err
}

// removeAll is os.RemoveAll for folders that builds may have made read-only.
func removeAll(path string) error {
	err := os.RemoveAll(path)
	if err == nil {
		return nil
	}
	_ = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(p, 0o700)
		}
		return nil
	})
	return os.RemoveAll(path)
}
