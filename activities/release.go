package activities

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// ReleaseInput is the input of [Publish.Release].
type ReleaseInput struct {
	Job
	Tenant string           `json:"tenant,omitempty"` // of the job: others' jobs are not named to it
	Site   artifact.TreeRef `json:"site"`
	Target string           `json:"target"`
	Digest string           `json:"digest"`         // of the job's work; kept in the release's manifest
	Source string           `json:"source"`         // what the site was built from, for people
	Asked  time.Time        `json:"asked,omitzero"` // when the attempt was started; what was asked for later is newer
}

// ReleaseResult is the result of [Publish.Release].
type ReleaseResult struct {
	Outcome
	Release   job.Release `json:"release"`
	Newer     bool        `json:"newer,omitempty"`      // a newer release is live; then nothing was done
	NewerLive job.ID      `json:"newer_live,omitempty"` // the job whose release that is, unless it is another tenant's
}

// Release makes the built site live on the target. To repeat it is safe: the
// release's name follows from job and content.
func (p *Publish) Release(ctx context.Context, in ReleaseInput) (ReleaseResult, error) {
	return perform(ctx, p.Store, in.Job, releasing, func(ctx context.Context, t *task) (ReleaseResult, error) {
		target, err := p.target(in.Target)
		if err != nil {
			return ReleaseResult{}, err
		}
		tree, err := p.Store.Trees().Get(ctx, in.Site)
		if err != nil {
			return ReleaseResult{}, err
		}
		if newer := newerLive(ctx, target, in); newer != "" {
			r := ReleaseResult{Newer: true}
			r.Summary = "not released: what is live is newer"
			if p.belongsTo(ctx, newer, in.Tenant) {
				r.NewerLive = newer
				r.Summary = "not released: what " + string(newer) + " released is newer"
			}
			t.log.Warn(r.Summary)
			return r, nil
		}
		result, err := target.Publish(ctx, storedSite{p.Store, tree}, release.Meta{
			JobID: string(in.ID), Attempt: in.Attempt, Key: in.Digest, Source: in.Source, Asked: in.Asked,
		}, func(done, total int64) { t.report(done, total, "files") })
		if err != nil {
			return ReleaseResult{}, err
		}
		t.prune(ctx, target)
		if err := p.forgetBaselines(ctx, in.Target, target, time.Now()); err != nil {
			t.log.Warn("Old results of link checks could not be removed: " + err.Error())
		}
		return t.released(target, in.Target, result), nil
	})
}

// newerLive returns the job whose release is live and was asked for after this one,
// or "". Turns keep that from happening; this holds also where they were lost.
func newerLive(ctx context.Context, target Target, in ReleaseInput) job.ID {
	head, err := target.Head(ctx)
	if err != nil || in.Asked.IsZero() || head.JobID == string(in.ID) || !head.AskedAt.After(in.Asked) {
		return ""
	}
	return job.ID(head.JobID)
}

// belongsTo reports whether the job has a record and it is the tenant's.
func (p *Publish) belongsTo(ctx context.Context, id job.ID, tenant string) bool {
	rec, err := record.NewStore(p.Store.Documents()).Latest(ctx, id)
	return err == nil && rec.Tenant == tenant
}

// DefaultKeep is how many releases of a target stay, to go back to.
const DefaultKeep = 20

// prune removes the oldest releases of a target. That it fails is no reason to
// fail a job whose site is live; the next release tries again.
func (t *task) prune(ctx context.Context, target Target) {
	keep := target.Keep
	if keep.Keep == 0 {
		keep.Keep = DefaultKeep
	}
	keep.JobID = string(t.job.ID)
	releases, err := target.Releases(ctx)
	if err == nil && len(releases) > keep.Keep {
		var pruned release.PruneReport
		pruned, err = target.Prune(ctx, keep)
		t.log.Info(fmt.Sprintf("Removed %s, %s.", count(len(pruned.Releases), "old release"), size(pruned.Bytes)))
	}
	if err != nil {
		t.log.Warn("Old releases could not be removed: " + err.Error())
	}
}

// withWarnings adds to a summary that something did not work out although the site is
// live.
func withWarnings(summary string, warnings []string) string {
	if len(warnings) == 0 {
		return summary
	}
	return summary + "; " + count(len(warnings), "warning") + ", see the log"
}

// released tells what came of a release.
func (t *task) released(target Target, name string, result release.Result) ReleaseResult {
	r := ReleaseResult{Release: job.Release{
		ID: result.ID, Target: name, URL: target.URL, Files: result.FileCount, Bytes: result.Bytes,
		New: result.NewFiles, Previous: result.Previous, ReleasedAt: result.CreatedAt,
	}}
	r.Summary = fmt.Sprintf("%s, %d of them new", count(result.FileCount, "file"), result.NewFiles)
	switch result.Outcome {
	case release.AlreadyLive:
		r.Summary = "was live already"
	case release.Mended:
		r.Summary = "was live, and is whole again"
	case release.Superseded:
		r.Summary = "was live and has been replaced by a later release"
	}
	t.log.Info(fmt.Sprintf("Release %s: %s.", result.ID, r.Summary), "url", target.URL)
	for _, warning := range result.Warnings {
		t.log.Warn(warning)
	}
	r.Summary = withWarnings(r.Summary, result.Warnings)
	return r
}

// storedSite is a built site in the artifact store, as a source of a release.
type storedSite struct {
	store *artifact.Store
	tree  *artifact.Tree
}

// Files implements [release.Source].
func (s storedSite) Files() []release.File {
	files := make([]release.File, len(s.tree.Files))
	for i, f := range s.tree.Files {
		files[i] = release.File{Path: f.Path, Size: f.Size, SHA256: f.SHA256}
	}
	return files
}

// Open implements [release.Source].
func (s storedSite) Open(ctx context.Context, f release.File) (io.ReadCloser, error) {
	return s.store.Open(ctx, artifact.Ref{SHA256: f.SHA256, Size: f.Size})
}
