package workflows

import (
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// TestNamesThatHistoriesRemember pins every name that stands in histories. To
// change one here is to break jobs that are running.
func TestNamesThatHistoriesRemember(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"docjobs", "docjobs-io", "docjobs-web", "docjobs-cpu", "docjobs-batches", "docjobs-notify"},
		[]string{TaskQueue, TaskQueueIO, TaskQueueWeb, TaskQueueCPU, TaskQueueBatches, TaskQueueNotify})
	require.Equal(t, []string{"status", "record"}, []string{QueryStatus, QueryRecord})
	require.Equal(t, "record", MemoRecord)
	require.Equal(t, []string{"target", "target", "lock", "unlock", "approve", "turn", "enter", "leave"},
		[]string{QueryTarget, MemoTarget, UpdateLock, UpdateUnlock, UpdateApprove, SignalWord, activities.SignalEnter, activities.SignalLeave})
	require.Equal(t, []string{"Target", "target.local"}, []string{activities.TargetWorkflow, activities.TargetWorkflowID("local")})
	require.Equal(t, []string{"JobFailed", "JobPartial"}, []string{ErrorFailed, ErrorPartial})
	require.Equal(t, []string{"Retention", "retention:publish-3f9k2m7qx1ab4c5d", "ended", "fetched", "retention", "extend", "Expired"},
		[]string{activities.RetentionWorkflow, activities.RetentionWorkflowID("publish-3f9k2m7qx1ab4c5d"), activities.SignalEnded, activities.SignalFetched, QueryRetention, UpdateExtend, ErrorExpired})
	require.Equal(t, "sweep", SweepWorkflowID)
	for name, workflow := range map[string]any{"Retention": Retention, "Sweep": Sweep, "Deliver": Deliver, "Target": Target} {
		full := runtime.FuncForPC(reflect.ValueOf(workflow).Pointer()).Name()
		require.Equal(t, name, full[strings.LastIndex(full, ".")+1:])
	}

	var attributes []string
	for _, a := range SearchAttributes {
		attributes = append(attributes, a.GetName()+" "+a.GetValueType().String())
	}
	require.Equal(t, []string{
		"JobKind Keyword", "JobState Keyword", "JobTenant Keyword", "JobSubmitter Keyword",
		"JobTarget Keyword", "JobParent Keyword", "JobLabels KeywordList", "JobAttempt Int", "JobExpires Datetime",
	}, attributes)

	var types []string
	for _, p := range pipelines {
		name := runtime.FuncForPC(reflect.ValueOf(p.workflow).Pointer()).Name()
		types = append(types, name[strings.LastIndex(name, ".")+1:])
	}
	sort.Strings(types)
	require.Equal(t, []string{"Convert", "Probe", "Publish", "Resubmit", "Rollback"}, types)

	require.Equal(t, []string{
		"Build", "Check", "Cleanup", "Compare", "External", "Fetch", "Release", "Rollback", "Verify", "VerifyRollback",
		"CollectDocuments", "ConvertDocuments", "PlanDocuments", "ValidateDocuments",
		"Pass",
		"AdoptAttempt", "ClaimAttempt", "SaveRecord",
		"EnterTarget", "RunningTurns", "TargetFreeze",
		"DeliverEvent", "GiveUpDelivery", "QueueDelivery", "SettleEvent", "SupersedeDelivery",
		"AnnounceExpiry", "ArchiveResult", "ExpireResult", "KeepResult", "LoadRetention", "SaveRetention",
		"SweepArtifacts",
	}, slices.Concat(methods(&activities.Publish{}), methods(&activities.Convert{}), methods(&activities.Probe{}), methods(&activities.Records{}), methods(&activities.Turns{}), methods(&activities.Notify{}), methods(&activities.Retention{}), methods(&activities.Sweep{})))
	require.Equal(t, "notify:probe-3f9k2m7qx1ab4c5d:7:ops", deliveryID("probe-3f9k2m7qx1ab4c5d", 7, "ops"))

	require.Equal(t, "notify:probe-3f9k2m7qx1ab4c5d:latest:ops", latestID("probe-3f9k2m7qx1ab4c5d", "ops"))
	require.Equal(t, "delivery", SignalDelivery)
	latest := runtime.FuncForPC(reflect.ValueOf(DeliverLatest).Pointer()).Name()
	require.Equal(t, "DeliverLatest", latest[strings.LastIndex(latest, ".")+1:])

	scheduled := runtime.FuncForPC(reflect.ValueOf(Scheduled).Pointer()).Name()
	require.Equal(t, "Scheduled", scheduled[strings.LastIndex(scheduled, ".")+1:])
	require.Equal(t, []string{"ScheduledEnded", "SubmitScheduled"}, methods(&activities.Schedules{}))
	require.Equal(t, []string{"ResubmitJobs", "SelectJobs"}, methods(&activities.Many{}))
	require.Equal(t, []string{"select", "resubmit"}, []string{resubmitSteps[0].name, resubmitSteps[1].name})
	require.Equal(t, "schedule.acme.nightly", scheduleID("acme", "nightly"))
	require.Equal(t, "schedule:nightly", job.ScheduleLabel("nightly"))

	var steps []string
	for _, p := range publishSteps {
		steps = append(steps, p.name)
	}
	require.Equal(t, []string{"fetch", "build", "check", "release", "verify"}, steps)

	steps = nil
	for _, p := range append(slices.Clone(convertSteps), convertBatchSteps...) {
		steps = append(steps, p.name)
	}
	require.Equal(t, []string{"fetch", "plan", "convert", "collect", "convert", "validate"}, steps)
	require.Equal(t, job.ID("convert-3f9k2m7qx1ab4c5d.b07"), job.ID("convert-3f9k2m7qx1ab4c5d").Batch(7))
}

func methods(group any) (names []string) {
	t := reflect.TypeOf(group)
	for i := range t.NumMethod() {
		names = append(names, t.Method(i).Name)
	}
	return names
}
