package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// A schedule on a real server: it is its tenant's alone, and what Temporal starts becomes a job with an ID of its own.
func TestASchedule(t *testing.T) {
	e := newEngine(t)
	e.work()
	acme := job.WithCaller(t.Context(), job.Caller{Tenant: "acme", Name: "ada", Scopes: []job.Scope{job.ScopeAdmin}})
	other := job.WithCaller(t.Context(), job.Caller{Tenant: "other", Scopes: []job.Scope{job.ScopeAdmin}})
	spec := job.ScheduleSpec{Cron: "* * * * *", Submission: job.Submission{Params: &job.Probe{Nonce: "tick"}, Labels: []string{"a"}}}

	made, err := e.PutSchedule(acme, "ticks", spec)
	require.NoError(t, err)
	require.NotEmpty(t, made.Next)
	require.Equal(t, []string{"a", "schedule:ticks"}, made.Submission.Labels)
	for name, call := range map[string]func() error{
		"get":    func() error { _, err := e.Schedule(other, "ticks"); return err },
		"run":    func() error { _, err := e.RunSchedule(other, "ticks"); return err },
		"delete": func() error { return e.DeleteSchedule(other, "ticks") },
	} {
		require.Equal(t, job.CodeNotFound, job.CodeOf(call()), name)
	}
	_, err = e.Schedule(acme, "../ticks")
	require.Equal(t, job.CodeNotFound, job.CodeOf(err))
	_, err = e.PutSchedule(acme, "bad", job.ScheduleSpec{Cron: "99 * * * *", Submission: spec.Submission})
	require.Equal(t, job.CodeInvalid, job.CodeOf(err), "%v", err)

	// What is examined when the schedule is made is examined anew by every run.
	source := e.upload(map[string]string{"README.md": "# Home"})
	_, err = e.PutSchedule(t.Context(), "site", job.ScheduleSpec{Cron: "0 3 * * *", Submission: job.Submission{
		Params: &job.Publish{Source: source, Target: "local", Approve: true},
	}})
	require.NoError(t, err)
	waits, err := e.RunSchedule(t.Context(), "site")
	require.NoError(t, err)
	_, err = e.Cancel(t.Context(), waits.ID, "seen")
	require.NoError(t, err)
	_, err = e.PutSchedule(t.Context(), "back", job.ScheduleSpec{Cron: "0 3 * * *", Submission: job.Submission{Params: &job.Rollback{Target: "local"}}})
	require.Equal(t, job.CodeInvalid, job.CodeOf(err), "%v", err)

	now, err := e.RunSchedule(acme, "ticks")
	require.NoError(t, err)
	require.False(t, now.Deduplicated)

	// Every minute: the first run comes within one.
	require.Eventually(t, func() bool {
		found, err := e.Schedule(acme, "ticks")
		require.NoError(t, err)
		if len(found.Runs) == 0 {
			return false
		}
		require.Empty(t, found.Runs[0].Error)
		status, err := e.Get(acme, found.Runs[0].JobID, job.StatusQuery{})
		return err == nil && status.State == job.StateCompleted && status.ID != now.ID && status.Submitter == "ada"
	}, 100*time.Second, time.Second)

	spec.Cron, spec.TimeZone = "0 3 * * 1-5", "Europe/Berlin"
	changed, err := e.PutSchedule(acme, "ticks", spec)
	require.NoError(t, err)
	require.Equal(t, []string{"0 3 * * 1-5", "Europe/Berlin"}, []string{changed.Cron, changed.TimeZone})
	require.Eventually(t, func() bool {
		mine, err := e.Schedules(acme)
		require.NoError(t, err)
		theirs, err := e.Schedules(other)
		require.NoError(t, err)
		jobs, err := e.List(acme, job.Filter{Label: job.ScheduleLabel("ticks")})
		require.NoError(t, err)
		return len(mine) == 1 && len(theirs) == 0 && len(jobs.Jobs) >= 2
	}, 30*time.Second, 200*time.Millisecond)
	require.NoError(t, e.DeleteSchedule(acme, "ticks"))
	require.Equal(t, job.CodeNotFound, job.CodeOf(e.DeleteSchedule(acme, "ticks")))
}
