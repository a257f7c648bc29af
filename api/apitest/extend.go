package apitest

import (
	"context"

	"github.com/docjobs/docjobs/job"
)

// Extend implements job.Service.
func (s *Server) Extend(_ context.Context, id job.ID, e job.Extension) (*job.Status, error) {
	if faults := e.Normalize(); len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	entry, a, err := s.find(id, 0)
	if err != nil {
		return nil, err
	}
	switch {
	case a.status.State == job.StateExpired:
		return nil, job.Gone(&a.status)
	case !a.status.State.Terminal():
		return nil, &job.Error{Code: job.CodeConflict, Cause: job.CauseRequest, JobID: id, Message: "The job has not ended; its time begins then."}
	}
	s.changeEntry(id, entry, func(a *attempt) *job.Event {
		expires := s.clock.Add(Retention)
		switch {
		case e.Until != nil:
			expires = e.Until.UTC()
		case e.For != "":
			span, _ := job.ParseSpan(e.For) // which was checked
			expires = s.clock.Add(span)
		case *e.Pin:
			a.status.Pinned, a.status.ExpiresAt = true, nil
			return nil
		}
		a.status.Pinned, a.status.ExpiresAt = false, &expires
		return nil
	})
	status := a.status
	return &status, nil
}
