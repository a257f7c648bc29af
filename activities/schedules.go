package activities

import (
	"context"

	"github.com/docjobs/docjobs/job"
)

// Jobs takes jobs and tells of them; a [job.Service] does.
type Jobs interface {
	Submit(ctx context.Context, s job.Submission) (*job.Receipt, error)
	Get(ctx context.Context, id job.ID, q job.StatusQuery) (*job.Status, error)
	List(ctx context.Context, f job.Filter) (*job.Page, error)
	Resubmit(ctx context.Context, id job.ID, r job.Resubmission) (*job.Status, error)
}

// Schedules is the group of activities behind schedules.
type Schedules struct{ Jobs Jobs }

// ScheduledRun is one run of a schedule.
type ScheduledRun struct {
	Tenant     string         `json:"tenant"`
	Schedule   string         `json:"schedule"`
	Key        string         `json:"key,omitempty"` // names the run, so that trying again starts no second job
	Submission job.Submission `json:"submission"`
	Job        job.ID         `json:"job,omitempty"` // once it is known
}

// caller is on whose behalf a run submits its job.
func (r ScheduledRun) caller(ctx context.Context) context.Context {
	return job.WithCaller(ctx, job.Caller{
		Tenant: r.Tenant, Name: r.Submission.Submitter, Scopes: []job.Scope{job.ScopeRead, job.ScopeSubmit},
	})
}

// SubmitScheduled submits the job of a run and returns its ID.
func (s *Schedules) SubmitScheduled(ctx context.Context, run ScheduledRun) (job.ID, error) {
	sub := run.Submission
	sub.IdempotencyKey = run.Key
	receipt, err := s.Jobs.Submit(run.caller(ctx), sub)
	if err != nil {
		return "", failure(classify(err))
	}
	return receipt.ID, nil
}

// ScheduledEnded reports whether the job of a run is over.
func (s *Schedules) ScheduledEnded(ctx context.Context, run ScheduledRun) (bool, error) {
	status, err := s.Jobs.Get(run.caller(ctx), run.Job, job.StatusQuery{})
	if job.CodeOf(err) == job.CodeNotFound || job.CodeOf(err) == job.CodeGone {
		return true, nil
	}
	if err != nil {
		return false, failure(classify(err))
	}
	return status.Ended(), nil
}
