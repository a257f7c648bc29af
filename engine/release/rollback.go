package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Rollback makes a release live that is already on the target, older or
// newer. It builds and copies nothing. Like [FileTarget.Publish] it waits for
// other changes and may be repeated. It returns a [NotFoundError] for a
// release that is not (or no longer) there.
func (t *FileTarget) Rollback(ctx context.Context, opts RollbackOptions) (Result, error) {
	if err := opts.Check(); err != nil {
		return Result{}, err
	}
	unlock, err := t.lock(ctx, "rollback", opts.JobID)
	if err != nil {
		return Result{}, err
	}
	defer unlock()

	s, err := t.readState()
	if err != nil {
		return Result{}, err
	}
	outcome := Settled(s.live, s.history, RolledBack, opts.Release, opts.Meta)
	head, err := t.complete(opts.Release)
	if err != nil {
		return Result{}, err
	}
	result := Result{Head: *head, Outcome: outcome}
	switch {
	case outcome != "":
		return result, nil
	case opts.IfLive != "" && opts.IfLive != s.live:
		return Result{}, &MovedError{Want: opts.IfLive, Live: s.live}
	}
	return t.activate(ctx, s, RolledBack, result, opts.Meta)
}

// complete returns the head of a release whose site is there, too.
func (t *FileTarget) complete(id string) (*Head, error) {
	head, err := t.readHead(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{ID: id}
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(t.siteDir(id))
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", t.siteDir(id))
	}
	if err != nil {
		return nil, &DamagedError{Path: t.releaseDir(id), Err: err}
	}
	return head, nil
}
