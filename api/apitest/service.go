package apitest

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// Submit implements job.Service.
func (s *Server) Submit(ctx context.Context, in job.Submission) (*job.Receipt, error) {
	if err := in.Normalize(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, s.broken
	}
	id := identify(in)
	known := s.jobs[id]
	switch {
	case known != nil && in.IdempotencyKey != "" && !sameWork(known.submission, in):
		return nil, &job.Error{Code: job.CodeMismatch, Cause: job.CauseRequest, JobID: id,
			Message: "The Idempotency-Key was used for other content.", Hint: "Use a new key."}
	case in.DryRun:
		status := s.newAttempt(id, in, 1).status
		if p, many := in.Params.(*job.Resubmit); many {
			for _, e := range s.jobs {
				if matches(p.Filter, &e.newest().status) && e.newest().has(p.Filter) {
					status.Items.Total++
				}
			}
		}
		return &job.Receipt{Status: status, DryRun: true}, nil
	case known == nil:
		known = &entry{submission: in}
		s.jobs[id] = known
		s.order = append(s.order, id)
	case !known.newest().status.State.Repeatable():
		return &job.Receipt{Status: known.newest().status, Deduplicated: true}, nil
	}
	s.start(id, known)
	return &job.Receipt{Status: known.newest().status}, nil
}

// identify returns the ID of the work. A key names the work also where a fresh
// job is asked for, so that a request which is sent twice makes one job.
func identify(in job.Submission) job.ID {
	switch {
	case in.IdempotencyKey != "":
		return job.DeriveID(in.Kind(), job.DefaultTenant, "key", in.IdempotencyKey)
	case in.Force:
		return job.RandomID(in.Kind())
	}
	return job.DeriveID(in.Kind(), append([]string{job.DefaultTenant}, in.Params.Identity()...)...)
}

func sameWork(a, b job.Submission) bool {
	return a.Kind() == b.Kind() && slices.Equal(a.Params.Identity(), b.Params.Identity())
}

// start begins the next attempt. s.mu is held.
func (s *Server) start(id job.ID, e *entry) {
	e.attempts = append(e.attempts, s.newAttempt(id, e.submission, len(e.attempts)+1))
	s.changeEntry(id, e, func(*attempt) *job.Event {
		return &job.Event{Type: job.StateEvent(job.StateQueued)}
	})
}

func (s *Server) newAttempt(id job.ID, in job.Submission, number int) *attempt {
	params, _ := json.Marshal(in.Params) // parameters are made of strings
	return &attempt{status: job.Status{
		ID: id, Kind: in.Kind(), State: job.StateQueued, Attempt: number, Submitter: in.Submitter,
		Labels: in.Labels, Priority: in.Priority, Params: params, Summary: in.Params.Summary(),
		CreatedAt: s.clock, UpdatedAt: s.clock,
	}}
}

// find returns the job and one of its attempts. s.mu is held.
func (s *Server) find(id job.ID, number int) (*entry, *attempt, error) {
	if s.broken != nil {
		return nil, nil, s.broken
	}
	e := s.jobs[id]
	if e == nil || number > len(e.attempts) {
		return nil, nil, &job.Error{Code: job.CodeNotFound, Cause: job.CauseRequest, JobID: id,
			Message: "There is no such job.", Hint: "Look the Job ID up in the list of jobs."}
	}
	if number == 0 {
		return e, e.newest(), nil
	}
	return e, e.attempts[number-1], nil
}

