package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

func rollback(to job.ID) job.Submission {
	return job.Submission{Params: &job.Rollback{Target: "local", To: string(to)}}
}

// published publishes a handbook that says this and returns its job.
func (e *engine) published(says string) job.ID {
	e.t.Helper()
	receipt := e.submit(e.publish(e.upload(handbook(says)), ""))
	requireCompleted(e.t, e.ended(receipt.ID))
	return receipt.ID
}

// requireLive checks which page readers get.
func (e *engine) requireLive(says string) {
	e.t.Helper()
	_, page := get(e.t, e.targets["local"].URL+"guide/setup/")
	require.Contains(e.t, page, says)
}

func TestRollback(t *testing.T) {
	e := newEngine(t)
	e.work()
	_, err := e.Submit(t.Context(), rollback(""))
	requireCode(t, job.CodeConflict, err)
	one := e.published("One.")
	_, err = e.Submit(t.Context(), rollback(""))
	requireCode(t, job.CodeConflict, err)
	require.ErrorContains(t, err, "the first one")
	two, three := e.published("Two."), e.published("Three.")

	receipt := e.submit(rollback(""))
	require.True(t, strings.HasPrefix(string(receipt.ID), "rollback-"), receipt.ID)
	status := e.ended(receipt.ID)
	requireCompleted(t, status)
	e.requireLive("Two.")
	require.Equal(t, []string{"release", "verify"}, stepNames(status, job.StepCompleted))
	require.Less(t, status.FinishedAt.Sub(status.CreatedAt), 5*time.Second)
	require.Equal(t, two, job.ID(strings.Split(status.Release.ID, ".")[0]))
	require.Contains(t, status.Summary, string(two))

	again := e.submit(rollback(two))
	require.True(t, again.Deduplicated, "it was done")
	require.Equal(t, receipt.ID, again.ID)
	require.True(t, e.submit(e.publish(e.upload(handbook("Two.")), "")).Deduplicated, "its release is live")

	fresh := e.submit(e.publish(e.upload(handbook("Three.")), ""))
	require.False(t, fresh.Deduplicated, "its release is not live any more")
	require.NotEqual(t, three, fresh.ID)
	requireCompleted(t, e.ended(fresh.ID))
	e.requireLive("Three.")

	keyed := rollback(one)
	keyed.IdempotencyKey = "k"
	first := e.submit(keyed)
	requireCompleted(t, e.ended(first.ID))
	e.requireLive("One.")
	require.Equal(t, first.ID, e.submit(keyed).ID, "a lost answer is asked for again")
	other := rollback(two)
	other.IdempotencyKey = "k"
	_, err = e.Submit(t.Context(), other)
	requireCode(t, job.CodeMismatch, err)

	target, err := e.Target(t.Context(), "local")
	require.NoError(t, err)
	require.Equal(t, one, target.Live.JobID)
	require.Equal(t, first.ID, target.Live.By)
	require.Len(t, target.Releases, 4)
	list, err := e.Targets(t.Context())
	require.NoError(t, err)
	require.Equal(t, target.Live, list.Targets[0].Live)

	stranger := job.WithCaller(t.Context(), job.Caller{Tenant: "stranger"})
	shared, err := e.Target(stranger, "local")
	require.NoError(t, err)
	for _, r := range append(shared.Releases, *shared.Live) {
		require.NotEmpty(t, r.ID)
		require.Empty(t, string(r.JobID+r.By)+r.Source, "another tenant's jobs are not named")
	}
}

// What cannot be made live is refused by name, before anything is started.
func TestRefusedRollbacks(t *testing.T) {
	e := newEngine(t)
	e.work()
	gone := e.published("One.")
	e.published("Two.")
	e.published("Three.")
	_, err := e.targets["local"].Prune(t.Context(), release.PruneOptions{Keep: 1})
	require.NoError(t, err)
	for to, words := range map[job.ID]string{
		gone:                        "has been removed",
		"publish-000000000000":      "no such job",
		"nonsense":                  "holds no release",
		"publish-0000.0123456789ab": "holds no release",
	} {
		_, err := e.Submit(t.Context(), rollback(to))
		requireCode(t, job.CodeInvalid, err)
		require.ErrorContains(t, err, words)
		require.ErrorContains(t, err, string(to))
	}
	_, err = e.Submit(t.Context(), rollback(""))
	requireCode(t, job.CodeConflict, err)
	require.ErrorContains(t, err, "removed")
	submitter := job.WithCaller(t.Context(), job.Caller{Tenant: job.DefaultTenant, Scopes: []job.Scope{job.ScopeSubmit}})
	_, err = e.Submit(submitter, job.Submission{Params: &job.Rollback{Target: "local", Override: true}})
	requireCode(t, job.CodeForbidden, err)

	e.targets["theirs"] = activities.Target{Target: e.targets["local"].Target, Rules: activities.Rules{Tenants: []string{"other"}}}
	_, err = e.Target(t.Context(), "theirs")
	requireCode(t, job.CodeNotFound, err)
	_, err = e.Submit(t.Context(), job.Submission{Params: &job.Rollback{Target: "theirs"}})
	requireCode(t, job.CodeInvalid, err)
	list, err := e.Targets(t.Context())
	require.NoError(t, err)
	require.Len(t, list.Targets, 1)
}
