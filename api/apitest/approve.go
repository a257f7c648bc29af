package apitest

import (
	"context"
	"time"

	"github.com/docjobs/docjobs/job"
)

// AwaitApproval lets the job wait for an approval, with files as its outputs.
func (s *Server) AwaitApproval(id job.ID, files map[string]string) {
	s.change(id, func(a *attempt) *job.Event {
		now := s.clock
		a.status.State = job.StateAwaitingApproval
		a.status.Approval = &job.Approval{
			Since: now, Deadline: now.Add(7 * 24 * time.Hour), Preview: job.PreviewPath(id), Address: "https://docs.example/",
			Changes: job.Changes{PagesAdded: 1, PagesChanged: 2, Added: []string{"new/index.html"}, Broken: []string{"/gone/"}, LinksBroken: 1},
		}
		a.addOutputs(s, files)
		return &job.Event{Type: job.StateEvent(job.StateAwaitingApproval)}
	})
}

// Approve implements job.Service.
func (s *Server) Approve(_ context.Context, id job.ID, v job.Verdict) (*job.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, a, err := s.find(id, 0)
	if err != nil {
		return nil, err
	}
	if a.status.State != job.StateAwaitingApproval {
		return nil, &job.Error{Code: job.CodeConflict, Cause: job.CauseRequest, JobID: id, Message: "The job does not wait for an approval."}
	}
	s.changeEntry(id, e, func(a *attempt) *job.Event {
		approval := *a.status.Approval
		approval.Decision = &job.Decision{Approved: !v.Reject, By: "grace", Comment: v.Comment, At: s.clock}
		a.status.Approval, a.status.State = &approval, job.StateProcessing
		if v.Reject {
			now := s.clock
			a.status.State, a.status.FinishedAt = job.StateFailed, &now
			return &job.Event{Type: job.EventRejected, Message: v.Comment}
		}
		return &job.Event{Type: job.EventApproved, Message: v.Comment}
	})
	status := a.status
	return &status, nil
}
