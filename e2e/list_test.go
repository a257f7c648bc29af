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

// TestTheHistoryOfADocument follows documents through a conversion, its second attempts
// and a publish, in the lists of another process and when Temporal has forgotten.
func TestTheHistoryOfADocument(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	e.work()
	source := e.upload(wordFiles(3, 1))
	converted := e.ended(e.submit(job.Submission{Params: &job.Convert{Source: source, BatchSize: 2}}).ID)
	require.Equal(t, job.StatePartial, converted.State)
	var good, bad job.Item
	for _, item := range e.itemsOf(converted.ID) {
		if item.State == job.StepFailed {
			bad = item
		} else {
			good = item
		}
	}
	require.NotEmpty(t, good.SHA256)
	require.Equal(t, converted.ID, good.Batch.Parent())
	again := func(only job.Only) *job.Status {
		_, err := e.Resubmit(t.Context(), converted.ID, job.Resubmission{Only: only})
		require.NoError(t, err)
		return e.ended(converted.ID)
	}
	require.Equal(t, 3, again("").Items.Reused, "what was done is used again")
	require.Equal(t, 0, again(job.OnlyAll).Items.Reused, "everything anew")
	_, err := e.Resubmit(t.Context(), converted.ID, job.Resubmission{Only: "some"})
	requireCode(t, job.CodeInvalid, err)

	for name, s := range map[string]job.Service{"here": e, "there": e.another(), "forgotten": e.forgetful()} {
		history, err := s.History(t.Context(), job.DocumentQuery{Document: good.Document})
		require.NoError(t, err, name)
		require.Len(t, history.Jobs, 3, name)
		require.Equal(t, []int{3, 2, 1}, []int{history.Jobs[0].Attempt, history.Jobs[1].Attempt, history.Jobs[2].Attempt}, name)
		require.Equal(t, job.StepCompleted, history.Jobs[0].Item.State, name)
		for filter, f := range map[string]job.Filter{
			"document": {Document: bad.Document}, "digest": {Version: bad.SHA256}, "both": {Document: good.Document, Version: good.SHA256[:12]},
			"error": {Error: bad.Error.Message[:20], States: []job.State{job.StatePartial}}, "source": {Version: source.Upload},
		} {
			page, err := s.List(t.Context(), f)
			require.NoError(t, err, filter)
			require.Len(t, page.Jobs, 1, "%s by %s", name, filter)
			require.Equal(t, converted.ID, page.Jobs[0].ID, filter)
		}
		page, err := s.List(t.Context(), job.Filter{Document: good.Document, Version: bad.SHA256})
		require.NoError(t, err, name)
		require.Empty(t, page.Jobs, name)
		batches, err := s.List(t.Context(), job.Filter{Parent: converted.ID})
		require.NoError(t, err, name)
		require.Len(t, batches.Jobs, 2, name)
	}
	strangers, err := e.History(job.WithCaller(t.Context(), job.Caller{Tenant: "them"}), job.DocumentQuery{Document: good.Document})
	require.NoError(t, err)
	require.Empty(t, strangers.Jobs, "another tenant's")
}
