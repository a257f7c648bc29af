package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// A bench runs one job's workflow in Temporal's test environment, with real
// records, and a script for each step's activity.
type bench struct {
	*testsuite.TestWorkflowEnvironment
	t       *testing.T
	records *record.Store

	words   []Word // of the target
	entered []activities.Turn
	left    []Left
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return newBenchWith(t, record.NewStore(store.Documents()))
}

func newBenchWith(t *testing.T, records *record.Store) *bench {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	b := &bench{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, records: records}
	Register(b)
	b.RegisterActivity(&activities.Publish{})
	b.RegisterActivity(&activities.Probe{})
	b.RegisterActivity(&activities.Records{Store: b.records})
	b.OnActivity("Cleanup", mock.Anything, mock.Anything).Return(nil).Maybe()
	b.RegisterActivity(&activities.Turns{})
	b.turn(Word{Go: true})
	b.OnSignalExternalWorkflow(mock.Anything, activities.TargetWorkflowID("local"), "", activities.SignalLeave, mock.Anything).
		Return(func(_, _, _, _ string, arg any) error { b.left = append(b.left, arg.(Left)); return nil }).Maybe()
	return b
}

// turn lets the target answer with these words when a job asks for its turn, one
// after the other, half a minute between them.
func (b *bench) turn(words ...Word) {
	b.words = words
	b.OnActivity("EnterTarget", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.EnterInput) error {
		b.entered = append(b.entered, in.Turn)
		for i, word := range b.words {
			b.RegisterDelayedCallback(func() { b.SignalWorkflow(SignalWord, word) }, time.Duration(i)*30*time.Second)
		}
		b.words = nil
		return nil
	}).Maybe()
}

// on scripts the activity of a step; the zero results of the others complete.
func (b *bench) on(activity string, run any) {
	b.OnActivity(activity, mock.Anything, mock.Anything).Return(run)
}

// onOthers lets every activity complete that the test has not scripted, or
// whose script has been used up.
func (b *bench) onOthers() {
	for _, a := range publishActivities {
		b.answers(a.activity, nil).Maybe()
	}
}

// answers scripts the activity of a publish step: an empty result and err.
func (b *bench) answers(activity string, err error) *testsuite.MockCallWrapper {
	method, ok := reflect.TypeOf(&activities.Publish{}).MethodByName(activity)
	require.True(b.t, ok)
	empty := reflect.Zero(method.Type.Out(0)).Interface()
	return b.OnActivity(activity, mock.Anything, mock.Anything).Return(empty, err)
}

// publishRecord is the record that a publish job begins with.
func publishRecord(links job.LinkPolicy) *record.Record {
	return recordOf(&job.Publish{Target: "local", Links: links})
}

func recordOf(params *job.Publish) *record.Record {
	params.Source = job.Source{Upload: "sha256:00", Digest: "tree:00"}
	raw, _ := json.Marshal(params)
	w := &work{kind: job.KindPublish, tenant: job.DefaultTenant, digest: "d1", params: raw, summary: params.Summary(), priority: 3}
	return w.newRecord("publish-3f9k2m7qx1ab4c5d", nil)
}

// run executes the publish workflow and returns the record that it left.
func (b *bench) run(start *record.Record) *record.Record {
	b.t.Helper()
	b.onOthers()
	var params job.Publish
	require.NoError(b.t, json.Unmarshal(start.Status.Params, &params))
	b.ExecuteWorkflow(Publish, start, &params)
	require.True(b.t, b.IsWorkflowCompleted())
	rec, err := b.records.Latest(b.t.Context(), start.Status.ID)
	require.NoError(b.t, err)
	requireGapless(b.t, rec.Events)
	require.Equal(b.t, rec.Events[len(rec.Events)-1].Number, rec.Status.LastEvent)
	return rec
}

// requireGapless checks that events are numbered one after the other.
func requireGapless(t *testing.T, events []job.Event) {
	t.Helper()
	for i, e := range events {
		require.Equal(t, events[0].Number+int64(i), e.Number)
	}
}

func stepStates(rec *record.Record) map[string]job.StepState {
	states := map[string]job.StepState{}
	for _, s := range rec.Status.Steps {
		states[s.Name] = s.State
	}
	return states
}

