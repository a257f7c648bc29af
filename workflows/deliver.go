package workflows

import (
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// Deliver is the workflow that tells one endpoint of one event, for as many days
// as that takes. A job starts one for every event that somebody wants to be told
// of, and does not wait for it.
func Deliver(ctx workflow.Context, in activities.Delivery) error {
	var a *activities.Notify
	if in.RunID != "" {
		var settled activities.Settled
		settling := workflow.WithActivityOptions(ctx, settleOptions())
		if err := workflow.ExecuteActivity(settling, a.SettleEvent, in).Get(ctx, &settled); err != nil {
			return err
		}
		if settled.Event == nil {
			return nil
		}
		in.Event, in.Items = *settled.Event, settled.Items
	}
	if in.Route.Latest {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, noteOptions()), a.QueueDelivery, in).Get(ctx, nil)
	}
	sent := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, deliverOptions()), a.DeliverEvent, in)
	return delivered(ctx, in, sent.Get(ctx, nil))
}

// delivered notes that a delivery which ended with err is tried no more.
func delivered(ctx workflow.Context, in activities.Delivery, err error) error {
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	var refused *temporal.ApplicationError
	if errors.As(err, &refused) && refused.Type() == activities.ErrorEndpointGone {
		return err
	}
	var a *activities.Notify
	giving := workflow.WithActivityOptions(ctx, noteOptions())
	return errors.Join(err, workflow.ExecuteActivity(giving, a.GiveUpDelivery, in).Get(ctx, nil))
}

// deliveryID is the ID of the workflow that delivers. It is no Job ID.
func deliveryID(id job.ID, event int64, endpoint string) string {
	return fmt.Sprintf("notify:%s:%d:%s", id, event, endpoint)
}

// notifier starts the deliveries of a job's events. The zero value is that of a job
// of which nobody wants to be told: it does nothing.
type notifier struct {
	seen     int64           // number of the last event that was looked at
	started  map[string]bool // by workflow ID, those of the events that end the job
	starting []workflow.Future
}

// tell starts the deliveries of the events since the last time. They go on when the
// job is cancelled, and when it has ended.
func (l *lifecycle) tell(ctx workflow.Context) {
	if len(l.rec.Notify) == 0 {
		return
	}
	for _, e := range l.rec.Events {
		if e.Number <= l.told.seen {
			continue
		}
		l.told.seen = e.Number
		for _, route := range l.rec.Notify {
			if route.Wants(e.Type) {
				l.deliver(ctx, route, e, l.rec, "")
			}
		}
	}
}

// tellEnd starts the deliveries of the events that end the job as in final, and
// waits until all deliveries are started: Temporal starts none after the job has
// closed. Should the job end otherwise in the meantime, they find that in the
// record.
func (l *lifecycle) tellEnd(ctx workflow.Context, final *record.Record) error {
	for _, e := range final.Events {
		if e.Number <= l.told.seen {
			continue
		}
		for _, route := range final.Notify {
			id := deliveryID(e.JobID, e.Number, route.Endpoint)
			if route.Wants(e.Type) && !l.told.started[id] {
				if l.told.started == nil {
					l.told.started = map[string]bool{}
				}
				l.told.started[id] = true
				l.deliver(ctx, route, e, final, final.RunID)
			}
		}
	}
	for _, started := range l.told.starting {
		if err := started.Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Warn("an event is not told of", "job_id", final.Status.ID, "error", err)
		}
	}
	l.told.starting = nil
	return ctx.Err()
}

// deliver starts the delivery of one event.
func (l *lifecycle) deliver(ctx workflow.Context, route job.Route, e job.Event, rec *record.Record, runID string) {
	status := &rec.Status
	delivery := deliver(ctx, activities.Delivery{
		Route: route, Event: activities.Told(e), RunID: runID, Items: status.Items,
		Summary: job.Summary{Kind: status.Kind, Submitter: status.Submitter, Labels: status.Labels, Summary: status.Summary},
	}, temporal.Priority{PriorityKey: status.Priority, FairnessKey: rec.Tenant})
	l.told.starting = append(l.told.starting, delivery.GetChildWorkflowExecution())
}

// deliver starts the workflow that tells an endpoint of an event, and that outlives
// the one that starts it.
func deliver(ctx workflow.Context, d activities.Delivery, priority temporal.Priority) workflow.ChildWorkflowFuture {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            deliveryID(d.Event.JobID, d.Event.Number, d.Route.Endpoint),
		TaskQueue:             TaskQueue,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         d.Event.Type + " to " + d.Route.Endpoint,
		Priority:              priority,
	})
	return workflow.ExecuteChildWorkflow(ctx, Deliver, d)
}
