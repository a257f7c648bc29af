package apitest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/docjobs/docjobs/job"
)

// newTargets returns the targets that every server has: "local" with two
// releases, and "locked", which is.
func newTargets() map[string]*job.Target {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	first := job.TargetRelease{
		ID: "publish-00000000000a.0123456789ab", JobID: "publish-00000000000a", Source: "handbook", Files: 11, Bytes: 4000,
		CreatedAt: at.Add(-48 * time.Hour),
	}
	second := job.TargetRelease{
		ID: "publish-00000000000b.0123456789ab", JobID: "publish-00000000000b", Source: "handbook", Files: 12, Bytes: 4200,
		CreatedAt: at.Add(-time.Hour), Previous: first.ID, Live: true,
	}
	live := second
	live.Since, live.By = &live.CreatedAt, live.JobID
	return map[string]*job.Target{
		"local":  {Name: "local", URL: "https://docs.example/", Live: &live, Releases: []job.TargetRelease{second, first}},
		"locked": {Name: "locked", URL: "https://locked.example/", Lock: &job.Lock{Reason: "incident 7", By: "ada", Since: at}},
	}
}

// Targets implements job.TargetService.
func (s *Server) Targets(context.Context) (*job.TargetList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := &job.TargetList{Targets: []job.Target{}}
	for _, name := range slices.Sorted(maps.Keys(s.targets)) {
		t := *s.targets[name]
		t.Releases = nil
		list.Targets = append(list.Targets, t)
	}
	return list, s.broken
}

// Target implements job.TargetService.
func (s *Server) Target(_ context.Context, name string) (*job.Target, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.target(name)
}

// target returns a copy of a target. s.mu is held.
func (s *Server) target(name string) (*job.Target, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	t := s.targets[name]
	if t == nil {
		return nil, &job.Error{Code: job.CodeNotFound, Cause: job.CauseRequest, Message: "There is no such target."}
	}
	found := *t
	return &found, nil
}

// LockTarget implements job.TargetService.
func (s *Server) LockTarget(_ context.Context, name, reason string) (*job.Target, error) {
	return s.setLock(name, &job.Lock{Reason: reason, By: "ada", Since: time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)})
}

// UnlockTarget implements job.TargetService.
func (s *Server) UnlockTarget(_ context.Context, name string) (*job.Target, error) {
	return s.setLock(name, nil)
}

func (s *Server) setLock(name string, lock *job.Lock) (*job.Target, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.target(name)
	if err != nil {
		return nil, err
	}
	if (t.Lock == nil) == (lock == nil) {
		return nil, &job.Error{Code: job.CodeConflict, Cause: job.CauseRequest, Message: "That is so already."}
	}
	s.targets[name].Lock, t.Lock = lock, lock
	return t, nil
}
