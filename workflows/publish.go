package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// The steps of a publish job.
var (
	fetchStep   = stepPolicy{name: "fetch", queue: TaskQueueIO, longest: 15 * time.Minute, retry: patient}
	buildStep   = stepPolicy{name: "build", queue: TaskQueueCPU, longest: time.Hour, retry: brief}
	checkStep   = stepPolicy{name: "check", queue: TaskQueueCPU, longest: 30 * time.Minute, retry: brief}
	releaseStep = stepPolicy{name: "release", queue: TaskQueueIO, longest: 30 * time.Minute, retry: patient}
	verifyStep  = stepPolicy{name: "verify", queue: TaskQueueIO, longest: 15 * time.Minute, retry: patient}

	// externalStep waits for other people's servers; its own budget ends it long before.
	externalStep = stepPolicy{name: "external", queue: TaskQueueWeb, longest: 2 * time.Hour, retry: brief}

	publishSteps = []stepPolicy{fetchStep, buildStep, checkStep, releaseStep, verifyStep}
)

// publishStepsOf returns the steps that a publish takes.
func publishStepsOf(params *job.Publish) []stepPolicy {
	steps := []stepPolicy{fetchStep, buildStep, checkStep}
	if params.ChecksExternal() {
		steps = append(steps, externalStep)
	}
	if params.CheckOnly {
		return steps
	}
	if params.Approve {
		steps = append(steps, approveStep)
	}
	return append(steps, releaseStep, verifyStep)
}

// Publish is the workflow of a publish job: fetch the source, build the site,
// check its links, release it to the target, verify what readers get.
func Publish(ctx workflow.Context, start *record.Record, params *job.Publish) (*job.Status, error) {
	return live(ctx, start, func(ctx workflow.Context, l *lifecycle) error { return publish(ctx, l, params) })
}

func publish(ctx workflow.Context, l *lifecycle, params *job.Publish) error {
	defer cleanup(ctx, l)
	target := params.Target
	if params.CheckOnly {
		target = ""
	}
	return l.atTarget(ctx, target, func(ctx workflow.Context, s *stay) error { return publishTo(ctx, l, params, s) })
}

// publishTo asks for the turn at once, so that publishes go live in the order in
// which they were submitted, and needs it only for the release.
func publishTo(ctx workflow.Context, l *lifecycle, params *job.Publish, s *stay) error {
	var err error
	if params.Approve {
		err = l.takeVerdicts(ctx) // its turn comes when somebody has approved
	} else {
		err = s.enter(ctx)
	}
	if err != nil {
		return err
	}
	var a *activities.Publish
	source, err := step(ctx, l, fetchStep, a.Fetch, activities.FetchInput{Job: l.job(), Source: params.Source})
	if err != nil {
		return err
	}
	site, err := step(ctx, l, buildStep, a.Build, activities.BuildInput{
		Job: l.job(), Source: source.Source, Target: params.Target,
		Dir: params.Dir, Title: params.Title, Env: params.Env,
	})
	if err != nil {
		return err
	}
	checked, err := judgedStep(ctx, l, checkStep, a.Check, activities.CheckInput{
		Job: l.job(), Source: source.Source, Dir: params.Dir, Site: site.Site, Pages: site.Pages,
		Target: params.Target, Policy: params.Links, External: params.ChecksExternal(),
	}, brokenLinks(params))
	if err != nil {
		return err
	}
	if params.ChecksExternal() {
		_, err = judgedStep(ctx, l, externalStep, a.External, activities.ExternalInput{
			Job: l.job(), Source: source.Source, Pages: site.Pages, Links: checked.External,
		}, brokenExternal(params))
	}
	if err != nil || params.CheckOnly {
		return err
	}
	if params.Approve {
		if err := l.approve(ctx, params, site.Site); err != nil {
			return err
		}
	}
	released, err := release(ctx, l, params, s, site.Site)
	if err != nil {
		return err
	}
	l.released(ctx, released.Release)
	_, err = step(ctx, l, verifyStep, a.Verify, activities.VerifyInput{
		Job: l.job(), Site: site.Site, Release: released.Release,
	})
	return err
}