func eventTypes(rec *record.Record) (types []string) {
	for _, e := range rec.Events {
		types = append(types, e.Type)
	}
	return types
}

func TestPublishCompletes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.on("Build", func(context.Context, activities.BuildInput) (r activities.BuildResult, err error) {
		r.Summary = "3 pages"
		r.Outputs = []job.Output{{Path: "site/", Files: 9}}
		return r, nil
	})
	b.on("Release", func(_ context.Context, in activities.ReleaseInput) (r activities.ReleaseResult, err error) {
		require.Equal(t, "d1", in.Digest)
		r.Release = job.Release{ID: "r1", Target: in.Target}
		return r, nil
	})
	rec := b.run(publishRecord(job.LinksNew))

	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, job.StateCompleted, rec.Status.State)
	require.NotNil(t, rec.Status.FinishedAt)
	require.Equal(t, "3 pages", rec.Status.Step("build").Summary)
	require.Equal(t, "r1", rec.Status.Release.ID)
	require.Equal(t, []job.Output{{Path: "site/", Files: 9}}, rec.Status.Outputs)
	require.Equal(t, []string{
		"job.queued", "job.processing",
		"step.started", "step.completed", // fetch
		"step.started", "step.completed", // build
		"step.started", "step.completed", // check
		"step.started", "step.completed", "publish.released",
		"step.started", "step.completed", // verify
		"job.completed",
	}, eventTypes(rec))
}

// steps names the activities of the publish steps in order.
var publishActivities = []struct{ step, activity string }{
	{"fetch", "Fetch"}, {"build", "Build"}, {"check", "Check"}, {"release", "Release"}, {"verify", "Verify"},
}

func TestPublishFailsAtEveryStep(t *testing.T) {
	t.Parallel()
	for i, failing := range publishActivities {
		t.Run(failing.step, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			cause := &job.Error{Code: job.CodeBuildFailed, Message: "It broke.", File: "a.md", Line: 7}
			b.answers(failing.activity, activityError(cause)).Once()
			rec := b.run(publishRecord(job.LinksNew))

			var app *temporal.ApplicationError
			require.ErrorAs(t, b.GetWorkflowError(), &app)
			require.Equal(t, ErrorFailed, app.Type())
			require.Equal(t, job.StateFailed, rec.Status.State)
			require.Equal(t, job.CodeBuildFailed, rec.Status.Error.Code, rec.Status.Error.Detail)
			require.Equal(t, failing.step, rec.Status.Error.Step)
			require.Equal(t, "a.md:7", rec.Status.Error.Place())
			require.Equal(t, rec.Status.ID, rec.Status.Error.JobID)
			for j, s := range rec.Status.Steps {
				want := job.StepCompleted
				if j == i {
					want = job.StepFailed
				} else if j > i {
					want = job.StepSkipped
				}
				require.Equal(t, want, s.State, s.Name)
			}
			b.AssertCalled(t, "Cleanup", mock.Anything, mock.Anything)
		})
	}
}

// activityError is the error of an activity that failed for this reason.
func activityError(e *job.Error) error {
	return temporal.NewApplicationErrorWithOptions(e.Message, string(e.Code), temporal.ApplicationErrorOptions{
		NonRetryable: !e.Retryable, Details: []any{e},
	})
}

func TestPublishTriesAgainAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, flaky := range publishActivities {
		t.Run(flaky.step, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			outage := activityError(&job.Error{Code: job.CodeUnavailable, Message: "Away.", Retryable: true})
			b.answers(flaky.activity, outage).Twice()
			b.answers(flaky.activity, nil).Once()
			rec := b.run(publishRecord(job.LinksNew))

			require.NoError(t, b.GetWorkflowError())
			require.Equal(t, job.StateCompleted, rec.Status.State)
		})
	}
}

func TestPublishGivesUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	outage := activityError(&job.Error{Code: job.CodeSourceUnavailable, Message: "Away.", Retryable: true})
	b.answers("Fetch", outage)
	rec := b.run(publishRecord(job.LinksNew))

	require.Equal(t, job.StateFailed, rec.Status.State)
	require.Equal(t, job.CodeSourceUnavailable, rec.Status.Error.Code)
	require.True(t, rec.Status.Error.Retryable)
	b.AssertNumberOfCalls(t, "Fetch", int(patient.MaximumAttempts))
}

