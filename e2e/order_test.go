package e2e_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/engine/calendar"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

// gate lets the readers of target "local" wait, and with them the last step of a
// publish, until it is opened.
func (e *engine) gate() (reached <-chan struct{}, open func()) {
	e.t.Helper()
	target := e.targets["local"]
	handler := release.NewHandler(target.Target.(*release.FileTarget))
	asked, opened := make(chan struct{}), make(chan struct{})
	ask, open := sync.OnceFunc(func() { close(asked) }), sync.OnceFunc(func() { close(opened) })
	target.URL = serve(e.t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ask()
		select {
		case <-opened:
			handler.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})) + "/"
	e.targets["local"] = target
	e.t.Cleanup(open)
	return asked, open
}

// awaitEvent returns when the job has said this.
func (e *engine) awaitEvent(id job.ID, kind string) job.Event {
	e.t.Helper()
	for event, err := range e.Events(e.t.Context(), id, job.EventQuery{Follow: true}) {
		require.NoError(e.t, err)
		if event.Type == kind {
			return event
		}
	}
	e.t.Fatalf("%s ended without %s", id, kind)
	return job.Event{}
}

func (e *engine) submitHandbook(says string) job.ID {
	e.t.Helper()
	return e.submit(e.publish(e.upload(handbook(says)), "")).ID
}

func TestPublishesOfOneTargetTakeTurns(t *testing.T) {
	e := newEngine(t)
	reached, open := e.gate()
	stop := e.work()
	a := e.submitHandbook("A.")
	<-reached
	b := e.submitHandbook("B.")
	event := e.awaitEvent(b, job.EventWaiting)
	require.Equal(t, "Target local is held by job "+string(a)+".", event.Message)
	status, err := e.Get(t.Context(), b, job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, a, status.Waiting.JobID)
	require.Equal(t, 1, status.Waiting.Position)
	require.Equal(t, job.StepCompleted, status.Step("check").State, "it was built meanwhile")

	c := e.submitHandbook("C.")
	superseded := e.ended(b)
	require.Equal(t, job.StateCancelled, superseded.State)
	require.Equal(t, c, superseded.SupersededBy)
	e.awaitEvent(c, job.EventWaiting)
	target, err := e.Target(t.Context(), "local")
	require.NoError(t, err)
	require.Equal(t, a, target.Holder.JobID)
	require.Equal(t, c, target.Waiting[0].JobID)

	stop()
	status, err = e.Get(t.Context(), c, job.StatusQuery{})
	require.NoError(t, err)
	require.True(t, status.Stale)
	require.Equal(t, job.WaitingTarget, status.Waiting.For, "the target remembers")
	require.Equal(t, a, status.Waiting.JobID)
	e.work()

	open()
	requireCompleted(t, e.ended(a))
	requireCompleted(t, e.ended(c))
	e.requireLive("C.")
	again, err := e.Resubmit(t.Context(), b, job.Resubmission{})
	require.NoError(t, err, "what was superseded can be wanted after all")
	require.Equal(t, 2, again.Attempt)
	requireCompleted(t, e.ended(b))
	e.requireLive("B.")
}

// A job that was ended by force does not hold its target.
func TestAKilledHolderIsFoundOut(t *testing.T) {
	e := newEngine(t)
	reached, open := e.gate()
	e.work()
	a := e.submitHandbook("A.")
	<-reached
	b := e.submitHandbook("B.")
	e.awaitEvent(b, job.EventWaiting)
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), string(a), "", "by hand"))
	open()
	requireCompleted(t, e.ended(b))
	e.requireLive("B.")
}

// A target whose own workflow was ended by force takes jobs again.
func TestAKilledTargetComesBack(t *testing.T) {
	e := newEngine(t)
	e.work()
	e.published("A.")
	require.NoError(t, e.client.TerminateWorkflow(t.Context(), "target.local", "", "by hand"))
	e.published("B.")
	e.requireLive("B.")
}

func TestLocks(t *testing.T) {
	e := newEngine(t)
	e.work()
	one := e.published("One.")
	two := e.published("Two.")
	grace := job.WithCaller(t.Context(), job.Caller{Tenant: job.DefaultTenant, Name: "grace", Scopes: []job.Scope{job.ScopeApprove}})
	locked, err := e.LockTarget(grace, "local", "incident 4711")
	require.NoError(t, err)
	require.Equal(t, "incident 4711", locked.Lock.Reason)
	require.Equal(t, "grace", locked.Lock.By)
	_, err = e.LockTarget(t.Context(), "local", "me too")
	requireCode(t, job.CodeConflict, err)
	require.ErrorContains(t, err, "locked already by grace: incident 4711")
	_, err = e.LockTarget(t.Context(), "local", " ")
	requireCode(t, job.CodeInvalid, err)
	_, err = e.LockTarget(t.Context(), "nowhere", "x")
	requireCode(t, job.CodeNotFound, err)

	three := e.submitHandbook("Three.")
	require.Equal(t, "Target local is locked by grace: incident 4711", e.awaitEvent(three, job.EventWaiting).Message)
	_, err = e.Submit(t.Context(), rollback(""))
	requireCode(t, job.CodeConflict, err)
	require.ErrorContains(t, err, "incident 4711")
	forced := rollback(one)
	forced.Params.(*job.Rollback).Override = true
	back := e.submit(forced)
	requireCompleted(t, e.ended(back.ID))
	e.requireLive("One.")
	require.Equal(t, back.ID, e.ended(three).SupersededBy)

	_, err = e.UnlockTarget(t.Context(), "local")
	require.NoError(t, err)
	_, err = e.UnlockTarget(t.Context(), "local")
	requireCode(t, job.CodeConflict, err)
	requireCompleted(t, e.ended(e.submit(rollback(two)).ID))
	e.requireLive("Two.")
	started := time.Now()
	e.published("Four.")
	t.Logf("a publish of a small site took %s", time.Since(started))
}

func TestAFrozenTarget(t *testing.T) {
	e := newEngine(t)
	target := e.targets["local"]
	today := time.Now().UTC().Format("2006-01-02")
	freezes, err := activities.FreezesOf([]calendar.Spec{{Name: "release week", From: today, To: time.Now().UTC().AddDate(0, 0, 2).Format("2006-01-02")}})
	require.NoError(t, err)
	target.Rules.Freezes = freezes
	e.targets["local"] = target
	e.work()
	id := e.submitHandbook("A.")
	event := e.awaitEvent(id, job.EventWaiting)
	require.Contains(t, event.Message, "Target local is frozen until ")
	require.Contains(t, event.Message, ": release week")
	_, err = e.Submit(t.Context(), rollback(""))
	requireCode(t, job.CodeConflict, err)
	list, err := e.Targets(t.Context())
	require.NoError(t, err)
	require.Equal(t, "release week", list.Targets[0].Freeze.Name)
	cancelled, err := e.Cancel(t.Context(), id, "")
	require.NoError(t, err)
	require.NotNil(t, cancelled.FinishedAt)
	require.Empty(t, cancelled.SupersededBy)
}
