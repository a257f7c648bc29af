package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// One tenant has queued hundreds of jobs when another submits a single one: that does
// not stand behind them all.
func TestASingleJobDoesNotWaitForAnotherTenantsQueue(t *testing.T) {
	t.Parallel()
	const queued = 200
	e := newEngine(t)
	crowd := job.WithCaller(limited(t, 3*time.Minute), job.Caller{Tenant: "crowd", Scopes: []job.Scope{job.ScopeSubmit}})
	single := job.WithCaller(limited(t, 3*time.Minute), job.Caller{Tenant: "single", Scopes: []job.Scope{job.ScopeSubmit}})
	ids := make([]job.ID, queued)
	for i := range ids {
		receipt, err := e.Submit(crowd, probe(fmt.Sprintf("crowd %d", i)))
		require.NoError(t, err)
		ids[i] = receipt.ID
	}
	mine, err := e.Submit(single, probe("single"))
	require.NoError(t, err)
	e.work()

	status, err := e.Get(single, mine.ID, job.StatusQuery{Wait: job.MaxWait})
	require.NoError(t, err)
	require.Equal(t, job.StateCompleted, status.State)
	began, before := beganAt(status), 0
	for _, id := range ids {
		status, err := e.Get(crowd, id, job.StatusQuery{Wait: job.MaxWait})
		require.NoError(t, err)
		require.Equal(t, job.StateCompleted, status.State)
		if beganAt(status).Before(began) {
			before++
		}
	}
	t.Logf("%d of %d jobs began before it", before, queued)
	require.Less(t, before, queued/4)
}

// beganAt returns when a worker first had the job.
func beganAt(status *job.Status) time.Time {
	for _, t := range status.Transitions {
		if t.State == job.StateProcessing {
			return t.At
		}
	}
	return time.Time{}
}