// Get implements job.Service.
func (s *Server) Get(ctx context.Context, id job.ID, q job.StatusQuery) (*job.Status, error) {
	var over <-chan time.Time
	if q.Wait > 0 {
		timer := time.NewTimer(q.Wait)
		defer timer.Stop()
		over = timer.C
	}
	for {
		s.mu.Lock()
		_, a, err := s.find(id, q.Attempt)
		var status job.Status
		if err == nil {
			status = a.status
		}
		changed := s.changed
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if q.Wait == 0 || status.State.Terminal() {
			return &status, nil
		}
		select {
		case <-changed:
		case <-over:
			q.Wait = 0
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// List implements job.Service. The cursor is the number of jobs passed over.
func (s *Server) List(ctx context.Context, f job.Filter) (*job.Page, error) {
	skip, err := strconv.Atoi(f.Cursor)
	if f.Cursor != "" && (err != nil || skip < 0) {
		return nil, job.Invalid(job.Fault{Field: "cursor", Message: "is not one that a list has answered."})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, s.broken
	}
	limit := f.Limit
	if limit == 0 {
		limit = job.DefaultLimit
	}
	page, seen := &job.Page{Jobs: []job.Summary{}}, 0
	for _, id := range slices.Backward(s.order) {
		status := &s.jobs[id].newest().status
		if !matches(f, status) || !s.jobs[id].newest().has(f) {
			continue
		}
		if seen++; seen <= skip {
			continue
		}
		if len(page.Jobs) == limit {
			page.Next = strconv.Itoa(skip + limit)
			break
		}
		page.Jobs = append(page.Jobs, job.Summary{
			ID: id, Kind: status.Kind, State: status.State, Attempt: status.Attempt, Summary: status.Summary,
			Submitter: status.Submitter, Labels: status.Labels, CreatedAt: status.CreatedAt, FinishedAt: status.FinishedAt,
		})
		if f.Documents {
			page.Jobs[len(page.Jobs)-1].Documents = s.jobs[id].newest().items
		}
	}
	return page, nil
}

// has reports whether the attempt has the document and the error of the filter.
func (a *attempt) has(f job.Filter) bool {
	text := ""
	if a.status.Error != nil {
		text = a.status.Error.Message
	}
	return strings.Contains(strings.ToLower(text), strings.ToLower(f.Error)) &&
		(f.Document == "" && f.Version == "" || slices.ContainsFunc(a.items, func(item job.Item) bool {
			return (f.Document == "" || item.Document == f.Document) && strings.HasPrefix(item.SHA256, f.Version)
		}))
}

// Counts implements job.Service.
func (s *Server) Counts(ctx context.Context, f job.Filter) (*job.Counts, error) {
	counts := &job.Counts{States: map[job.State]int{}}
	for {
		page, err := s.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, j := range page.Jobs {
			counts.Total++
			counts.States[j.State]++
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return counts, nil
		}
	}
}

// History implements job.Service. It is one page.
func (s *Server) History(_ context.Context, q job.DocumentQuery) (*job.History, error) {
	if faults := q.Normalize(); len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, s.broken
	}
	history := &job.History{Document: q.Document, Jobs: []job.Happened{}}
	for _, id := range slices.Backward(s.order) {
		for _, a := range slices.Backward(s.jobs[id].attempts) {
			for _, item := range a.items {
				if item.Document == q.Document {
					history.Jobs = append(history.Jobs, job.Happened{
						JobID: id, Kind: a.status.Kind, Attempt: a.status.Attempt, JobState: a.status.State,
						Submitter: a.status.Submitter, CreatedAt: a.status.CreatedAt, FinishedAt: a.status.FinishedAt, Item: item,
					})
				}
			}
		}
	}
	return history, nil
}

func matches(f job.Filter, st *job.Status) bool {
	return (f.Kind == "" || f.Kind == st.Kind) && (len(f.States) == 0 || slices.Contains(f.States, st.State)) &&
		(f.Submitter == "" || f.Submitter == st.Submitter) && (f.Label == "" || slices.Contains(st.Labels, f.Label)) &&
		(f.Parent == "" || f.Parent == st.ID.Parent()) && strings.HasPrefix(string(st.ID), f.ID) &&
		(f.Since.IsZero() || !st.CreatedAt.Before(f.Since)) && (f.Until.IsZero() || st.CreatedAt.Before(f.Until))
}

// Items implements job.Service.
func (s *Server) Items(ctx context.Context, id job.ID, q job.ItemQuery) (*job.ItemPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, a, err := s.find(id, q.Attempt)
	if err != nil {
		return nil, err
	}
	if a.status.State == job.StateExpired {
		return nil, job.Gone(&a.status)
	}
	page := &job.ItemPage{Items: []job.Item{}}
	for _, item := range a.items {
		if q.State == "" || q.State == item.State {
			page.Items = append(page.Items, item)
		}
	}
	return page, nil
}

// Result implements job.Service.
func (s *Server) Result(ctx context.Context, id job.ID, number int) (*job.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, a, err := s.find(id, number)
	if err != nil {
		return nil, err
	}
	st := a.status
	switch {
	case st.State == job.StateExpired:
		return nil, job.Gone(&st)
	case !st.State.Terminal():
		return nil, &job.Error{Code: job.CodeConflict, JobID: id, Retryable: true, Message: "The job has not ended.", Hint: "Wait for it."}
	}
	return &job.Result{
		ID: id, Attempt: st.Attempt, State: st.State, FinishedAt: st.FinishedAt, ExpiresAt: st.ExpiresAt,
		Outputs: append([]job.Output{}, st.Outputs...), Items: st.Items, Error: st.Error,
	}, nil
}

// Cancel implements job.Service.
func (s *Server) Cancel(ctx context.Context, id job.ID, reason string) (*job.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, a, err := s.find(id, 0)
	if err != nil {
		return nil, err
	}
	if a.status.State.Terminal() {
		return nil, &job.Error{Code: job.CodeConflict, JobID: id, Message: "The job has ended already."}
	}
	s.changeEntry(id, e, func(a *attempt) *job.Event {
		now := s.clock
		a.status.State, a.status.FinishedAt = job.StateCancelled, &now
		return &job.Event{Type: job.StateEvent(job.StateCancelled), Message: reason}
	})
	status := a.status
	return &status, nil
}

// Resubmit implements job.Service.
func (s *Server) Resubmit(ctx context.Context, id job.ID, _ job.Resubmission) (*job.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, a, err := s.find(id, 0)
	if err != nil {
		return nil, err
	}
	if !a.status.State.Repeatable() {
		return nil, &job.Error{Code: job.CodeConflict, JobID: id, Message: "Only a job that did not complete can be repeated."}
	}
	s.start(id, e)
	status := e.newest().status
	return &status, nil
}
