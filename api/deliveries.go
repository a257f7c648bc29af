package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/docjobs/docjobs/job"
)

// registerDeliveries adds the routes for what was sent about a job.
func (s *server) registerDeliveries(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/deliveries", "listDeliveries", "What was sent about a job, and what came of it",
		http.StatusOK, nil, http.StatusNotFound), s.deliveries)
	huma.Register(api, operation(http.MethodPost, "/v1/jobs/{id}/deliveries/{delivery}/redeliver", "redeliver", "Send it again",
		http.StatusAccepted, nil, http.StatusNotFound, http.StatusConflict), s.redeliver)
}

type deliveriesInput struct {
	ID string `path:"id" doc:"The Job ID."`
}

type deliveriesOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.DeliveryList
}

// deliveries answers what was sent about a job.
func (s *server) deliveries(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	list, err := s.Service.Deliveries(ctx, id)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	return &deliveriesOutput{CacheControl: noStore, Body: list}, nil
}

type redeliverInput struct {
	ID       string `path:"id" doc:"The Job ID."`
	Delivery string `path:"delivery" maxLength:"100" doc:"ID of the delivery: its webhook-id."`
}

type redeliverOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.Delivery
}

// redeliver sends a delivery again.
func (s *server) redeliver(ctx context.Context, in *redeliverInput) (*redeliverOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	d, err := s.Service.Redeliver(ctx, id, in.Delivery)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	return &redeliverOutput{CacheControl: noStore, Body: d}, nil
}
