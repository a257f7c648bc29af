package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/docjobs/docjobs/job"
)

// jobOutput is an answer that is a job resource.
type jobOutput struct {
	Status            int
	Location          string `header:"Location"`
	RetryAfter        string `header:"Retry-After" doc:"Seconds after which to ask again, while the job has not ended."`
	Sunset            string `header:"Sunset" doc:"When the artifacts are deleted (RFC 8594)."`
	PreferenceApplied string `header:"Preference-Applied"`
	CacheControl      string `header:"Cache-Control" hidden:"true"`
	Body              Job
}

// jobAnswer returns the answer that shows the job.
func (s *server) jobAnswer(code int, st *job.Status) *jobOutput {
	header := headerOf(st, time.Now())
	return &jobOutput{
		Status: code, RetryAfter: header.retryAfter, Sunset: header.sunset, CacheControl: noStore,
		Body: Job{Status: *st, Links: s.links(st)},
	}
}

const noStore = "no-store"

type getInput struct {
	ID      string `path:"id" doc:"The Job ID." example:"publish-3f9k2m7qx1ab4c5d"`
	Attempt int    `query:"attempt" minimum:"1" doc:"Which attempt; the newest when left out."`
	Prefer  string `header:"Prefer" doc:"wait=N answers when the job has ended, or after N seconds, 60 at most (RFC 7240)." example:"wait=30"`
}

// get answers where a job stands, at once or when it has ended.
func (s *server) get(ctx context.Context, in *getInput) (*jobOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	wait, waits := preferredWait(in.Prefer)
	ctx, cancel := untilClosing(ctx)
	defer cancel()
	st, err := s.Service.Get(ctx, id, job.StatusQuery{Attempt: in.Attempt, Wait: wait})
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	out := s.jobAnswer(http.StatusOK, st)
	if waits {
		out.PreferenceApplied = "wait=" + strconv.Itoa(int(wait/time.Second))
	}
	return out, nil
}

type itemsInput struct {
	ID      string `path:"id" doc:"The Job ID."`
	Attempt int    `query:"attempt" minimum:"1" doc:"Which attempt; the newest when left out."`
	State   string `query:"state" enum:"queued,processing,completed,failed,cancelled,skipped" doc:"Only items in this state."`
	Cursor  string `query:"cursor" doc:"The member \"next\" of the page before."`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" doc:"Items on a page; 50 when left out."`
}

type itemsOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.ItemPage
}

// items answers one page of the documents of a job.
func (s *server) items(ctx context.Context, in *itemsInput) (*itemsOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	page, err := s.Service.Items(ctx, id, job.ItemQuery{
		Attempt: in.Attempt, State: job.StepState(in.State), Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	if page.Items == nil {
		page.Items = []job.Item{}
	}
	return &itemsOutput{CacheControl: noStore, Body: page}, nil
}

type attemptInput struct {
	ID      string `path:"id" doc:"The Job ID."`
	Attempt int    `query:"attempt" minimum:"1" doc:"Which attempt; the newest when left out."`
}

type resultOutput struct {
	Sunset       string `header:"Sunset" doc:"When the artifacts are deleted (RFC 8594)."`
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.Result
}

// result answers the manifest of what an ended attempt left behind.
func (s *server) result(ctx context.Context, in *attemptInput) (*resultOutput, error) {
	r, err := s.findResult(ctx, in)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	if r.Outputs == nil {
		r.Outputs = []job.Output{}
	}
	out := &resultOutput{CacheControl: noStore, Body: r}
	if r.ExpiresAt != nil {
		out.Sunset = r.ExpiresAt.UTC().Format(http.TimeFormat)
	}
	return out, nil
}

// findResult returns the result of an attempt. While the job runs, the error
// says when to ask again.
func (s *server) findResult(ctx context.Context, in *attemptInput) (*job.Result, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	r, err := s.Service.Result(ctx, id, in.Attempt)
	var e *job.Error
	if errors.As(err, &e) && e.Code == job.CodeConflict {
		p := newProblem(e)
		p.Retryable = true
		p.setHeader("Retry-After", s.askAgain(ctx, id))
		return nil, p
	}
	return r, err
}

// askAgain returns the Retry-After for a running job.
func (s *server) askAgain(ctx context.Context, id job.ID) string {
	if st, err := s.Service.Get(ctx, id, job.StatusQuery{}); err == nil && !st.Ended() {
		return headerOf(st, time.Now()).retryAfter
	}
	return strconv.Itoa(minRetryAfter)
}

// CancelRequest is the body of a request to cancel, which may be left out.
type CancelRequest struct {
	_      struct{} `additionalProperties:"false"`
	Reason string   `json:"reason,omitempty" maxLength:"1000" doc:"Why, for people to read."`
}

type cancelInput struct {
	ID   string `path:"id" doc:"The Job ID."`
	Body *CancelRequest
}

// cancel stops a job. It answers 202 if the job has not stopped yet.
func (s *server) cancel(ctx context.Context, in *cancelInput) (*jobOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	var reason string
	if in.Body != nil {
		reason = in.Body.Reason
	}
	st, err := s.Service.Cancel(ctx, id, reason)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	if st.Ended() {
		return s.jobAnswer(http.StatusOK, st), nil
	}
	return s.jobAnswer(http.StatusAccepted, st), nil
}

// ResubmitRequest is the body of a request to resubmit, which may be left out.
type ResubmitRequest struct {
	_       struct{} `additionalProperties:"false"`
	Replace string   `json:"replace,omitempty" maxLength:"80" doc:"An upload whose files take the place of those at the same paths of the source."`
	Only    string   `json:"only,omitempty" enum:"failed,all" doc:"What is done again: what failed or was not done, which is the default, or everything."`
}

type resubmitInput struct {
	ID   string `path:"id" doc:"The Job ID."`
	Body *ResubmitRequest
}

// resubmit starts the next attempt of a job that did not complete.
func (s *server) resubmit(ctx context.Context, in *resubmitInput) (*jobOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	var how job.Resubmission
	if in.Body != nil {
		how.Replace, how.Only = in.Body.Replace, job.Only(in.Body.Only)
	}
	st, err := s.Service.Resubmit(ctx, id, how)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	out := s.jobAnswer(http.StatusAccepted, st)
	out.Location = jobPath(id)
	return out, nil
}
