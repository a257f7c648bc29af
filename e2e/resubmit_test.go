package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// many is a submission that resubmits all jobs that the filter chooses.
func many(f job.Filter) job.Submission { return job.Submission{Params: &job.Resubmit{Filter: f}} }

// cancelled submits probes that are cancelled before any worker has them.
func (e *engine) cancelled(label string, n int) (ids []job.ID) {
	e.t.Helper()
	for i := range n {
		s := probe(fmt.Sprint(label, i))
		s.Labels = []string{label}
		id := e.submit(s).ID
		require.NoError(e.t, e.client.CancelWorkflow(e.t.Context(), string(id), ""))
		ids = append(ids, id)
	}
	return ids
}

// itemsOf returns the items of a job by their name.
func (e *engine) itemsOf(id job.ID) map[job.ID]job.Item {
	e.t.Helper()
	items := map[job.ID]job.Item{}
	for q := (job.ItemQuery{Limit: job.MaxLimit}); ; {
		page, err := e.Items(e.t.Context(), id, q)
		require.NoError(e.t, err)
		for _, item := range page.Items {
			items[job.ID(item.Document)] = item
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return items
		}
	}
}

func TestManyJobsAreResubmittedAtOnce(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	mine := e.cancelled("again", 8)
	other := e.cancelled("other", 1)[0]
	theirs := func() job.ID {
		s := probe("theirs")
		s.Labels = []string{"again"}
		r, err := e.Submit(job.WithCaller(t.Context(), job.Caller{Tenant: "them"}), s)
		require.NoError(t, err)
		require.NoError(t, e.client.CancelWorkflow(t.Context(), string(r.ID), ""))
		return r.ID
	}()
	stop := e.work()
	for _, id := range append(mine, other) {
		require.Equal(t, job.StateCancelled, e.ended(id).State)
	}
	f := job.Filter{Label: "again", States: []job.State{job.StateCancelled}}

	_, err := e.Submit(t.Context(), many(job.Filter{}))
	requireCode(t, job.CodeInvalid, err)
	dry := many(f)
	dry.DryRun = true
	receipt, err := e.Submit(t.Context(), dry)
	require.NoError(t, err)
	require.True(t, receipt.DryRun)
	require.Equal(t, 8, receipt.Items.Total)
	_, err = e.Get(t.Context(), receipt.ID, job.StatusQuery{})
	requireCode(t, job.CodeNotFound, err)

	first := e.ended(e.submit(many(f)).ID)
	require.Equal(t, job.StateCompleted, first.State)
	require.Equal(t, job.ItemCounts{Total: 8, Completed: 8}, first.Items)
	for _, id := range mine {
		status := e.ended(id)
		require.Equal(t, []any{job.StateCompleted, 2, first.ID}, []any{status.State, status.Attempt, status.ResubmittedIn})
		require.Equal(t, job.StepCompleted, e.itemsOf(first.ID)[id].State)
	}
	require.Equal(t, 1, e.ended(other).Attempt, "the filter does not choose it")
	foreign, err := e.Get(job.WithCaller(t.Context(), job.Caller{Tenant: "them"}), theirs, job.StatusQuery{Wait: 30 * time.Second})
	require.NoError(t, err)
	require.Equal(t, 1, foreign.Attempt, "another tenant's")

	t.Run("what runs is not started again", func(t *testing.T) {
		stop()
		for i := range 3 {
			s := probe(fmt.Sprint("running", i))
			s.Labels = []string{"running"}
			id := e.submit(s).ID
			require.NoError(t, e.client.TerminateWorkflow(t.Context(), string(id), "", "by force"))
			_, err := e.Get(t.Context(), id, job.StatusQuery{})
			require.NoError(t, err)
		}
		f := job.Filter{Label: "running"}
		one := e.submit(many(f))
		require.Equal(t, one.ID, e.submit(many(f)).ID, "while it runs, the same is the same job")
		e.work()
		require.Equal(t, 3, e.ended(one.ID).Items.Completed)
		two := e.submit(many(f))
		require.NotEqual(t, one.ID, two.ID, "afterwards it is new work")
		require.Equal(t, job.ItemCounts{}, e.ended(two.ID).Items, "nothing is failed any more")
		for _, id := range listed(t, e, f) {
			require.Equal(t, 2, e.ended(id).Attempt)
		}
	})
	t.Run("of the same attempt only once", func(t *testing.T) {
		asked := job.Resubmission{Attempt: 1, In: first.ID}
		status, err := e.Resubmit(t.Context(), mine[0], asked)
		require.NoError(t, err, "it was this job that did it")
		require.Equal(t, 2, status.Attempt)
		asked.In = "resubmit-0000000000000000"
		_, err = e.Resubmit(t.Context(), mine[0], asked)
		requireCode(t, job.CodeConflict, err)
	})
}

// TestResubmissionStopsInTheMiddle cancels a resubmit job once it has begun: it says how
// far it came, and the rest is as it was.
func TestResubmissionStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	const all = 400
	ids := e.cancelled("long", all)
	e.work()
	for _, id := range ids {
		e.ended(id)
	}
	id := e.submit(many(job.Filter{Label: "long", States: []job.State{job.StateCancelled}})).ID
	require.Eventually(t, func() bool {
		status, err := e.Get(t.Context(), id, job.StatusQuery{})
		require.NoError(t, err)
		return status.State.Terminal() || status.Step("resubmit").State == job.StepProcessing && status.Progress != nil && status.Progress.Done > 0
	}, time.Minute, 10*time.Millisecond)
	_, err := e.Cancel(t.Context(), id, "enough")
	require.NoError(t, err)
	status := e.ended(id)
	require.Equal(t, job.StateCancelled, status.State)
	require.Equal(t, all, status.Items.Total)
	require.NotZero(t, status.Items.Completed)
	require.Less(t, status.Items.Completed, all)
	started := 0
	for document, item := range e.itemsOf(id) {
		st, err := e.Get(t.Context(), document, job.StatusQuery{})
		require.NoError(t, err)
		require.Equal(t, item.State == job.StepCompleted, st.Attempt == 2, "%s is %s, and in attempt %d", document, item.State, st.Attempt)
		if st.Attempt == 2 {
			started++
		}
	}
	require.Equal(t, status.Items.Completed, started)
}

// TestResubmissionGoesOn stops the worker in the middle of a resubmit job. The next one
// begins anew, and starts nothing a second time.
func TestResubmissionGoesOn(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	const all = 150
	ids := e.cancelled("goes-on", all)
	stop := e.work()
	for _, id := range ids {
		e.ended(id)
	}
	id := e.submit(many(job.Filter{Label: "goes-on", States: []job.State{job.StateCancelled}})).ID
	require.Eventually(t, func() bool {
		status, err := e.Get(t.Context(), id, job.StatusQuery{})
		require.NoError(t, err)
		return status.State.Terminal() || status.Progress != nil && status.Progress.Unit == "jobs" && status.Step("resubmit").State == job.StepProcessing
	}, time.Minute, 10*time.Millisecond)
	stop()
	e.work()
	require.Equal(t, job.ItemCounts{Total: all, Completed: all}, e.ended(id).Items)
	for _, id := range ids {
		require.Equal(t, 2, e.ended(id).Attempt)
	}
}
