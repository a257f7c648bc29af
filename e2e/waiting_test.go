package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/workflows"
)

// What a job waits for is told from what the server knows: that no worker is running,
// and how many tasks come first where workers are busy.
func TestWhatAJobWaitsFor(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	alone := e.submit(probe("alone"))
	status, err := e.Get(t.Context(), alone.ID, job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, job.StateQueued, status.State)
	require.NotNil(t, status.Waiting)
	require.Equal(t, job.WaitingWorker, status.Waiting.For)
	require.Contains(t, status.Waiting.Reason, "No worker is running")

	// A worker that takes the tasks of workflows, but has no room for transfers.
	busy := sdkworker.New(e.client, workflows.TaskQueue, sdkworker.Options{})
	workflows.Register(busy)
	busy.RegisterActivity(&activities.Records{Store: record.NewStore(e.store.Documents())})
	busy.RegisterActivity(&activities.Probe{})
	busy.RegisterActivity(&activities.Turns{Client: e.client, Queue: workflows.TaskQueue})
	require.NoError(t, busy.Start())
	requireCompleted(t, e.ended(alone.ID))

	var ids []job.ID
	for i := range 4 {
		s := e.publish(e.upload(handbook(fmt.Sprintf("Number %d.", i))), "")
		s.Params.(*job.Publish).CheckOnly = true
		ids = append(ids, e.submit(s).ID)
		waitFor(t, "the job waiting for a slot", func() bool {
			status, err := e.Get(t.Context(), ids[i], job.StatusQuery{})
			require.NoError(t, err)
			return status.Waiting != nil && status.Waiting.For == job.WaitingSlot
		})
	}
	first, err := e.Get(t.Context(), ids[0], job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, job.StateProcessing, first.State)
	require.Equal(t, job.StepQueued, first.Step("fetch").State)
	require.Equal(t, 1, first.Waiting.Position)
	var last *job.Status
	waitFor(t, "the server having counted", func() bool { // it does so every few seconds
		last, err = e.Get(t.Context(), ids[3], job.StatusQuery{})
		require.NoError(t, err)
		return last.Waiting.Position > 1
	})
	require.LessOrEqual(t, last.Waiting.Position, 4)
	require.Contains(t, last.Waiting.Reason, "All workers are busy; about ")

	busy.Stop()
	status, err = e.Get(t.Context(), ids[0], job.StatusQuery{})
	require.NoError(t, err)
	require.True(t, status.Stale)
	require.Equal(t, job.WaitingWorker, status.Waiting.For)

	e.work()
	for _, id := range ids {
		requireCompleted(t, e.ended(id))
	}
}
