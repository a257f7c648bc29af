package e2e_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/workflows"
)

// listed returns the IDs of the jobs that the filter chooses.
func listed(t *testing.T, s job.Service, f job.Filter) (ids []job.ID) {
	t.Helper()
	for {
		page, err := s.List(t.Context(), f)
		require.NoError(t, err)
		require.Empty(t, page.Behind)
		for _, j := range page.Jobs {
			ids = append(ids, j.ID)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return ids
		}
	}
}

// another returns a service as another process has it: with an index of its own.
func (e *engine) another() *workflows.Service {
	e.t.Helper()
	config := e.config()
	config.Index = e.index()
	return workflows.NewService(config)
}

// TestWhoSubmitsFindsTheJobInTheNextList asks for a list after each of many submissions,
// of the process that took the job and of another one. Temporal's own lists lag behind.
func TestWhoSubmitsFindsTheJobInTheNextList(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	other := e.another()
	submit := func(n int) job.ID {
		s := probe(fmt.Sprint("next", n))
		s.Labels = []string{"next"}
		return e.submit(s).ID
	}
	var ids []job.ID
	for n := range 100 {
		if n == 50 {
			e.work() // until now they are queued, then they come and go
		}
		ids = append(ids, submit(n))
		for _, s := range []job.Service{e, other} {
			page, err := s.List(t.Context(), job.Filter{Label: "next", Limit: 1})
			require.NoError(t, err)
			require.Len(t, page.Jobs, 1)
			require.Equal(t, ids[n], page.Jobs[0].ID, "submission %d", n)
		}
	}
	for _, id := range ids {
		e.ended(id)
	}
	for _, s := range []job.Service{e, other, e.another()} {
		require.Len(t, listed(t, s, job.Filter{States: []job.State{job.StateCompleted}, Label: "next", Limit: 7}), 100)
		counts, err := s.Counts(t.Context(), job.Filter{Label: "next"})
		require.NoError(t, err)
		require.Equal(t, map[job.State]int{job.StateCompleted: 100}, counts.States, "as soon as it is over")
	}
	page, err := e.forgetful().List(t.Context(), job.Filter{Label: "next", Kind: job.KindProbe, Limit: 200})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 100, "Temporal has forgotten them")
	require.Contains(t, page.Behind, "states of jobs that run", "that namespace cannot be asked")
}

// TestListsShowWhatRuns follows jobs whose state only Temporal knows: one that waits,
// and one that was ended by force, of which no worker could keep a record.
func TestListsShowWhatRuns(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	stuck, doomed := e.submit(probe("stuck")).ID, e.submit(probe("doomed")).ID
	require.ElementsMatch(t, []job.ID{stuck, doomed}, listed(t, e, job.Filter{States: []job.State{job.StateQueued}}))
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), string(doomed), "", "by force"))
	require.Eventually(t, func() bool {
		return slices.Equal([]job.ID{doomed}, listed(t, e, job.Filter{States: []job.State{job.StateFailed}, Error: "ended by force"}))
	}, 30*time.Second, 200*time.Millisecond)
	status, err := e.Get(t.Context(), doomed, job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, job.CodeTerminated, status.Error.Code)

	e.work()
	e.ended(stuck)
	again, err := e.Resubmit(t.Context(), doomed, job.Resubmission{})
	require.NoError(t, err)
	require.Equal(t, 2, again.Attempt)
	e.ended(doomed)
	require.ElementsMatch(t, []job.ID{stuck, doomed}, listed(t, e, job.Filter{States: []job.State{job.StateCompleted}}))
	require.Empty(t, listed(t, e, job.Filter{Error: "ended by force"}), "the newest attempt went well")
}
