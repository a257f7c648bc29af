package apitest

import (
	"context"

	"github.com/docjobs/docjobs/job"
)

// DeliveryID is the ID of the one delivery that every job has: of its first event,
// to the endpoint "ops", which did not take it.
const DeliveryID = "msg_0000000000000001"

// Deliveries implements job.DeliveryService.
func (s *Server) Deliveries(_ context.Context, id job.ID) (*job.DeliveryList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.delivery(id)
	if err != nil {
		return nil, err
	}
	return &job.DeliveryList{Deliveries: []job.Delivery{*d}}, nil
}

// Redeliver implements job.DeliveryService.
func (s *Server) Redeliver(_ context.Context, id job.ID, delivery string) (*job.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.delivery(id)
	if err != nil {
		return nil, err
	}
	if delivery != DeliveryID {
		return nil, &job.Error{Code: job.CodeNotFound, Cause: job.CauseRequest, JobID: id, Message: "The job has no such delivery."}
	}
	d.State = job.DeliveryPending
	return d, nil
}

// delivery returns the delivery of a job. s.mu is held.
func (s *Server) delivery(id job.ID) (*job.Delivery, error) {
	e, _, err := s.find(id, 0)
	if err != nil {
		return nil, err
	}
	first := e.events[0]
	return &job.Delivery{
		ID: DeliveryID, JobID: id, Attempt: 1, Event: 1, Type: first.Type, Endpoint: "ops",
		State: job.DeliveryFailed, CreatedAt: first.At, Body: "{}",
		Tries: []job.Try{{
			At: first.At, URL: "https://ops.example/hook", Status: 503, Answer: "later",
			Error: "The endpoint answered 503 Service Unavailable.", Took: 0.25,
		}},
	}, nil
}
