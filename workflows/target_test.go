package workflows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// A court is a target's workflow in Temporal's test environment, with jobs that are
// only names. What the target tells them is written down.
type court struct {
	*testsuite.TestWorkflowEnvironment
	t      *testing.T
	at     time.Duration // of the next thing that happens
	said   []string
	dead   []job.ID
	frozen activities.FreezeResult
}

var dawn = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func newCourt(t *testing.T) *court {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	c := &court{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t}
	Register(c)
	c.RegisterActivity(&activities.Turns{})
	c.SetStartTime(dawn)
	c.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, SignalWord, mock.Anything).
		Return(func(_, id, _, _ string, arg any) error {
			if slices.Contains(c.dead, job.ID(id)) {
				return errors.New("no such workflow")
			}
			c.said = append(c.said, id+": "+wordText(arg.(Word)))
			return nil
		}).Maybe()
	c.OnActivity("RunningTurns", mock.Anything, mock.Anything).
		Return(func(_ context.Context, in activities.RunningInput) (running []activities.Turn, err error) {
			return slices.DeleteFunc(slices.Clone(in.Turns), func(t activities.Turn) bool { return slices.Contains(c.dead, t.JobID) }), nil
		}).Maybe()
	c.OnActivity("TargetFreeze", mock.Anything, mock.Anything).
		Return(func(_ context.Context, in activities.FreezeInput) (activities.FreezeResult, error) {
			if c.frozen.Freeze != nil && !in.Now.Before(c.frozen.Freeze.Until) {
				return activities.FreezeResult{}, nil
			}
			return c.frozen, nil
		}).Maybe()
	return c
}

func wordText(w Word) string {
	switch {
	case w.Superseded:
		return strings.TrimSpace("superseded by " + string(w.SupersededBy))
	case w.Go:
		return "go"
	}
	return fmt.Sprintf("%d %s", w.Waiting.Position, w.Waiting.Reason)
}

// then lets something happen a second after what came before.
func (c *court) then(do func()) *court {
	c.at += time.Second
	c.RegisterDelayedCallback(do, c.at)
	return c
}

// enters lets a job come that was asked for at this second.
func (c *court) enters(id job.ID, asked int) *court { return c.entersOf("default", id, asked) }

// entersOf does so for a job of the tenant.
func (c *court) entersOf(tenant string, id job.ID, asked int) *court {
	return c.then(func() {
		c.SignalWorkflow(activities.SignalEnter, activities.Turn{
			JobID: id, RunID: "run of " + string(id), Tenant: tenant, Asked: dawn.Add(time.Duration(asked) * time.Second),
		})
	})
}

func (c *court) leaves(id job.ID, released bool) *court {
	return c.then(func() {
		c.SignalWorkflow(activities.SignalLeave, Left{RunID: "run of " + string(id), Released: released})
	})
}

func (c *court) dies(id job.ID) *court { return c.then(func() { c.dead = append(c.dead, id) }) }

func (c *court) after(d time.Duration) *court { c.at += d; return c }

// update sends an update and returns where its error will stand.
func (c *court) update(name string, args ...any) *error {
	refused := new(error)
	c.then(func() {
		c.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{
			OnReject: func(err error) { *refused = err }, OnAccept: func() {}, OnComplete: func(any, error) {},
		}, args...)
	})
	return refused
}

// run runs the workflow through all of that and checks what the jobs were told.
func (c *court) run(want ...string) {
	c.t.Helper()
	c.then(c.CancelWorkflow)
	c.SetTestTimeout(20 * time.Second)
	c.ExecuteWorkflow(Target, &activities.TargetState{Name: "local"})
	require.True(c.t, c.IsWorkflowCompleted())
	require.True(c.t, temporal.IsCanceledError(c.GetWorkflowError()), "%v", c.GetWorkflowError())
	require.Equal(c.t, want, c.said)
}

func TestOnePublishAfterTheOther(t *testing.T) {
	t.Parallel()
	newCourt(t).enters("publish-a", 1).enters("publish-b", 2).leaves("publish-a", true).leaves("publish-b", true).
		enters("publish-c", 3).run(
		"publish-a: go",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-b: go",
		"publish-c: go",
	)
}

func TestANewerPublishSupersedesWhatWaits(t *testing.T) {
	t.Parallel()
	newCourt(t).enters("publish-a", 1).enters("publish-b", 2).enters("publish-c", 3).leaves("publish-a", true).run(
		"publish-a: go",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-b: superseded by publish-c",
		"publish-c: 1 Target local is held by job publish-a.",
		"publish-c: go",
	)
}

// Tenants that share a target are not told of each other's jobs.
func TestAnotherTenantsJobIsNotNamed(t *testing.T) {
	t.Parallel()
	newCourt(t).entersOf("ours", "publish-a", 1).entersOf("ours", "publish-b", 2).entersOf("theirs", "publish-c", 3).
		entersOf("ours", "rollback-r", 4).leaves("publish-a", false).run(
		"publish-a: go",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-b: superseded by",
		"publish-c: 1 Target local is held by a job of others.",
		"publish-c: superseded by",
		"publish-a: superseded by rollback-r",
		"rollback-r: 1 Target local is held by job publish-a.",
		"rollback-r: go",
	)
}

