package e2e_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/workflows"
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
		"run":    func() error { _, err := e.RunSchedule(other, "ticks", ""); return err },
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
	waits, err := e.RunSchedule(t.Context(), "site", "")
	require.NoError(t, err)
	_, err = e.Cancel(t.Context(), waits.ID, "seen")
	require.NoError(t, err)
	_, err = e.PutSchedule(t.Context(), "back", job.ScheduleSpec{Cron: "0 3 * * *", Submission: job.Submission{Params: &job.Rollback{Target: "local"}}})
	require.Equal(t, job.CodeInvalid, job.CodeOf(err), "%v", err)

	now, err := e.RunSchedule(acme, "ticks", "k1")
	require.NoError(t, err)
	require.False(t, now.Deduplicated)
	again, err := e.RunSchedule(acme, "ticks", "k1")
	require.NoError(t, err)
	require.Equal(t, now.ID, again.ID, "the same key is the same run")
	more, err := e.RunSchedule(acme, "ticks", "")
	require.NoError(t, err)
	require.NotEqual(t, now.ID, more.ID)

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

	// A schedule that submits another kind of job from now on knows what it has submitted.
	before := changed.Runs[0].JobID
	spec.Submission.Params = &job.Publish{Source: e.uploadAs(acme, map[string]string{"README.md": "# Home"}), Target: "local"}
	changed, err = e.PutSchedule(acme, "ticks", spec)
	require.NoError(t, err)
	require.Equal(t, job.KindPublish, changed.Submission.Kind())
	require.Contains(t, changed.Runs, job.ScheduledRun{At: changed.Runs[len(changed.Runs)-1].At, JobID: before})
	_, err = e.Get(acme, before, job.StatusQuery{})
	require.NoError(t, err)

	require.NoError(t, e.DeleteSchedule(acme, "ticks"))
	require.Equal(t, job.CodeNotFound, job.CodeOf(e.DeleteSchedule(acme, "ticks")))
}

// What a schedule submits again and again is kept, however long nobody has used it.
func TestTheUploadOfAScheduleIsKept(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	source := e.uploadAs(t.Context(), map[string]string{"README.md": "# Monthly"})
	_, err := e.PutSchedule(t.Context(), "monthly", job.ScheduleSpec{
		Cron: "0 3 1 * *", Submission: job.Submission{Params: &job.Publish{Source: source, Target: "local"}},
	})
	require.NoError(t, err)
	later := time.Now()
	sweep := func() {
		later = later.Add(48 * time.Hour)
		_, err := e.store.Sweep(t.Context(), artifact.SweepOptions{
			Grace: time.Hour, Now: func() time.Time { return later },
			Also: func(ctx context.Context, held func(string) bool) iter.Seq2[artifact.Ref, error] {
				return e.uploads.Kept(ctx, later, held)
			},
		})
		require.NoError(t, err)
	}
	for range 3 {
		sweep()
	}
	_, err = e.uploads.Find(t.Context(), source.Upload)
	require.NoError(t, err)
	require.NoError(t, e.DeleteSchedule(t.Context(), "monthly"))
	for range 3 {
		sweep()
	}
	_, err = e.uploads.Find(t.Context(), source.Upload)
	requireCode(t, job.CodeNotFound, err)
}

// One schedule that cannot be read, because another program made it, hides no other, and
// can be replaced and deleted.
func TestAnUnreadableSchedule(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	spec := job.ScheduleSpec{Cron: "0 3 * * *", Submission: job.Submission{Params: &job.Probe{Nonce: "tick"}}}
	tenant := job.CallerFrom(t.Context()).Tenant
	for _, name := range []string{"odd", "odder"} {
		_, err := e.client.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
			ID: "schedule." + tenant + "." + name, Spec: client.ScheduleSpec{CronExpressions: []string{"0 4 * * *"}},
			Action:                &client.ScheduleWorkflowAction{ID: name, Workflow: "Another", TaskQueue: "another", Args: []any{"x", 1}},
			TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttributeTenant.ValueSet(tenant)),
		})
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		list, err := e.Schedules(t.Context())
		require.NoError(t, err)
		return len(list) == 2 && list[0].Error != "" && list[1].Error != ""
	}, 30*time.Second, 100*time.Millisecond)
	_, err := e.RunSchedule(t.Context(), "odd", "")
	requireCode(t, job.CodeConflict, err)
	for _, name := range []string{"good", "odd"} {
		made, err := e.PutSchedule(t.Context(), name, spec)
		require.NoError(t, err)
		require.Empty(t, made.Error)
	}
	require.NoError(t, e.DeleteSchedule(t.Context(), "odder"))
}
