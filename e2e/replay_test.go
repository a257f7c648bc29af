package e2e_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/workflows"
)

var recordHistories = flag.Bool("record", false, "record the histories that workflows/replay_test.go replays")

// TestRecordHistories records what the replay test of package workflows holds
// the workflows to. It is run by hand, with released code, when a pipeline has
// changed in a way that old histories do not show.
func TestRecordHistories(t *testing.T) {
	if !*recordHistories {
		t.Skip("records only with -record")
	}
	told := newReceiver(t)
	e := newTellingEngine(t, told.endpoints())
	stop := e.work()
	completed := e.ended(e.submit(e.publish(e.upload(handbook("One.")), "")).ID)
	e.record("publish-completed", completed)
	broken := e.ended(e.submit(e.publish(e.upload(handbook("[x](nowhere.md)")), "")).ID)
	e.record("publish-links-broken", broken)
	_, err := e.Resubmit(t.Context(), broken.ID, job.Resubmission{})
	require.NoError(t, err)
	e.record("publish-second-attempt", e.ended(broken.ID))
	faulty := handbook("x")
	faulty["guide/setup.md"] = "---\ntitle: [unclosed\n---\n"
	e.record("publish-build-failed", e.ended(e.submit(e.publish(e.upload(faulty), "")).ID))
	e.record("probe-completed", e.ended(e.submit(probe("replay")).ID))
	e.record("probe-told", e.ended(e.submit(telling("replay told")).ID))
	converted := e.ended(e.submit(job.Submission{Params: &job.Convert{Source: e.upload(wordFiles(3, 1)), BatchSize: 2}}).ID)
	e.record("convert-partial", converted)
	batch, err := e.Get(t.Context(), converted.ID+".b01", job.StatusQuery{})
	require.NoError(t, err)
	e.record("convert-batch", batch)
	e.record("publish-check-only", e.ended(e.submit(job.Submission{Params: &job.Publish{
		Source: e.upload(handbook("Three.")), CheckOnly: true, External: job.ExternalReport,
	}}).ID))
	e.recordRetention()
	run, err := e.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "schedule.default.replay", TaskQueue: workflows.TaskQueue},
		workflows.Scheduled, activities.ScheduledRun{Tenant: job.DefaultTenant, Schedule: "replay", Submission: probe("scheduled")})
	require.NoError(t, err)
	require.NoError(t, run.Get(t.Context(), nil))
	e.record("scheduled", &job.Status{ID: job.ID(run.GetID())})
	_, err = e.Submit(t.Context(), job.Submission{Params: &job.Resubmit{Filter: job.Filter{States: []job.State{job.StateFailed}}}, IdempotencyKey: "replay"})
	require.NoError(t, err)
	e.record("resubmit-completed", e.ended(job.DeriveID(job.KindResubmit, "key", job.DefaultTenant, "replay")))
	e.recordTurns()
	stop()
	waiting := e.submit(e.publish(e.upload(handbook("Two.")), ""))
	require.NoError(t, e.client.CancelWorkflow(t.Context(), string(waiting.ID), ""))
	e.work()
	e.record("publish-cancelled", e.ended(waiting.ID))
}

// recordRetention records what keeps a result, changed and expired, a job that does again
// what has expired, and the sweep.
func (e *engine) recordRetention() {
	e.t.Helper()
	s := e.publish(e.upload(handbook("Short-lived.")), "")
	s.Params.(*job.Publish).CheckOnly, s.Params.(*job.Publish).Target = true, ""
	s.Retention, s.Notify = "4s", []string{"ops"}
	id := e.ended(e.submit(s).ID).ID
	pin, unpin := true, false
	for _, change := range []job.Extension{{Pin: &pin}, {Pin: &unpin}, {For: "6s"}} {
		_, err := e.Extend(e.t.Context(), id, change)
		require.NoError(e.t, err)
	}
	e.awaitExpiry(id)
	require.NoError(e.t, e.client.GetWorkflow(e.t.Context(), activities.RetentionWorkflowID(id), "").Get(e.t.Context(), nil))
	e.record("retention-expired", &job.Status{ID: job.ID(activities.RetentionWorkflowID(id))})
	e.submit(s)
	e.record("publish-renewed", e.ended(id))
	e.record("sweep", &job.Status{ID: workflows.SweepWorkflowID})
}

// recordTurns records jobs that take turns at a target, and the target's own workflow.
func (e *engine) recordTurns() {
	e.t.Helper()
	one := e.published("One, in turn.")
	e.record("publish-turn", e.ended(one))
	e.published("Two, in turn.")
	_, err := e.LockTarget(e.t.Context(), "local", "recording")
	require.NoError(e.t, err)
	waits := e.submitHandbook("Three, waiting.")
	e.awaitEvent(waits, job.EventWaiting)
	newer := e.submitHandbook("Four, newer.")
	e.record("publish-superseded", e.ended(waits))
	_, err = e.UnlockTarget(e.t.Context(), "local")
	require.NoError(e.t, err)
	e.record("publish-waited", e.ended(newer))
	e.record("rollback-completed", e.ended(e.submit(rollback(one)).ID))
	e.record("target", &job.Status{ID: "target.local"})
	for name, verdict := range map[string]job.Verdict{"publish-approved": {Comment: "fine"}, "publish-rejected": {Reject: true}} {
		s := e.publish(e.upload(handbook(name)), "")
		s.Params.(*job.Publish).Approve = true
		id := e.submit(s).ID
		e.awaitState(id, job.StateAwaitingApproval)
		_, err := e.Approve(e.t.Context(), id, verdict)
		require.NoError(e.t, err)
		e.record(name, e.ended(id))
	}
}

// record writes the history of the job's newest attempt.
func (e *engine) record(name string, status *job.Status) {
	e.t.Helper()
	history := &historypb.History{}
	events := e.client.GetWorkflowHistory(e.t.Context(), string(status.ID), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(e.t, err)
		history.Events = append(history.Events, event)
	}
	text, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(history)
	require.NoError(e.t, err)
	host, err := os.Hostname() // in the names of sticky task queues
	require.NoError(e.t, err)
	text = bytes.ReplaceAll(text, []byte(`"`+host+`:`), []byte(`"worker:`))
	folder := filepath.Join("..", "workflows", "testdata", "replay")
	require.NoError(e.t, os.MkdirAll(folder, 0o755))
	require.NoError(e.t, os.WriteFile(filepath.Join(folder, name+".json"), append(text, '\n'), 0o644))
}