func TestAnOlderPublishNeverFollowsANewerOne(t *testing.T) {
	t.Parallel()
	newCourt(t).enters("publish-b", 2).enters("publish-a", 1).leaves("publish-b", true).enters("publish-z", 0).run(
		"publish-b: go",
		"publish-a: superseded by publish-b",
		"publish-z: superseded by publish-b",
	)
}

func TestAPublishThatDidNotReleaseSupersedesNobodyLater(t *testing.T) {
	t.Parallel()
	newCourt(t).enters("publish-b", 2).leaves("publish-b", false).enters("publish-a", 1).run(
		"publish-b: go", "publish-a: go",
	)
}

func TestARollbackComesFirst(t *testing.T) {
	t.Parallel()
	newCourt(t).enters("publish-a", 1).enters("publish-b", 2).enters("rollback-r", 3).enters("publish-c", 4).
		leaves("publish-a", false).leaves("rollback-r", true).run(
		"publish-a: go",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-b: superseded by rollback-r",
		"publish-a: superseded by rollback-r",
		"rollback-r: 1 Target local is held by job publish-a.",
		"publish-c: 2 Target local is held by job publish-a.",
		"rollback-r: go",
		"publish-c: 1 Target local is held by job rollback-r.",
		"publish-c: go",
	)
}

func TestAJobThatWasEndedByForceHoldsNothing(t *testing.T) {
	t.Parallel()
	newCourt(t).enters("publish-a", 1).enters("publish-b", 2).dies("publish-a").after(3*checkWaiting).run(
		"publish-a: go",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-b: go",
	)
	newCourt(t).enters("publish-a", 1).enters("publish-b", 2).dies("publish-b").leaves("publish-a", true).enters("publish-c", 3).run(
		"publish-a: go",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-c: go",
	)
}

// That a job cannot be told while others are told about it changes nothing for them.
func TestAJobThatEndsWhileOthersAreTold(t *testing.T) {
	t.Parallel()
	newCourt(t).enters("publish-a", 1).dies("publish-a").enters("rollback-r", 2).after(2*checkWaiting).run(
		"publish-a: go",
		"rollback-r: 1 Target local is held by job publish-a.",
		"rollback-r: go",
	)
	newCourt(t).enters("publish-a", 1).enters("publish-b", 2).dies("publish-b").enters("publish-c", 3).leaves("publish-a", true).after(2*checkWaiting).run(
		"publish-a: go",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-c: 1 Target local is held by job publish-a.",
		"publish-c: go",
	)
}

func TestALockKeepsPublishesWaiting(t *testing.T) {
	t.Parallel()
	c := newCourt(t).enters("publish-a", 1)
	first := c.update(UpdateLock, job.Lock{Reason: "incident", By: "ada"})
	again := c.update(UpdateLock, job.Lock{Reason: "mine"})
	c.enters("rollback-r", 2).leaves("publish-a", false).leaves("rollback-r", true).enters("publish-b", 3)
	freed := c.update(UpdateUnlock)
	twice := c.update(UpdateUnlock)
	c.run(
		"publish-a: go",
		"publish-a: 1 Target local is locked by ada: incident",
		"publish-a: superseded by rollback-r",
		"rollback-r: 1 Target local is held by job publish-a.",
		"rollback-r: go",
		"publish-b: 1 Target local is locked by ada: incident",
		"publish-b: go",
	)
	require.NoError(t, *first)
	require.ErrorContains(t, *again, "is locked already by ada: incident")
	require.NoError(t, *freed)
	require.ErrorContains(t, *twice, "is not locked")
}

func TestAFreezeEndsByItself(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	until := dawn.Add(48 * time.Hour)
	c.frozen = activities.FreezeResult{Freeze: &job.Freeze{Name: "holidays", Until: until}, Change: until}
	c.enters("publish-a", 1).after(47*time.Hour).enters("publish-b", 2).leaves("publish-a", false).after(2*time.Hour).run(
		"publish-a: 1 Target local is frozen until 2026-11-28 12:00 UTC: holidays",
		"publish-a: superseded by publish-b",
		"publish-b: 1 Target local is held by job publish-a.",
		"publish-b: 1 Target local is frozen until 2026-11-28 12:00 UTC: holidays",
		"publish-b: go",
	)
}

// What a target knows outlives the runs of its workflow.
func TestATargetContinuesAsNew(t *testing.T) {
	t.Parallel()
	c := newCourt(t).enters("publish-a", 1)
	c.then(func() { c.SetContinueAsNewSuggested(true) })
	c.update(UpdateLock, job.Lock{Reason: "incident"})
	c.SetTestTimeout(20 * time.Second)
	c.ExecuteWorkflow(Target, &activities.TargetState{Name: "local"})
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, c.GetWorkflowError(), &next)
	require.NotNil(t, next.Input)
	require.Equal(t, TargetTypeName(), next.WorkflowType.Name)
}

func TargetTypeName() string { return activities.TargetWorkflow }
