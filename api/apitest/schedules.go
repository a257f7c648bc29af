package apitest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

var _ job.Scheduler = (*Server)(nil)

// scheduleKey tells the schedules of tenants apart.
func scheduleKey(ctx context.Context, name string) string {
	return job.CallerFrom(ctx).Tenant + "." + name
}

// PutSchedule implements [job.Scheduler]. The time never comes.
func (s *Server) PutSchedule(ctx context.Context, name string, spec job.ScheduleSpec) (*job.Schedule, error) {
	if err := job.NormalizeSchedule(name, &spec); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	made := job.Schedule{Name: name, ScheduleSpec: spec, Next: []time.Time{s.clock.Add(24 * time.Hour)}}
	s.schedules[scheduleKey(ctx, name)] = made
	return &made, nil
}

// Schedule implements [job.Scheduler].
func (s *Server) Schedule(ctx context.Context, name string) (*job.Schedule, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.schedules[scheduleKey(ctx, name)]
	if !ok {
		return nil, job.NoSchedule(name)
	}
	return &found, nil
}

// Schedules implements [job.Scheduler].
func (s *Server) Schedules(ctx context.Context) (list []job.Schedule, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(s.schedules)) {
		if strings.HasPrefix(key, scheduleKey(ctx, "")) {
			list = append(list, s.schedules[key])
		}
	}
	return list, nil
}

// DeleteSchedule implements [job.Scheduler].
func (s *Server) DeleteSchedule(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.schedules[scheduleKey(ctx, name)]; !ok {
		return job.NoSchedule(name)
	}
	delete(s.schedules, scheduleKey(ctx, name))
	return nil
}

// RunSchedule implements [job.Scheduler].
func (s *Server) RunSchedule(ctx context.Context, name, key string) (*job.Receipt, error) {
	found, err := s.Schedule(ctx, name)
	if err != nil {
		return nil, err
	}
	sub := found.Submission
	s.mu.Lock()
	sub.IdempotencyKey = key
	if key == "" {
		sub.IdempotencyKey = fmt.Sprintf("run %d of %s", len(s.order), name)
	}
	s.mu.Unlock()
	sub.Labels = append(slices.Clone(sub.Labels), job.ScheduleLabel(name))
	return s.Submit(ctx, sub)
}
