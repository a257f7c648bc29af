package s3release

import (
	"context"

	"github.com/docjobs/docjobs/engine/release"
)

// Rollback implements [release.Target]. With [Pointer] the switch is one request; with
// [Sync] what differs is copied within the bucket.
func (t *Target) Rollback(ctx context.Context, opts release.RollbackOptions) (release.Result, error) {
	if err := opts.Check(); err != nil {
		return release.Result{}, err
	}
	if err := t.checkConditions(ctx); err != nil {
		return release.Result{}, err
	}
	base, _, err := t.load(ctx)
	if err != nil {
		return release.Result{}, err
	}
	if base.removing(opts.Release) {
		return release.Result{}, &release.NotFoundError{ID: opts.Release}
	}
	m, err := t.Manifest(ctx, opts.Release)
	if err != nil {
		return release.Result{}, err
	}
	r := release.Result{Head: m.Head, Outcome: release.Settled(base.Release, base.History, release.RolledBack, m.ID, opts.Meta)}
	if r.Outcome == "" && opts.IfLive != "" && opts.IfLive != base.Release {
		return release.Result{}, &release.MovedError{Want: opts.IfLive, Live: base.Release}
	}
	return t.activate(ctx, &base, release.RolledBack, m, r, opts.Meta)
}
