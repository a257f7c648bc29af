package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/docjobs/docjobs/engine/calendar"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

// Rules are what the operator says about the use of a target.
type Rules struct {
	Tenants []string          // who may use it; everybody when empty
	Freezes calendar.Calendar // when publishes wait

	Approval bool          // every publish waits for an approval
	Others   bool          // by somebody else than the submitter
	Within   time.Duration // a publish that nobody approves so long fails; job.DefaultApproval when zero
}

// Live tells what is live on each target, and who may use it.
type Live map[string]Target

// Names implements [workflows.Targets].
func (l Live) Names(tenant string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if may := l[name].Rules.Tenants; len(may) == 0 || slices.Contains(may, tenant) {
			names = append(names, name)
		}
	}
	return names
}

// Address implements [workflows.Targets].
func (l Live) Address(name string) string { return l[name].URL }

// answerTime is how long a target may take to tell what is on it.
const answerTime = 20 * time.Second

// Live implements [workflows.Targets].
func (l Live) Live(ctx context.Context, name string) (job.ID, string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	head, err := l[name].Head(ctx)
	if err != nil {
		if errors.Is(err, release.ErrNoRelease) {
			return "", "", nil
		}
		return "", "", fmt.Errorf("asking target %s what is live on it: %w", name, err)
	}
	return job.ID(head.JobID), head.Key, nil
}

// Current implements [workflows.Targets].
func (l Live) Current(ctx context.Context, name string) (*job.TargetRelease, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	target := l[name]
	head, err := target.Head(ctx)
	if errors.Is(err, release.ErrNoRelease) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking target %s what is live on it: %w", name, err)
	}
	whole, err := target.Whole(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking target %s whether its release is whole: %w", name, err)
	}
	live := releaseOf(*head)
	live.Live, live.Mixed = true, !whole
	switches, err := target.History(ctx, 1)
	if err != nil {
		return nil, fmt.Errorf("reading the history of target %s: %w", name, err)
	}
	if len(switches) > 0 && switches[0].Release == head.ID {
		live.Since, live.By = &switches[0].At, job.ID(switches[0].JobID)
	}
	return &live, nil
}

// Approval implements [workflows.Targets].
func (l Live) Approval(name string) (always bool, rule job.ApprovalRule) {
	r := l[name].Rules
	within := r.Within
	if within == 0 {
		within = job.DefaultApproval
	}
	return r.Approval, job.ApprovalRule{Others: r.Others, Within: int64(within / time.Second)}
}

// Freeze implements [workflows.Targets].
func (l Live) Freeze(name string, now time.Time) *job.Freeze {
	freeze, _ := l[name].Rules.FreezeAt(now)
	return freeze
}

// Releases implements [workflows.Targets].
func (l Live) Releases(ctx context.Context, name string) ([]job.TargetRelease, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	held, err := l[name].Releases(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the releases of target %s: %w", name, err)
	}
	releases := make([]job.TargetRelease, len(held))
	for i, r := range held {
		releases[i] = releaseOf(r.Head)
		releases[i].Live = r.Live
	}
	return releases, nil
}

func releaseOf(h release.Head) job.TargetRelease {
	return job.TargetRelease{
		ID: h.ID, JobID: job.ID(h.JobID), Source: h.Source, Files: h.FileCount, Bytes: h.Bytes,
		CreatedAt: h.CreatedAt, Previous: h.Previous,
	}
}
