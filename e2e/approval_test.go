package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/workflows"
)

// api serves the HTTP API over the engine and returns its address.
func (e *engine) api() string {
	e.t.Helper()
	handler, err := api.New(api.Config{Service: e.Service, Schedules: e.Service, Uploads: e.uploads.Callers(), Artifacts: e.store.Outputs(), Logger: discard})
	require.NoError(e.t, err)
	return serve(e.t, handler)
}

func as(t *testing.T, name string) context.Context {
	return job.WithCaller(t.Context(), job.Caller{Tenant: job.DefaultTenant, Name: name, Scopes: []job.Scope{job.ScopeSubmit, job.ScopeApprove}})
}

func TestApproval(t *testing.T) {
	e := newEngine(t)
	target := e.targets["local"]
	target.Rules.Approval, target.Rules.Others = true, true
	e.targets["local"] = target
	e.work()
	address := e.api()
	first, err := e.Submit(as(t, "ada"), e.publish(e.upload(handbook("One.")), ""))
	require.NoError(t, err)
	e.awaitEvent(first.ID, job.StateEvent(job.StateAwaitingApproval))
	_, err = e.Approve(as(t, "ada"), first.ID, job.Verdict{})
	requireCode(t, job.CodeForbidden, err)
	began := time.Now()
	require.Eventually(t, func() bool { // nothing is swept while one waits from before an upgrade
		open, err := workflows.OpenBefore(t.Context(), e.client, began)
		require.NoError(t, err)
		return open == first.ID
	}, 30*time.Second, 100*time.Millisecond)
	open, err := workflows.OpenBefore(t.Context(), e.client, began.Add(-time.Hour))
	require.NoError(t, err)
	require.Empty(t, open)
	code, page := get(t, address+"/v1/jobs/"+string(first.ID)+"/preview/guide/setup/")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, page, "One.")
	status, err := e.Approve(as(t, "grace"), first.ID, job.Verdict{Comment: "fine"})
	require.NoError(t, err)
	require.Equal(t, "grace", status.Approval.Decision.By)
	requireCompleted(t, e.ended(first.ID))
	e.requireLive("One.")
	_, err = e.Approve(as(t, "grace"), first.ID, job.Verdict{})
	requireCode(t, job.CodeConflict, err)

	files := handbook("Two. See [more](../more.md).")
	files["more.md"] = "# More\n"
	second := e.submit(e.publish(e.upload(files), ""))
	e.awaitEvent(second.ID, job.StateEvent(job.StateAwaitingApproval))
	e.requireLive("One.")
	status, err = e.Get(t.Context(), second.ID, job.StatusQuery{})
	require.NoError(t, err)
	changes := status.Approval.Changes
	require.Contains(t, changes.Changed, "guide/setup/index.html")
	require.Contains(t, changes.Added, "more/index.html")
	require.Equal(t, status.Approval.Preview, job.PreviewPath(second.ID))
	var report job.Changes
	code, text := get(t, address+"/v1/jobs/"+string(second.ID)+"/artifacts/reports/changes.json")
	require.Equal(t, http.StatusOK, code, text)
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Equal(t, changes.PagesAdded, report.PagesAdded)

	resp, err := http.Get(address + "/v1/jobs/" + string(second.ID) + "/preview/")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "sandbox")
	require.NotContains(t, resp.Header.Get("Content-Security-Policy"), "allow-same-origin")
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NotContains(t, string(body), `href="`+target.URL, "links stay in the preview")
	code, _ = get(t, address+"/v1/jobs/"+string(second.ID)+"/preview/nowhere")
	require.Equal(t, http.StatusNotFound, code)

	cancelled, err := e.Cancel(t.Context(), second.ID, "")
	require.NoError(t, err)
	require.NotNil(t, cancelled.FinishedAt, "within ten seconds")
	again, err := e.Resubmit(as(t, "ada"), second.ID, job.Resubmission{})
	require.NoError(t, err)
	require.Equal(t, 2, again.Attempt)
	e.awaitState(second.ID, job.StateAwaitingApproval)
	rejected, err := e.Approve(as(t, "grace"), second.ID, job.Verdict{Reject: true, Comment: "not yet"})
	require.NoError(t, err)
	require.False(t, rejected.Approval.Decision.Approved)
	failed := e.ended(second.ID)
	require.Equal(t, job.StateFailed, failed.State)
	require.Equal(t, job.CodeRejected, failed.Error.Code)
	e.requireLive("One.")
}

// awaitState returns when the newest attempt of the job is in the state.
func (e *engine) awaitState(id job.ID, state job.State) {
	e.t.Helper()
	for range e.Events(e.t.Context(), id, job.EventQuery{Follow: true}) {
		status, err := e.Get(e.t.Context(), id, job.StatusQuery{})
		require.NoError(e.t, err)
		if status.State == state {
			return
		}
	}
	e.t.Fatalf("%s ended", id)
}

// Nothing is at work while a job waits, and a worker that comes back finds it.
func TestAnApprovalOutlivesTheWorker(t *testing.T) {
	e := newEngine(t)
	stop := e.work()
	s := e.publish(e.upload(handbook("One.")), "")
	s.Params.(*job.Publish).Approve = true
	id := e.submit(s).ID
	e.awaitState(id, job.StateAwaitingApproval)
	stop()
	status, err := e.Get(t.Context(), id, job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, job.StateAwaitingApproval, status.State)
	require.True(t, status.Stale)
	e.work()
	_, err = e.Approve(t.Context(), id, job.Verdict{})
	require.NoError(t, err)
	requireCompleted(t, e.ended(id))
	e.requireLive("One.")
	page, err := e.Items(t.Context(), id, job.ItemQuery{})
	require.NoError(t, err)
	require.NotEmpty(t, page.Items)
}
