package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/docjobs/docjobs/job"
)

// registerSchedules adds the routes for jobs that are submitted again and again.
func (s *server) registerSchedules(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/v1/schedules", "listSchedules", "List schedules, by name",
		http.StatusOK, nil), s.schedules)
	huma.Register(api, operation(http.MethodPut, "/v1/schedules/{name}", "putSchedule", "Make or replace a schedule",
		http.StatusOK, func(op *huma.Operation) {
			op.MaxBodyBytes = maxSubmission + 1
			op.BodyReadTimeout = readHeaderTimeout
			op.SkipValidateBody = true // job.Submission knows its rules and names every fault
		}, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
		http.StatusBadGateway, http.StatusNotFound), s.putSchedule)
	huma.Register(api, operation(http.MethodGet, "/v1/schedules/{name}", "getSchedule", "One schedule, its next times and its last jobs",
		http.StatusOK, nil, http.StatusNotFound), s.schedule)
	huma.Register(api, operation(http.MethodDelete, "/v1/schedules/{name}", "deleteSchedule", "Remove a schedule",
		http.StatusNoContent, nil, http.StatusNotFound), s.deleteSchedule)
	huma.Register(api, operation(http.MethodPost, "/v1/schedules/{name}/run", "runSchedule", "Submit the job of a schedule now",
		http.StatusAccepted, nil, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadGateway), s.runSchedule)
}

type scheduleInput struct {
	Name string `path:"name" doc:"The name of the schedule." example:"nightly"`
}

type scheduleOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.Schedule
}

// ScheduleList is the answer to a request for all schedules.
type ScheduleList struct {
	Schedules []job.Schedule `json:"schedules"`
}

type schedulesOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         ScheduleList
}

// schedules answers all schedules of the caller's tenant.
func (s *server) schedules(ctx context.Context, _ *struct{}) (*schedulesOutput, error) {
	list, err := s.Schedules.Schedules(ctx)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	if list == nil {
		list = []job.Schedule{}
	}
	return &schedulesOutput{CacheControl: noStore, Body: ScheduleList{list}}, nil
}

type putScheduleInput struct {
	Name        string `path:"name" doc:"The name of the schedule: lower-case letters, digits and dashes." example:"nightly"`
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"application/json"`
}

// putSchedule makes a schedule or replaces it.
func (s *server) putSchedule(ctx context.Context, in *putScheduleInput) (*scheduleOutput, error) {
	spec, err := decodeSchedule(in)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	made, err := s.Schedules.PutSchedule(ctx, in.Name, *spec)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return &scheduleOutput{CacheControl: noStore, Body: made}, nil
}

// decodeSchedule reads what is to be submitted when.
func decodeSchedule(in *putScheduleInput) (*job.ScheduleSpec, error) {
	if !isJSON(in.ContentType) {
		return nil, badRequest(http.StatusUnsupportedMediaType, "A schedule is JSON.", "Send it with Content-Type: application/json.")
	}
	decoder := json.NewDecoder(bytes.NewReader(in.RawBody))
	decoder.DisallowUnknownFields()
	var spec job.ScheduleSpec
	err := decoder.Decode(&spec)
	var refused *job.Error
	switch {
	case errors.As(err, &refused):
		return nil, refused
	case err != nil:
		return nil, badRequest(http.StatusBadRequest, "The body of the request is no schedule.",
			"Send one JSON object with cron, time_zone and submission, encoded in UTF-8.")
	}
	return &spec, nil
}

// schedule answers one schedule.
func (s *server) schedule(ctx context.Context, in *scheduleInput) (*scheduleOutput, error) {
	found, err := s.Schedules.Schedule(ctx, in.Name)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return &scheduleOutput{CacheControl: noStore, Body: found}, nil
}

// deleteSchedule removes a schedule.
func (s *server) deleteSchedule(ctx context.Context, in *scheduleInput) (*struct{}, error) {
	if err := s.Schedules.DeleteSchedule(ctx, in.Name); err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return nil, nil
}

type runScheduleInput struct {
	Name string `path:"name" doc:"The name of the schedule." example:"nightly"`
	Key  string `header:"Idempotency-Key" doc:"Names this run: the same key finds the same job. A string, bare or in double quotes."`
}

// runSchedule submits the job of a schedule.
func (s *server) runSchedule(ctx context.Context, in *runScheduleInput) (*submitOutput, error) {
	key, err := parseIdempotencyKey(in.Key)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	receipt, err := s.Schedules.RunSchedule(ctx, in.Name, key)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return s.taken(receipt, time.Now()), nil
}