func TestPublishIsCancelledAtEveryStep(t *testing.T) {
	t.Parallel()
	for i, at := range publishActivities {
		t.Run(at.step, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.answers(at.activity, temporal.NewCanceledError()).
				Run(func(mock.Arguments) { b.CancelWorkflow() }).Once()
			rec := b.run(publishRecord(job.LinksNew))

			require.True(t, temporal.IsCanceledError(b.GetWorkflowError()))
			require.Equal(t, job.StateCancelled, rec.Status.State)
			require.Nil(t, rec.Status.Error)
			states := stepStates(rec)
			require.Equal(t, job.StepCancelled, states[at.step])
			for _, later := range publishActivities[i+1:] {
				require.Equal(t, job.StepSkipped, states[later.step])
			}
			b.AssertCalled(t, "Cleanup", mock.Anything, mock.Anything)
		})
	}
}

// A step that is as good as done may complete although it was told to stop.
// Who was told "cancelled" must not find the job completed.
func TestAnAcceptedCancelWinsOverCompletion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers("Verify", nil).Run(func(mock.Arguments) { b.CancelWorkflow() }).Once()
	rec := b.run(publishRecord(job.LinksNew))

	require.True(t, temporal.IsCanceledError(b.GetWorkflowError()))
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.NotContains(t, eventTypes(rec), "job.completed")
}

func TestACancelWhileTheRecordIsSavedWins(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	saved := 0
	b.OnActivity("SaveRecord", mock.Anything, mock.Anything).
		Return(func(ctx context.Context, rec *record.Record) error {
			if saved++; saved == 1 {
				b.CancelWorkflow()
			}
			return b.records.Save(ctx, rec)
		})
	rec := b.run(publishRecord(job.LinksNew))

	require.Equal(t, 2, saved)
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.NotContains(t, eventTypes(rec), "job.completed")
}

func TestBrokenLinks(t *testing.T) {
	t.Parallel()
	broken := func(context.Context, activities.CheckInput) (r activities.CheckResult, err error) {
		r.Summary, r.Broken = "2 broken links", 2
		r.First = activities.Place{File: "guide/setup.md", Line: 3}
		r.Outputs = []job.Output{{Path: "reports/links.json"}}
		return r, nil
	}
	for _, c := range []struct {
		policy    job.LinkPolicy
		fresh     int
		checkOnly bool
		stops     bool
	}{
		{job.LinksNew, 1, false, true}, {job.LinksNew, 0, false, false},
		{job.LinksAll, 0, false, true}, {job.LinksWarn, 2, false, false},
		{job.LinksNew, 1, true, true}, {job.LinksNew, 0, true, false},
		{"fail", 0, false, true}, // as older histories have it
	} {
		t.Run(fmt.Sprintf("%s, %d new, check only %t", c.policy, c.fresh, c.checkOnly), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.on("Check", func(ctx context.Context, in activities.CheckInput) (activities.CheckResult, error) {
				r, err := broken(ctx, in)
				r.New = c.fresh
				return r, err
			})
			rec := b.run(recordOf(&job.Publish{Target: "local", Links: c.policy, CheckOnly: c.checkOnly}))
			require.NotEmpty(t, rec.Status.Outputs, "the report can be fetched")
			if c.checkOnly || c.stops {
				b.AssertNotCalled(t, "Release", mock.Anything, mock.Anything)
			}
			if !c.stops {
				require.Equal(t, job.StateCompleted, rec.Status.State)
				return
			}
			require.Equal(t, job.CodeLinksBroken, rec.Status.Error.Code)
			require.Equal(t, "guide/setup.md:3", rec.Status.Error.Place())
			require.Equal(t, !c.checkOnly, strings.Contains(rec.Status.Error.Message, "not released"))
			require.Equal(t, job.StepFailed, stepStates(rec)["check"])
			if c.checkOnly {
				require.Len(t, rec.Status.Steps, 3, "a check knows of no release")
			} else {
				require.Equal(t, job.StepSkipped, stepStates(rec)["release"])
			}
		})
	}
}

