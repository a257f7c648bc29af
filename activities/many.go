package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// Many is the group of activities that do something with many jobs.
type Many struct {
	Jobs  Jobs
	Store *artifact.Store
}

// OnBehalf says for whom something is done with jobs.
type OnBehalf struct {
	Job
	Tenant    string `json:"tenant"`
	Submitter string `json:"submitter,omitempty"`
}

func (o OnBehalf) caller(ctx context.Context) context.Context {
	return job.WithCaller(ctx, job.Caller{Tenant: o.Tenant, Name: o.Submitter, Scopes: []job.Scope{job.ScopeRead, job.ScopeSubmit}})
}

// The steps of a job that resubmits others.
var (
	selecting    = stage{1, "select"}
	resubmitting = stage{2, "resubmit"}
)

// SelectInput is the input of [Many.SelectJobs].
type SelectInput struct {
	OnBehalf
	Filter job.Filter `json:"filter"`
}

// SelectResult is the result of [Many.SelectJobs].
type SelectResult struct {
	Outcome
	Jobs artifact.Ref `json:"jobs"` // JSON lines, newest first
}

// A selected job is one that was chosen, as it was then.
type selected struct {
	ID      job.ID    `json:"id"`
	Attempt int       `json:"attempt"`
	State   job.State `json:"state"`
}

// SelectJobs lists the jobs that the filter chooses now. A list that may lack some is
// not taken.
func (m *Many) SelectJobs(ctx context.Context, in SelectInput) (SelectResult, error) {
	return perform(ctx, m.Store, in.Job, selecting, func(ctx context.Context, t *task) (r SelectResult, err error) {
		var found []selected
		in.Filter.Limit = job.MaxLimit
		for {
			page, err := m.Jobs.List(in.caller(ctx), in.Filter)
			if err != nil {
				return r, err
			}
			if page.Behind != "" {
				return r, incomplete(page.Behind)
			}
			for _, j := range page.Jobs {
				if j.ID != in.ID {
					found = append(found, selected{j.ID, j.Attempt, j.State})
				}
			}
			if len(found) > job.MaxResubmit {
				return r, tooMany()
			}
			t.report(int64(len(found)), 0, "jobs")
			if in.Filter.Cursor = page.Next; page.Next == "" {
				break
			}
		}
		r.Summary = count(len(found), "job")
		r.Items = &job.ItemCounts{Total: len(found)}
		r.Jobs, err = putLines(ctx, m.Store, found)
		return r, err
	})
}

func incomplete(behind string) error {
	return &job.Error{
		Code: job.CodeUnavailable, Cause: job.CauseService, Retryable: true,
		Message: "Which jobs there are is not certain at the moment. " + behind, Hint: "It is tried again by itself.",
	}
}

func tooMany() error {
	return &job.Error{
		Code: job.CodeTooLarge, Cause: job.CauseRequest,
		Message: fmt.Sprintf("The filter chooses more than %d jobs; none was resubmitted.", job.MaxResubmit),
		Hint:    "Add conditions, such as a kind or a range of time.",
	}
}

// ResubmitInput is the input of [Many.ResubmitJobs].
type ResubmitInput struct {
	OnBehalf
	Jobs artifact.Ref `json:"jobs"`
	Only job.Only     `json:"only,omitempty"`
}

// ResubmitResult is the result of [Many.ResubmitJobs].
type ResubmitResult struct {
	Outcome
}

// oneResubmit bounds how long one job takes to be resubmitted. Whoever cancels waits for it.
const oneResubmit = 5 * time.Second

// Bounds of what goes wrong with jobs one after another.
const (
	maxInARow = 5 // jobs, after which it is the world that is broken, and not they
	maxFaults = 3 // tries of one job
)

