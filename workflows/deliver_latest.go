package workflows

import (
	"context"
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// DeliverLatest is the workflow that keeps what an endpoint shows of a job at the
// latest event: a message that is edited, the status of a commit. Deliveries come as
// signals and are sent one after another; one that is still being tried is left out
// for a later one. It ends when there is nothing to send, and is started again by the
// next event. waiting are deliveries that an earlier run has not come to.
func DeliverLatest(ctx workflow.Context, waiting []activities.Delivery) error {
	var a *activities.Notify
	signals := workflow.GetSignalChannel(ctx, SignalDelivery)
	for {
		for in := (activities.Delivery{}); signals.ReceiveAsync(&in); in = (activities.Delivery{}) {
			waiting = append(waiting, in)
		}
		if len(waiting) == 0 {
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, DeliverLatest, waiting)
		}
		slices.SortStableFunc(waiting, func(a, b activities.Delivery) int { return int(a.Event.Number - b.Event.Number) })
		newest := waiting[len(waiting)-1]
		for _, earlier := range waiting[:len(waiting)-1] {
			noting := workflow.WithActivityOptions(ctx, noteOptions())
			err := workflow.ExecuteActivity(noting, a.SupersedeDelivery, earlier).Get(ctx, nil)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil { // which is no reason not to send the newest
				workflow.GetLogger(ctx).Warn("the log of deliveries does not say that an event was left out", "job_id", earlier.Event.JobID, "error", err)
			}
		}
		waiting = nil
		sending, stop := workflow.WithCancel(ctx)
		sent := workflow.ExecuteActivity(workflow.WithActivityOptions(sending, deliverLatestOptions()), a.DeliverEvent, newest)
		workflow.NewSelector(ctx).AddFuture(sent, func(workflow.Future) {}).
			AddReceive(signals, func(c workflow.ReceiveChannel, _ bool) {
				var next activities.Delivery
				c.Receive(ctx, &next)
				waiting = append(waiting, next)
				stop()
			}).Select(ctx)
		err := sent.Get(ctx, nil)
		stop()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && len(waiting) > 0:
			waiting = append(waiting, newest) // which of them is the newest is seen above
		case err != nil:
			if err := delivered(ctx, newest, err); err != nil {
				workflow.GetLogger(ctx).Warn("an event is not told of", "job_id", newest.Event.JobID, "error", err)
			}
		}
	}
}

// latestID is the ID of the workflow that keeps an endpoint at the latest event of a
// job. It is no Job ID.
func latestID(id job.ID, endpoint string) string {
	return fmt.Sprintf("notify:%s:latest:%s", id, endpoint)
}

// QueueDelivery returns a function that gives a delivery to [DeliverLatest].
func QueueDelivery(c client.Client) func(context.Context, activities.Delivery) error {
	return func(ctx context.Context, in activities.Delivery) error {
		id := latestID(in.Event.JobID, in.Route.Endpoint)
		_, err := c.SignalWithStartWorkflow(ctx, id, SignalDelivery, in, client.StartWorkflowOptions{
			TaskQueue:             TaskQueue,
			WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			StaticSummary:         string(in.Event.JobID) + " on " + in.Route.Endpoint,
		}, DeliverLatest, nil)
		return err
	}
}