// release releases the site when it is the job's turn, unless something newer is
// live.
func release(ctx workflow.Context, l *lifecycle, params *job.Publish, s *stay, site artifact.TreeRef) (released activities.ReleaseResult, err error) {
	if err := s.await(ctx); err != nil {
		return released, err
	}
	var a *activities.Publish
	err = s.change(ctx, func() error {
		released, err = step(ctx, l, releaseStep, a.Release, activities.ReleaseInput{
			Job: l.job(), Tenant: l.rec.Tenant, Site: site, Target: params.Target, Asked: s.asked,
			Digest: releaseDigest(l.rec.Digest, &params.Source), Source: params.Source.String(),
		})
		if err == nil && (released.Newer || released.NewerLive != "") {
			return &supersededError{released.NewerLive}
		}
		return err
	})
	return released, err
}

// releaseDigest is the digest of the work whose release goes live: with files of its
// source replaced it is other work than what was submitted.
func releaseDigest(digest string, source *job.Source) string {
	if len(source.Replaced) == 0 {
		return digest
	}
	sum := sha256.Sum256([]byte(strings.Join(append([]string{digest}, source.Replaced...), " ")))
	return hex.EncodeToString(sum[:])
}

// brokenLinks says of a checked site whether the policy keeps it from being
// released.
func brokenLinks(params *job.Publish) func(activities.CheckResult) *job.Error {
	return func(checked activities.CheckResult) *job.Error {
		stopping := checked.Broken
		switch params.Links {
		case job.LinksWarn:
			return nil
		case job.LinksNew:
			stopping = checked.New
		}
		if stopping == 0 {
			return nil
		}
		message := checked.Summary + "; the site was not released."
		if params.CheckOnly {
			message = checked.Summary + "."
		}
		return &job.Error{
			Code:    job.CodeLinksBroken,
			Cause:   job.CauseContent,
			Message: message,
			File:    checked.First.File,
			Line:    checked.First.Line,
			Detail:  checked.First.Detail,
			Hint: "Mend the links listed in reports/links.html and publish again. What cannot be mended now can be " +
				"listed under links.ignore in docjobs.yaml; links: warn lets everything pass.",
		}
	}
}

// brokenExternal says of links to other sites whether the policy keeps the site
// from being released.
func brokenExternal(params *job.Publish) func(activities.ExternalResult) *job.Error {
	return func(r activities.ExternalResult) *job.Error {
		if r.Broken == 0 || params.External != job.ExternalFail {
			return nil
		}
		message := r.Summary + "; the site was not released."
		if params.CheckOnly {
			message = r.Summary + "."
		}
		return &job.Error{
			Code: job.CodeLinksBroken, Cause: job.CauseContent, Message: message,
			File: r.First.File, Line: r.First.Line, Detail: r.First.Detail,
			Hint: "Mend the links listed in reports/external.html and publish again. What cannot be mended now can be " +
				"listed under links.ignore in docjobs.yaml; external: report lets everything pass.",
		}
	}
}

// released keeps what went live.
func (l *lifecycle) released(ctx workflow.Context, r job.Release) {
	l.rec.Status.Release = &r
	l.rec.Add(job.Event{
		Type: job.EventReleased, At: workflow.Now(ctx), Step: releaseStep.name,
		Message: "Released to " + r.Target + ".", Release: &r,
	})
	l.tell(ctx)
}

// cleanup removes the job's temporary files, whatever became of it. If that
// fails the worker's own sweep does it later.
func cleanup(ctx workflow.Context, l *lifecycle) {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	ctx = workflow.WithActivityOptions(ctx, cleanupOptions())
	var a *activities.Publish
	if err := workflow.ExecuteActivity(ctx, a.Cleanup, l.job()).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("temporary files left to the sweep", "job_id", l.rec.Status.ID, "error", err)
	}
}