// ResubmitJobs starts the next attempt of each selected job, of those that are as they
// were when they were selected. Tried again, it finds what it has started and starts it
// no second time. When it is cancelled, it says how far it came. A job that cannot be
// resubmitted although others can is left out as failed.
func (m *Many) ResubmitJobs(ctx context.Context, in ResubmitInput) (ResubmitResult, error) {
	return perform(ctx, m.Store, in.Job, resubmitting, func(ctx context.Context, t *task) (r ResubmitResult, err error) {
		jobs, err := getLines[selected](ctx, m.Store, in.Jobs)
		if err != nil {
			return r, err
		}
		items := make([]job.Item, len(jobs))
		counts := job.ItemCounts{Total: len(jobs)}
		inARow := 0
		for i, j := range jobs {
			items[i] = job.Item{Document: string(j.ID), State: job.StepCancelled}
			for try := 1; items[i].State == job.StepCancelled; try++ {
				if ctx.Err() != nil {
					if !temporal.IsCanceledError(context.Cause(ctx)) {
						return r, ctx.Err() // the next try goes on
					}
					break
				}
				err := m.resubmit(ctx, t, in, j, &items[i])
				switch {
				case err == nil:
					inARow = 0
				case try < maxFaults:
					t.log.Warn("Tried again: "+err.Error(), "item", j.ID)
				case inARow+1 == min(maxInARow, len(jobs)):
					return r, err
				default:
					inARow++
					items[i].State, items[i].Error = job.StepFailed, cannotResubmit(j.ID, err)
					t.log.Warn("Left out: "+err.Error(), "item", j.ID)
				}
			}
			switch items[i].State {
			case job.StepCompleted:
				counts.Completed++
			case job.StepSkipped:
				counts.Skipped++
			case job.StepFailed:
				counts.Failed++
			}
			t.report(int64(i+1), int64(len(jobs)), "jobs")
		}
		r.Items, r.Summary = &counts, fmt.Sprintf("%s resubmitted, %d skipped", count(counts.Completed, "job"), counts.Skipped)
		if counts.Failed > 0 {
			r.Summary += fmt.Sprintf(", %d failed", counts.Failed)
		}
		if left := counts.Total - counts.Completed - counts.Skipped - counts.Failed; left > 0 {
			r.Summary += fmt.Sprintf(", %d left as they were", left)
		}
		r.Outputs, err = m.list(context.WithoutCancel(ctx), items)
		return r, err
	})
}

// cannotResubmit is why one job among others was left out.
func cannotResubmit(id job.ID, err error) *job.Error {
	return &job.Error{
		Code: job.CodeUnavailable, Cause: job.CauseService, JobID: id, Retryable: true,
		Message: "The job could not be resubmitted, while others could.", Hint: "Resubmit it by its ID.", Detail: err.Error(),
	}
}

// resubmit resubmits one job and says in its item what came of it. An error is one of
// the world, after which it is tried again.
func (m *Many) resubmit(ctx context.Context, t *task, in ResubmitInput, j selected, item *job.Item) error {
	if j.ID.Kind() == job.KindResubmit {
		item.State, item.Error = job.StepSkipped, &job.Error{
			Code: job.CodeConflict, Cause: job.CauseRequest, JobID: j.ID, Message: "It resubmits other jobs itself.", Hint: "Resubmit it by its ID.",
		}
		return nil
	}
	calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), oneResubmit) // nobody shall have to guess whether it was
	defer cancel()
	_, err := m.Jobs.Resubmit(in.caller(calling), j.ID, job.Resubmission{Only: in.Only, Attempt: j.Attempt, In: in.ID})
	var refused *job.Error
	switch {
	case err == nil:
		item.State = job.StepCompleted
		t.log.Info("Resubmitted.", "item", j.ID)
		return nil
	case errors.As(err, &refused) && !refused.Retryable:
		item.State, item.Error = job.StepSkipped, refused
		t.log.Warn("Skipped: "+refused.Message, "item", j.ID)
		return nil
	}
	return err
}

// list puts out what became of each job.
func (m *Many) list(ctx context.Context, items []job.Item) ([]job.Output, error) {
	ref, err := putLines(ctx, m.Store, items)
	if err != nil {
		return nil, err
	}
	return []job.Output{{Path: job.ItemsPath, MediaType: linesType, SHA256: ref.SHA256, Size: ref.Size}}, nil
}
