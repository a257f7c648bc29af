package activities

import (
	"context"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

// RollbackInput is the input of [Publish.Rollback].
type RollbackInput struct {
	Job
	Target  string `json:"target"`
	Release string `json:"release"` // that is to be live
	From    string `json:"from"`    // that was live when the rollback was asked for
}

// The stages of a rollback, in the order of their logs.
var (
	rollingBack    = stage{1, "release"}
	verifyingAgain = stage{2, "verify"}
)

// verifyAfterRollback bounds how many files are fetched after a rollback, which is
// wanted quickly.
const verifyAfterRollback = 100

// Rollback makes a release live that is on the target. To repeat it is safe.
func (p *Publish) Rollback(ctx context.Context, in RollbackInput) (ReleaseResult, error) {
	return perform(ctx, p.Store, in.Job, rollingBack, func(ctx context.Context, t *task) (r ReleaseResult, err error) {
		target, err := p.target(in.Target)
		if err != nil {
			return r, err
		}
		result, err := target.Rollback(ctx, release.RollbackOptions{
			Meta: release.Meta{JobID: string(in.ID), Attempt: in.Attempt}, Release: in.Release, IfLive: in.From,
		})
		if err != nil {
			return r, err
		}
		r = t.released(target, in.Target, result)
		r.Release.New, r.Release.Previous, r.Release.ReleasedAt = 0, result.Replaced, time.Now().UTC()
		if result.Outcome == release.Switched {
			r.Summary = withWarnings("live instead of "+result.Replaced, result.Warnings)
		}
		return r, nil
	})
}

// VerifyRollbackInput is the input of [Publish.VerifyRollback].
type VerifyRollbackInput struct {
	Job
	Release job.Release `json:"release"`
}

// VerifyRollback looks whether readers get the release that was made live again.
func (p *Publish) VerifyRollback(ctx context.Context, in VerifyRollbackInput) (VerifyResult, error) {
	return perform(ctx, p.Store, in.Job, verifyingAgain, func(ctx context.Context, t *task) (r VerifyResult, err error) {
		target, err := p.target(in.Release.Target)
		if err != nil {
			return r, err
		}
		manifest, err := target.Manifest(ctx, in.Release.ID)
		if err != nil {
			return r, err
		}
		files := make([]artifact.File, len(manifest.Files))
		for i, f := range manifest.Files {
			files[i] = artifact.File{Path: f.Path, Size: f.Size, SHA256: f.SHA256}
		}
		r.Summary, err = p.verify(ctx, t, target, in.Release.ID, files, verifyAfterRollback)
		return r, err
	})
}
