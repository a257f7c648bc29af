package e2e_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/workflows"
)

// A branch is a source that moves, and may be away.
type branch struct {
	mu     sync.Mutex
	commit string
	asked  int
}

func (b *branch) Resolve(context.Context, job.Source) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.commit == "" {
		return "", errors.New("the repository does not answer")
	}
	return "commit:" + b.commit, nil
}

func (b *branch) move(commit string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commit = commit
}

// TestAKeyDecidesBeforeTheBranchDoes sends the same request again after the branch that
// it names has moved: the key names the work, whatever the branch points to now.
func TestAKeyDecidesBeforeTheBranchDoes(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	main := &branch{commit: "1111111111111111111111111111111111111111"}
	config := e.config()
	config.Index, config.Sources = e.index(), main
	s := workflows.NewService(config)
	keyed := func(ref string) job.Submission {
		return job.Submission{IdempotencyKey: "release", Params: &job.Convert{Source: job.Source{Git: "https://127.0.0.1:1/docs.git", Ref: ref}}}
	}
	first, err := s.Submit(t.Context(), keyed("main"))
	require.NoError(t, err)
	require.False(t, first.Deduplicated)
	for _, commit := range []string{"2222222222222222222222222222222222222222", ""} {
		main.move(commit)
		again, err := s.Submit(t.Context(), keyed("main"))
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
		require.True(t, again.Deduplicated)
	}
	require.Equal(t, 1, main.asked)
	main.move("2222222222222222222222222222222222222222")
	_, err = s.Submit(t.Context(), keyed("next"))
	requireCode(t, job.CodeMismatch, err)
	other := probe("of another kind")
	other.IdempotencyKey = "release"
	_, err = s.Submit(t.Context(), other)
	requireCode(t, job.CodeMismatch, err)
	require.ErrorContains(t, err, "another submission")
	dry := keyed("main")
	dry.DryRun = true
	receipt, err := s.Submit(t.Context(), dry)
	require.NoError(t, err)
	require.True(t, receipt.DryRun)
	require.Equal(t, first.ID, receipt.ID)

	_, err = s.Cancel(t.Context(), first.ID, "")
	require.NoError(t, err)
	e.work()
	require.Equal(t, job.StateCancelled, e.ended(first.ID).State)
	var group sync.WaitGroup
	receipts := make([]*job.Receipt, 10)
	for i := range receipts {
		group.Go(func() { receipts[i], _ = s.Submit(t.Context(), keyed("main")) })
	}
	group.Wait()
	started := 0
	for _, r := range receipts {
		require.NotNil(t, r)
		require.Equal(t, first.ID, r.ID)
		if !r.Deduplicated {
			started++
		}
	}
	require.NotZero(t, started)
	next, err := s.Get(t.Context(), first.ID, job.StatusQuery{Attempt: 2})
	require.NoError(t, err)
	require.Contains(t, string(next.Params), "1111111111111111111111111111111111111111", "the next attempt reads what the first one did")

	// The second try of a scheduled run whose answer was lost finds the job of the first.
	schedules := activities.Schedules{Jobs: s}
	run := activities.ScheduledRun{Tenant: "acme", Schedule: "nightly", Key: "run-1", Submission: job.Submission{
		Params: &job.Convert{Source: job.Source{Git: "https://127.0.0.1:1/docs.git"}},
	}}
	one, err := schedules.SubmitScheduled(t.Context(), run)
	require.NoError(t, err)
	main.move("3333333333333333333333333333333333333333")
	run.Submission.Params = &job.Convert{Source: job.Source{Git: "https://127.0.0.1:1/docs.git"}}
	two, err := schedules.SubmitScheduled(t.Context(), run)
	require.NoError(t, err)
	require.Equal(t, one, two)
}
