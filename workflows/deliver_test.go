package workflows

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// telling lets the job tell these routes, and returns what deliveries it starts, as
// "endpoint type" with a "!" for those that wait for the job's end.
func (b *bench) telling() *[]string {
	b.RegisterActivity(&activities.Notify{})
	b.OnActivity("DeliverEvent", mock.Anything, mock.Anything).Return(nil).Maybe()
	b.OnActivity("SettleEvent", mock.Anything, mock.Anything).Return(activities.Settled{}, nil).Maybe()
	var started []string
	b.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, args converter.EncodedValues) {
		var in activities.Delivery
		require.NoError(b.t, args.Get(&in))
		text := in.Route.Endpoint + " " + in.Event.Type
		if in.RunID != "" {
			text += "!"
		}
		require.Equal(b.t, fmt.Sprintf("notify:%s:%d:%s", in.Event.JobID, in.Event.Number, in.Route.Endpoint), info.WorkflowExecution.ID)
		require.True(b.t, in.Event.Error == nil || in.Event.Error.Detail == "")
		started = append(started, text)
	})
	return &started
}

func TestAJobTellsOfItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	started := b.telling()
	rec := publishRecord(job.LinksNew)
	rec.Notify = []job.Route{{Endpoint: "ops"}, {Endpoint: "late", Events: []string{"step.failed", "job.completed"}}}
	b.run(rec)
	require.NoError(t, b.GetWorkflowError())
	require.ElementsMatch(t, []string{
		"ops job.queued", "ops job.processing", "ops publish.released", "ops job.completed!", "late job.completed!",
	}, *started)
}

func TestAFailureAndItsRecoveryAreTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	started := b.telling()
	rec := publishRecord(job.LinksNew)
	rec.Notify = []job.Route{{Endpoint: "ops", Events: []string{"step.failed", "job.failed", "job.recovered", "job.completed"}}}
	b.answers("Build", activityError(&job.Error{Code: job.CodeBuildFailed, Message: "It broke.", Detail: "long"})).Once()
	failed := b.run(rec)
	require.ElementsMatch(t, []string{"ops step.failed", "ops job.failed!"}, *started)
	require.True(t, recovers(failed))

	b = newBenchWith(t, b.records)
	started = b.telling()
	next := workOf(failed).newRecord(failed.Status.ID, failed)
	next.Notify = rec.Notify
	done := b.run(next)
	require.NoError(t, b.GetWorkflowError())
	require.ElementsMatch(t, []string{"ops job.recovered!", "ops job.completed!"}, *started)
	require.Equal(t, job.StateCompleted, done.Status.State)
	types := eventTypes(done)
	require.Equal(t, []string{"job.recovered", "job.completed"}, types[len(types)-2:])
}

// A cancel may come while the deliveries of the completion are being started. Then
// the job is cancelled, and what was started finds that in the record.
func TestACancelWhileTheEndIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	started := b.telling()
	rec := publishRecord(job.LinksNew)
	rec.Notify = []job.Route{{Endpoint: "ops", Events: []string{"job.completed", "job.cancelled"}}}
	b.OnWorkflow(Deliver, mock.Anything, mock.Anything).Return(func(workflow.Context, activities.Delivery) error {
		b.CancelWorkflow()
		return nil
	})
	done := b.run(rec)
	require.True(t, temporal.IsCanceledError(b.GetWorkflowError()))
	require.Equal(t, job.StateCancelled, done.Status.State)
	require.Equal(t, []string{"ops job.completed!"}, *started, "the same number is told once")
}

func TestADeliveryTellsWhatTheRecordSays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterActivity(&activities.Notify{})
	cancelled := job.Event{Number: 7, Type: "job.cancelled"}
	b.OnActivity("SettleEvent", mock.Anything, mock.Anything).Return(activities.Settled{Event: &cancelled}, nil).Once()
	b.OnActivity("DeliverEvent", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.Delivery) error {
		require.Equal(t, "job.cancelled", in.Event.Type)
		return nil
	}).Once()
	b.ExecuteWorkflow(Deliver, activities.Delivery{RunID: "r", Event: job.Event{Number: 7, Type: "job.completed"}})
	require.NoError(t, b.GetWorkflowError())
	b.AssertExpectations(t)
}

func TestADeliveryIsGivenUpAfterTenTries(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterActivity(&activities.Notify{})
	begun := b.Now()
	b.OnActivity("DeliverEvent", mock.Anything, mock.Anything).Return(temporal.NewApplicationError("away", activities.ErrorNotDelivered)).Times(10)
	b.OnActivity("GiveUpDelivery", mock.Anything, mock.Anything).Return(nil).Once()
	b.ExecuteWorkflow(Deliver, activities.Delivery{Event: job.Event{Number: 7}})
	require.ErrorContains(t, b.GetWorkflowError(), "away")
	b.AssertExpectations(t)
	days := b.Now().Sub(begun).Hours() / 24
	require.Greater(t, days, 2.5)
	require.Less(t, days, 3.5)
}

func TestADeliveryToWhatIsGoneEndsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterActivity(&activities.Notify{})
	gone := temporal.NewNonRetryableApplicationError("gone", activities.ErrorEndpointGone, nil)
	b.OnActivity("DeliverEvent", mock.Anything, mock.Anything).Return(gone).Once()
	b.ExecuteWorkflow(Deliver, activities.Delivery{Event: job.Event{Number: 7}})
	require.Error(t, b.GetWorkflowError())
	b.AssertExpectations(t)
}

// latest runs DeliverLatest with these events signalled at these times, and returns
// what was sent and left out, in order. sent answers each try.
func latest(t *testing.T, events map[time.Duration][]int64, sent func(event int64) error) (calls []string) {
	t.Helper()
	b := newBench(t)
	b.RegisterActivity(&activities.Notify{})
	b.OnActivity("DeliverEvent", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.Delivery) error {
		calls = append(calls, fmt.Sprintf("send %d", in.Event.Number))
		return sent(in.Event.Number)
	})
	for name, what := range map[string]string{"SupersedeDelivery": "leave", "GiveUpDelivery": "give up"} {
		b.OnActivity(name, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.Delivery) error {
			calls = append(calls, fmt.Sprintf("%s %d", what, in.Event.Number))
			return nil
		}).Maybe()
	}
	for after, numbers := range events {
		b.RegisterDelayedCallback(func() {
			for _, n := range numbers {
				b.SignalWorkflow(SignalDelivery, activities.Delivery{Event: job.Event{Number: n}})
			}
		}, after)
	}
	b.ExecuteWorkflow(DeliverLatest, nil)
	require.NoError(t, b.GetWorkflowError())
	return calls
}

// A history that gets long goes on in the next one, with what waits.
func TestDeliveriesGoOnInANewRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterActivity(&activities.Notify{})
	b.SetContinueAsNewSuggested(true)
	b.RegisterDelayedCallback(func() { b.SignalWorkflow(SignalDelivery, activities.Delivery{Event: job.Event{Number: 2}}) }, 0)
	b.ExecuteWorkflow(DeliverLatest, []activities.Delivery{{Event: job.Event{Number: 1}}})
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, b.GetWorkflowError(), &next)
	var waiting []activities.Delivery
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &waiting))
	require.Len(t, waiting, 2)
}

func TestOnlyTheLatestEventIsSent(t *testing.T) {
	t.Parallel()
	taken := func(int64) error { return nil }
	require.Equal(t, []string{"send 1"}, latest(t, map[time.Duration][]int64{0: {1}}, taken))
	require.Equal(t, []string{"leave 1", "leave 2", "send 3"}, latest(t, map[time.Duration][]int64{0: {3, 1, 2}}, taken))
}

// What cannot be sent for now gives way to what comes later, and not to what comes late.
func TestAnEventGivesWayToALaterOne(t *testing.T) {
	t.Parallel()
	away := func(event int64) error {
		if event == 4 {
			return nil
		}
		return temporal.NewApplicationError("away", activities.ErrorNotDelivered)
	}
	require.Equal(t, []string{"send 2", "leave 1", "send 2", "leave 2", "send 4"},
		latest(t, map[time.Duration][]int64{0: {2}, time.Second: {1}, 2 * time.Second: {4}}, away))
}

func TestTheLatestEventIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	calls := latest(t, map[time.Duration][]int64{0: {1}}, func(int64) error { return temporal.NewApplicationError("away", activities.ErrorNotDelivered) })
	require.Len(t, calls, 11)
	require.Equal(t, "give up 1", calls[10])
}

// That the log of deliveries cannot be written keeps nothing from being sent.
func TestTheLatestEventIsSentWithoutTheLog(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterActivity(&activities.Notify{})
	b.OnActivity("SupersedeDelivery", mock.Anything, mock.Anything).Return(temporal.NewNonRetryableApplicationError("the disk is full", "x", nil)).Once()
	b.OnActivity("DeliverEvent", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.Delivery) error {
		require.EqualValues(t, 2, in.Event.Number)
		return nil
	}).Once()
	b.ExecuteWorkflow(DeliverLatest, []activities.Delivery{{Event: job.Event{Number: 1}}, {Event: job.Event{Number: 2}}})
	require.NoError(t, b.GetWorkflowError())
	b.AssertExpectations(t)
}

// An endpoint that shows what a job has come to is told through the workflow for that.
func TestADeliveryIsQueued(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterActivity(&activities.Notify{})
	b.OnActivity("QueueDelivery", mock.Anything, mock.Anything).Return(nil).Once()
	b.ExecuteWorkflow(Deliver, activities.Delivery{Event: job.Event{Number: 7}, Route: job.Route{Latest: true}})
	require.NoError(t, b.GetWorkflowError())
	b.AssertExpectations(t)
}
