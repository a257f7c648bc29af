package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/docjobs/docjobs/job"
)

// registerTargets adds the routes for targets.
func (s *server) registerTargets(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/v1/targets", "listTargets", "The targets that the caller may use",
		http.StatusOK, nil), s.targets)
	huma.Register(api, operation(http.MethodGet, "/v1/targets/{target}", "getTarget", "One target, and the releases that it holds",
		http.StatusOK, nil, http.StatusNotFound), s.target)
	huma.Register(api, operation(http.MethodPost, "/v1/targets/{target}/lock", "lockTarget", "Let publishes wait",
		http.StatusOK, func(op *huma.Operation) {
			op.MaxBodyBytes = maxSubmission
			needs(job.ScopeApprove)(op)
		}, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity), s.lockTarget)
	huma.Register(api, operation(http.MethodPost, "/v1/targets/{target}/unlock", "unlockTarget", "Let publishes go on",
		http.StatusOK, needs(job.ScopeApprove), http.StatusNotFound, http.StatusConflict), s.unlockTarget)
}

type targetsOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.TargetList
}

// targets answers what there is to release to.
func (s *server) targets(ctx context.Context, _ *struct{}) (*targetsOutput, error) {
	list, err := s.Service.Targets(ctx)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return &targetsOutput{CacheControl: noStore, Body: list}, nil
}

type targetInput struct {
	Target string `path:"target" doc:"Name of the target." example:"local"`
}

type targetOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.Target
}

// targetAnswer returns the answer that shows the target.
func (s *server) targetAnswer(ctx context.Context, t *job.Target, err error) (*targetOutput, error) {
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return &targetOutput{CacheControl: noStore, Body: t}, nil
}

func (s *server) target(ctx context.Context, in *targetInput) (*targetOutput, error) {
	t, err := s.Service.Target(ctx, in.Target)
	return s.targetAnswer(ctx, t, err)
}

// LockRequest is the body of a request to lock a target.
type LockRequest struct {
	_      struct{} `additionalProperties:"false"`
	Reason string   `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, for people to read."`
}

type lockInput struct {
	Target string `path:"target" doc:"Name of the target." example:"local"`
	Body   LockRequest
}

func (s *server) lockTarget(ctx context.Context, in *lockInput) (*targetOutput, error) {
	t, err := s.Service.LockTarget(ctx, in.Target, in.Body.Reason)
	return s.targetAnswer(ctx, t, err)
}

func (s *server) unlockTarget(ctx context.Context, in *targetInput) (*targetOutput, error) {
	t, err := s.Service.UnlockTarget(ctx, in.Target)
	return s.targetAnswer(ctx, t, err)
}
