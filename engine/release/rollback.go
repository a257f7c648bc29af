package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// RollbackOptions say what is switched to, and on whose behalf.
type RollbackOptions struct {
	Meta           // only JobID and Attempt are used
	Release string // the release to make live again
	// IfLive, when set, is the release that the caller saw live. If another
	// one is live by now the rollback is refused with a [MovedError].
	IfLive string
}

// Rollback makes a release live that is already on the target, older or
// newer. It builds and copies nothing. Like [Target.Publish] it waits for
// other changes and may be repeated. It returns a [NotFoundError] for a
// release that is not (or no longer) there.
func (t *Target) Rollback(ctx context.Context, opts RollbackOptions) (Result, error) {
	if err := opts.check(); err != nil {
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
	outcome := s.settled(RolledBack, opts.Release, opts.Meta)
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

func (o *RollbackOptions) check() error {
	if err := o.Meta.check(); err != nil {
		return err
	}
	return CheckID(o.Release)
}

// complete returns the head of a release whose site is there, too.
func (t *Target) complete(id string) (*Head, error) {
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
