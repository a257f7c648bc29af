package activities

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// resubmitted answers for jobs that are resubmitted, by their IDs.
type resubmitted struct {
	Jobs
	answers map[job.ID]error
	asked   map[job.ID]int
}

func (r *resubmitted) Resubmit(_ context.Context, id job.ID, _ job.Resubmission) (*job.Status, error) {
	r.asked[id]++
	if err := r.answers[id]; err != nil {
		return nil, err
	}
	return &job.Status{ID: id}, nil
}

// resubmit runs the activity for jobs that answer like this, in this order.
func resubmit(t *testing.T, answers ...error) (ResubmitResult, map[job.ID]int, error) {
	t.Helper()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	jobs, chosen := &resubmitted{answers: map[job.ID]error{}, asked: map[job.ID]int{}}, []selected{}
	for i, answer := range answers {
		id := job.DeriveID(job.KindConvert, string(rune('a'+i)))
		jobs.answers[id] = answer
		chosen = append(chosen, selected{ID: id, Attempt: 1, State: job.StateFailed})
	}
	ref, err := putLines(t.Context(), store, chosen)
	require.NoError(t, err)
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	many := &Many{Jobs: jobs, Store: store}
	env.RegisterActivity(many)
	value, err := env.ExecuteActivity(many.ResubmitJobs, ResubmitInput{Jobs: ref, OnBehalf: OnBehalf{Job: testJob, Tenant: "docs"}})
	var r ResubmitResult
	if err == nil {
		require.NoError(t, value.Get(&r))
	}
	return r, jobs.asked, err
}

// A job that cannot be resubmitted keeps no other one from it.
func TestOneStubbornJobStopsNoOther(t *testing.T) {
	t.Parallel()
	broken, refused := errors.New("it does not answer"), &job.Error{Code: job.CodeConflict, Message: "It runs."}
	r, asked, err := resubmit(t, nil, broken, nil, refused, broken, nil)
	require.NoError(t, err)
	require.Equal(t, &job.ItemCounts{Total: 6, Completed: 3, Skipped: 1, Failed: 2}, r.Items)
	require.Equal(t, "3 jobs resubmitted, 1 skipped, 2 failed", r.Summary)
	require.Len(t, r.Outputs, 1)
	require.Equal(t, maxFaults, asked[job.DeriveID(job.KindConvert, "b")])
}

// When job after job cannot be resubmitted, it is not they that are broken.
func TestABrokenWorldIsTriedAgain(t *testing.T) {
	t.Parallel()
	broken := errors.New("nothing answers")
	for _, answers := range [][]error{{broken}, {broken, broken}, {nil, broken, broken, broken, broken, broken, nil}} {
		_, _, err := resubmit(t, answers...)
		require.ErrorContains(t, err, "retryable: true")
	}
}
