package api

import (
	"context"

	"github.com/docjobs/docjobs/job"
)

// ApproveRequest is the body of a decision.
type ApproveRequest struct {
	_       struct{} `additionalProperties:"false"`
	Reject  bool     `json:"reject,omitempty" doc:"Decide against the release."`
	Comment string   `json:"comment,omitempty" maxLength:"1000" doc:"Why, for people to read."`
}

type approveInput struct {
	ID   string `path:"id" doc:"The Job ID."`
	Body *ApproveRequest
}

// approve decides on a job that waits for an approval.
func (s *server) approve(ctx context.Context, in *approveInput) (*jobOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	var verdict job.Verdict
	if in.Body != nil {
		verdict = job.Verdict{Reject: in.Body.Reject, Comment: in.Body.Comment}
	}
	st, err := s.Service.Approve(ctx, id, verdict)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	return s.jobAnswer(200, st), nil
}