func TestLinksToOtherSites(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy    job.ExternalPolicy
		checkOnly bool
		steps     int
		asked     int
		stops     bool
	}{
		{job.ExternalOff, false, 5, 0, false}, {job.ExternalReport, false, 6, 1, false},
		{job.ExternalFail, false, 6, 1, true}, {job.ExternalReport, true, 4, 1, false},
	} {
		t.Run(fmt.Sprintf("%s, check only %t", c.policy, c.checkOnly), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.on("External", func(context.Context, activities.ExternalInput) (r activities.ExternalResult, err error) {
				r.Broken, r.First = 1, activities.Place{File: "a.md", Line: 2}
				return r, nil
			})
			rec := b.run(recordOf(&job.Publish{Target: "local", Links: job.LinksNew, External: c.policy, CheckOnly: c.checkOnly}))
			require.Len(t, rec.Status.Steps, c.steps)
			b.AssertNumberOfCalls(t, "External", c.asked)
			if !c.stops {
				require.Equal(t, job.StateCompleted, rec.Status.State)
				return
			}
			require.Equal(t, job.CodeLinksBroken, rec.Status.Error.Code)
			require.Equal(t, "external", rec.Status.Error.Step)
			require.Equal(t, "a.md:2", rec.Status.Error.Place())
			b.AssertNotCalled(t, "Release", mock.Anything, mock.Anything)
		})
	}
}

// The job ends only once its record is safe.
func TestTheRecordIsSavedUntilItIsSaved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tries := 0
	b.OnActivity("SaveRecord", mock.Anything, mock.Anything).
		Return(func(ctx context.Context, rec *record.Record) error {
			if tries++; tries < 4 {
				return errors.New("the store is away")
			}
			return b.records.Save(ctx, rec)
		})
	rec := b.run(publishRecord(job.LinksNew))
	require.Equal(t, 4, tries)
	require.Equal(t, job.StateCompleted, rec.Status.State)
}

func TestTheNextAttemptFollowsOn(t *testing.T) {
	t.Parallel()
	first := newBench(t)
	first.answers("Build", activityError(&job.Error{Code: job.CodeBuildFailed, Message: "No."}))
	failed := first.run(publishRecord(job.LinksNew))

	failed.RunID = "the first run" // the test environment gives all runs one ID
	require.NoError(t, first.records.Save(t.Context(), failed))

	second := newBenchWith(t, first.records)
	rec := second.run(workOf(failed).newRecord(failed.Status.ID, failed))

	require.Equal(t, 2, rec.Status.Attempt)
	require.Equal(t, failed.Status.LastEvent+1, rec.Events[0].Number, "events are numbered on")
	earlier, err := first.records.Attempt(t.Context(), failed.Status.ID, 1)
	require.NoError(t, err)
	require.Equal(t, job.StateFailed, earlier.Status.State, "the first attempt stays readable")
}

func TestTheJobCanBeReadWhileItRuns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers("Build", nil).After(time.Minute)
	b.RegisterDelayedCallback(func() {
		answer, err := b.QueryWorkflow(QueryStatus)
		require.NoError(t, err)
		var status job.Status
		require.NoError(t, answer.Get(&status))
		require.Equal(t, job.StateProcessing, status.State)
		require.Equal(t, job.StepCompleted, status.Step("fetch").State)
		require.Equal(t, job.StepProcessing, status.Step("build").State)
		require.Equal(t, job.StepQueued, status.Step("check").State)
	}, 30*time.Second)
	b.run(publishRecord(job.LinksNew))
}

func TestWorkerAndStepTimeoutsAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want job.Code
	}{
		"heartbeat":      {temporal.NewHeartbeatTimeoutError(), job.CodeWorkerLost},
		"start to close": {temporal.NewTimeoutError(1, nil), job.CodeTimeout},
		"anything else":  {errors.New("boom"), job.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := failureOf(c.err, "publish-3f9k2m7qx1ab")
			require.Equal(t, c.want, got.Code)
			require.NotEmpty(t, got.Hint)
			require.True(t, got.Retryable)
		})
	}
}
