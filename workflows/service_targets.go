package workflows

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/job"
)

// mayUse refuses a target that there is not, or not for this caller.
func (s *Service) mayUse(ctx context.Context, target string) error {
	names := s.c.Targets.Names(job.CallerFrom(ctx).Tenant)
	if slices.Contains(names, target) {
		return nil
	}
	return job.Invalid(job.Fault{Field: "target", Message: fmt.Sprintf(
		"there is no target %q; the targets are: %s.", target, strings.Join(names, ", "))})
}

// Targets implements [job.TargetService].
func (s *Service) Targets(ctx context.Context) (*job.TargetList, error) {
	list := &job.TargetList{Targets: []job.Target{}}
	for _, name := range s.c.Targets.Names(job.CallerFrom(ctx).Tenant) {
		t, err := s.targetNow(ctx, name)
		if err != nil {
			return nil, err
		}
		list.Targets = append(list.Targets, *t)
	}
	return list, nil
}

// Target implements [job.TargetService].
func (s *Service) Target(ctx context.Context, name string) (*job.Target, error) {
	if s.mayUse(ctx, name) != nil {
		return nil, &job.Error{
			Code: job.CodeNotFound, Cause: job.CauseRequest, Message: fmt.Sprintf("There is no target %q.", name),
			Hint: "`docjobs targets` lists the targets that there are.",
		}
	}
	t, err := s.targetNow(ctx, name)
	if err != nil || t.Problem != "" {
		return t, err
	}
	t.Releases, err = s.c.Targets.Releases(ctx, name)
	return t, err
}

// targetNow tells of a target. One that cannot be read does not keep others from
// being told of.
func (s *Service) targetNow(ctx context.Context, name string) (*job.Target, error) {
	t := &job.Target{Name: name, URL: s.c.Targets.Address(name)}
	live, err := s.c.Targets.Current(ctx, name)
	if err != nil {
		t.Problem = "The target cannot be read just now."
	}
	t.Live = live
	return t, ctx.Err()
}

// LockTarget implements [job.TargetService].
func (s *Service) LockTarget(ctx context.Context, name, reason string) (*job.Target, error) {
	return nil, conflictOf("Targets cannot be locked yet.", "")
}

// UnlockTarget implements [job.TargetService].
func (s *Service) UnlockTarget(ctx context.Context, name string) (*job.Target, error) {
	return nil, conflictOf("Targets cannot be locked yet.", "")
}
