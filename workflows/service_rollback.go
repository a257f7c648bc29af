package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// examineRollback finds the release that a rollback means, and fixes it.
func (s *Service) examineRollback(ctx context.Context, r *job.Rollback) error {
	if err := s.mayUse(ctx, r.Target); err != nil {
		return err
	}
	if err := mayOverride(ctx, r); err != nil {
		return err
	}
	if err := s.closed(ctx, r); err != nil {
		return err
	}
	releases, err := s.c.Targets.Releases(ctx, r.Target)
	if err != nil {
		return err
	}
	live := slices.IndexFunc(releases, func(t job.TargetRelease) bool { return t.Live })
	if live < 0 {
		return conflictOf(fmt.Sprintf("Nothing is live on target %s.", r.Target), "Publish to it first.")
	}
	r.From = releases[live].ID
	if r.Release, err = s.wanted(ctx, r, releases, releases[live]); err != nil {
		return err
	}
	return nil
}

// mayOverride refuses to override a lock to all but admins.
func mayOverride(ctx context.Context, r *job.Rollback) error {
	if !r.Override || job.CallerFrom(ctx).May(job.ScopeAdmin) {
		return nil
	}
	return &job.Error{
		Code: job.CodeForbidden, Cause: job.CauseRequest,
		Message: "Only an admin rolls a locked or frozen target back.",
		Hint:    "Ask somebody whose key has the scope admin, or who holds the lock.",
	}
}

// closed refuses to roll a locked or frozen target back.
func (s *Service) closed(ctx context.Context, r *job.Rollback) error {
	if r.Override {
		return nil
	}
	const hint = "An admin can roll it back all the same, with --force (\"override\": true)."
	state, err := s.targetState(ctx, r.Target)
	if err != nil {
		return err
	}
	if state.Lock != nil {
		return conflictOf(fmt.Sprintf("Target %s is locked%s: %s", r.Target, byWhom(state.Lock.By), state.Lock.Reason), hint)
	}
	if f := s.c.Targets.Freeze(r.Target, time.Now()); f != nil {
		return conflictOf(fmt.Sprintf("Target %s is frozen until %s: %s", r.Target, f.Until.Format("2006-01-02 15:04 MST"), f.Name), hint)
	}
	return nil
}

// wanted returns the release that is to be live.
func (s *Service) wanted(ctx context.Context, r *job.Rollback, releases []job.TargetRelease, live job.TargetRelease) (string, error) {
	to := r.To
	if to == "" {
		if to = live.Previous; to == "" {
			return "", conflictOf(fmt.Sprintf("The live release of target %s is the first one there.", r.Target), "There is nothing to go back to.")
		}
	}
	i := slices.IndexFunc(releases, func(t job.TargetRelease) bool { return t.ID == to || string(t.JobID) == to })
	if i >= 0 {
		return releases[i].ID, nil
	}
	hint := fmt.Sprintf("`docjobs targets %s` lists the releases that can be made live again.", r.Target)
	if r.To == "" {
		return "", conflictOf(fmt.Sprintf("The release before the live one, %s, has been removed from target %s.", to, r.Target), hint)
	}
	return "", job.Invalid(job.Fault{Field: "to", Message: s.whyMissing(ctx, r) + " " + hint})
}

// whyMissing says why the target does not hold the release that is wanted.
func (s *Service) whyMissing(ctx context.Context, r *job.Rollback) string {
	id, err := job.ParseID(r.To)
	if err != nil {
		return fmt.Sprintf("target %s holds no release %q.", r.Target, r.To)
	}
	rec, err := s.c.Records.Latest(ctx, id)
	if errors.Is(err, record.ErrNotFound) || err == nil && rec.Tenant != job.CallerFrom(ctx).Tenant {
		return fmt.Sprintf("there is no release of %s on target %s, and no such job has ended.", r.To, r.Target)
	}
	if err == nil && rec.Status.Release != nil && rec.Status.Release.Target == r.Target {
		return fmt.Sprintf("the release of %s has been removed from target %s.", r.To, r.Target)
	}
	return fmt.Sprintf("%s has released nothing to target %s.", r.To, r.Target)
}

// alreadyRolledBack answers a rollback to what is live: if a rollback has made it
// so, that is the one. What is not live as a whole can be made so.
func (s *Service) alreadyRolledBack(ctx context.Context, w *work) (*job.Receipt, error) {
	var r job.Rollback
	if w.kind != job.KindRollback || json.Unmarshal(w.params, &r) != nil || r.Release != r.From {
		return nil, nil
	}
	live, err := s.c.Targets.Current(ctx, w.target)
	if err != nil {
		return nil, err
	}
	if live != nil && live.Mixed {
		return nil, nil
	}
	if live != nil && live.By.Kind() == job.KindRollback {
		if v, err := s.load(ctx, live.By); err == nil {
			return known(v), nil
		}
	}
	return nil, conflictOf(fmt.Sprintf("Release %s is live on target %s already.", r.Release, r.Target), "There is nothing to roll back.")
}

// targetOf returns the target that the work changes, or "".
func targetOf(kind job.Kind, params json.RawMessage) string {
	var named struct {
		Target    string `json:"target"`
		CheckOnly bool   `json:"check_only"`
	}
	if kind != job.KindPublish && kind != job.KindRollback || json.Unmarshal(params, &named) != nil || named.CheckOnly {
		return ""
	}
	return named.Target
}

// conflictOf says that something is not possible at present, of no job in
// particular.
func conflictOf(message, hint string) *job.Error {
	return &job.Error{Code: job.CodeConflict, Cause: job.CauseRequest, Message: message, Hint: hint}
}
