package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// gated publishes a few times, and then once more; that one does not get to its end
// before open is called.
func (e *engine) gated() (id job.ID, open func()) {
	e.t.Helper()
	stop := e.work()
	for i := range 3 {
		e.published(fmt.Sprintf("Edition %d.", i))
	}
	stop()
	reached, open := e.gate()
	e.again() // it knows of the three
	e.work()
	id = e.submitHandbook("The last edition.")
	<-reached
	return id, open
}

// What earlier jobs took tells when one will end, and when it takes too long.
func TestAJobIsExpectedToEnd(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	id, open := e.gated()
	var estimate *job.Estimate
	waitFor(t, "an estimate", func() bool {
		status, err := e.Get(t.Context(), id, job.StatusQuery{})
		require.NoError(t, err)
		estimate = status.Estimate
		return estimate != nil
	})
	require.Equal(t, 3, estimate.Jobs)
	require.False(t, estimate.Earliest.After(estimate.End) || estimate.Latest.Before(estimate.End))
	open()
	requireCompleted(t, e.ended(id))
	rec, err := record.NewStore(e.store.Documents()).Latest(t.Context(), id)
	require.NoError(t, err)
	require.NotNil(t, rec.Expected)
	require.Positive(t, rec.Expected.UsualFor(0))
	require.Greater(t, rec.Expected.LimitFor(0), rec.Expected.UsualFor(0))
	require.Nil(t, rec.Status.StalledAt)
	require.Nil(t, rec.Status.Estimate, "it has ended")
}

// TestRecordStall records the history of a job that took too long: more than a minute.
func TestRecordStall(t *testing.T) {
	if !*recordHistories {
		t.Skip("records only with -record")
	}
	e := newEngine(t)
	id, open := e.gated()
	require.Equal(t, "verify", e.awaitEvent(id, job.EventStalled).Step)
	open()
	status := e.ended(id)
	requireCompleted(t, status)
	require.NotNil(t, status.StalledAt)
	e.record("publish-stalled", status)
}
