package workflows

import (
	"context"
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// routes returns who is told of a job of the tenant that names these endpoints and is
// made for the commit.
func (s *Service) routes(tenant string, names []string, commit *job.Commit) ([]job.Route, error) {
	routes, err := s.c.Notify.Routes(tenant, names, commit)
	if err != nil {
		return nil, job.Invalid(job.Fault{Field: "notify", Message: err.Error() + "."})
	}
	return routes, nil
}

// commitOf returns the commit that a job is made for: the one that it names, or that
// of its source.
func commitOf(sub job.Submission) *job.Commit {
	if sub.Commit != nil {
		return sub.Commit
	}
	switch p := sub.Params.(type) {
	case *job.Publish:
		return p.Source.Commit()
	case *job.Convert:
		return p.Source.Commit()
	}
	return nil
}

// recovers reports whether the attempt after last makes up for one that failed.
func recovers(last *record.Record) bool {
	switch last.Status.Outcome() {
	case job.StateFailed, job.StatePartial:
		return true
	case job.StateCancelled:
		return last.Recovers
	}
	return false
}

// Deliveries implements [job.Service].
func (s *Service) Deliveries(ctx context.Context, id job.ID) (*job.DeliveryList, error) {
	if _, err := s.load(ctx, id); err != nil {
		return nil, err
	}
	found, err := s.c.Deliveries.List(ctx, id)
	if err != nil {
		return nil, unavailable(id, err)
	}
	return &job.DeliveryList{Deliveries: found}, nil
}

// Redeliver implements [job.Service]. A delivery that is being tried is begun
// anew, at once and with all its tries.
func (s *Service) Redeliver(ctx context.Context, id job.ID, delivery string) (*job.Delivery, error) {
	list, err := s.Deliveries(ctx, id)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(list.Deliveries, func(d job.Delivery) bool { return d.ID == delivery })
	if n < 0 {
		return nil, &job.Error{
			Code: job.CodeNotFound, Cause: job.CauseRequest, JobID: id, Message: "The job has no such delivery.",
			Hint: "`docjobs deliveries " + string(id) + "` lists those that there are.",
		}
	}
	d := &list.Deliveries[n]
	if !slices.Contains(s.c.Notify.Names(job.CallerFrom(ctx).Tenant), d.Endpoint) {
		return nil, &job.Error{
			Code: job.CodeConflict, Cause: job.CauseConfiguration, JobID: id,
			Message: fmt.Sprintf("The endpoint %s is no longer in the configuration.", d.Endpoint),
			Hint:    "Ask the operator to put it back.",
		}
	}
	_, err = s.c.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       deliveryID(id, d.Event, d.Endpoint),
		TaskQueue:                TaskQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING,
		StaticSummary:            d.Type + " to " + d.Endpoint + " again",
	}, Deliver, activities.Delivery{
		Route: job.Route{Endpoint: d.Endpoint, Latest: s.c.Notify.ShowsLatest(d.Endpoint), Commit: d.Commit}, Again: true,
		Event: job.Event{Number: d.Event, Type: d.Type, JobID: id, Attempt: d.Attempt},
	})
	if err != nil {
		return nil, temporalError(id, err)
	}
	d.State = job.DeliveryPending
	return d, nil
}
