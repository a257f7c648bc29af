package workflows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

// mayUse refuses a target that there is not, or not for this caller.
func (s *Service) mayUse(ctx context.Context, target string) error {
	names := s.c.Targets.Names(job.CallerFrom(ctx).Tenant)
	if slices.Contains(names, target) {
		return nil
	}
	if len(names) == 0 {
		return job.Invalid(job.Fault{Field: "target", Message: "there is no target that you may use; ask the operator."})
	}
	return job.Invalid(job.Fault{Field: "target", Message: fmt.Sprintf(
		"there is no target %q; the targets are: %s.", target, strings.Join(names, ", "))})
}

// Targets implements [job.TargetService].
func (s *Service) Targets(ctx context.Context) (*job.TargetList, error) {
	list := &job.TargetList{Targets: []job.Target{}}
	for _, name := range s.c.Targets.Names(job.CallerFrom(ctx).Tenant) {
		t, err := s.targetNow(ctx, name)
		if err != nil {
			return nil, err
		}
		list.Targets = append(list.Targets, *t)
	}
	return list, nil
}

// Target implements [job.TargetService].
func (s *Service) Target(ctx context.Context, name string) (*job.Target, error) {
	if s.mayUse(ctx, name) != nil {
		return nil, &job.Error{
			Code: job.CodeNotFound, Cause: job.CauseRequest, Message: fmt.Sprintf("There is no target %q.", name),
			Hint: "`docjobs targets` lists the targets that there are.",
		}
	}
	t, err := s.targetNow(ctx, name)
	if err != nil || t.Problem != "" {
		return t, err
	}
	t.Releases, err = s.c.Targets.Releases(ctx, name)
	for i := range t.Releases {
		s.veil(ctx, &t.Releases[i])
	}
	return t, err
}

// veil takes out of a release which jobs of other tenants made it, and of what.
func (s *Service) veil(ctx context.Context, r *job.TargetRelease) {
	if _, err := s.glance(ctx, r.JobID); job.CodeOf(err) == job.CodeNotFound {
		r.JobID, r.Source = "", ""
	}
	if r.By == "" || r.By == r.JobID {
		return
	}
	if _, err := s.glance(ctx, r.By); job.CodeOf(err) == job.CodeNotFound {
		r.By = ""
	}
}

// targetNow tells of a target. One that cannot be read does not keep others from
// being told of.
func (s *Service) targetNow(ctx context.Context, name string) (*job.Target, error) {
	t := &job.Target{Name: name, URL: s.c.Targets.Address(name), Freeze: s.c.Targets.Freeze(name, time.Now())}
	t.Approval, _ = s.c.Targets.Approval(name)
	live, err := s.c.Targets.Current(ctx, name)
	if err != nil {
		t.Problem = "The target cannot be read just now."
	}
	if t.Live = live; live != nil {
		s.veil(ctx, live)
	}
	state, err := s.targetState(ctx, name)
	if err != nil {
		return nil, err
	}
	t.Lock = state.Lock
	tenant := job.CallerFrom(ctx).Tenant
	if state.Holder != nil {
		holder := turnOf(*state.Holder, tenant)
		t.Holder = &holder
	}
	for _, turn := range state.Queue {
		t.Waiting = append(t.Waiting, turnOf(turn, tenant))
	}
	return t, nil
}

// turnOf is a turn as the tenant may see it.
func turnOf(t activities.Turn, tenant string) job.Turn {
	if t.Tenant != tenant {
		t.JobID = ""
	}
	return job.Turn{JobID: t.JobID, Since: t.Since}
}

// targetState returns what the target's workflow knows. Its memo tells, so that no
// worker is needed.
func (s *Service) targetState(ctx context.Context, name string) (*activities.TargetState, error) {
	state := &activities.TargetState{Name: name}
	desc, err := s.c.Client.WorkflowService().DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: s.c.Namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: activities.TargetWorkflowID(name)},
	})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return state, nil // nothing was ever released
	}
	if err != nil {
		return nil, temporalError("", err)
	}
	info := desc.GetWorkflowExecutionInfo()
	payload, ok := info.GetMemo().GetFields()[MemoTarget]
	if !ok || info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return state, nil
	}
	return state, converter.GetDefaultDataConverter().FromPayload(payload, state)
}

// LockTarget implements [job.TargetService].
func (s *Service) LockTarget(ctx context.Context, name, reason string) (*job.Target, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > job.MaxReason {
		return nil, job.Invalid(job.Fault{Field: "reason", Message: fmt.Sprintf("must be 1 to %d bytes of text.", job.MaxReason)})
	}
	return s.tellTarget(ctx, name, UpdateLock, job.Lock{Reason: reason, By: job.CallerFrom(ctx).Name})
}

// UnlockTarget implements [job.TargetService].
func (s *Service) UnlockTarget(ctx context.Context, name string) (*job.Target, error) {
	return s.tellTarget(ctx, name, UpdateUnlock)
}

// updateTimeout is how long a worker has to answer an update.
const updateTimeout = 10 * time.Second

// tellTarget changes what a target's workflow knows, and returns the target as it is
// then. It starts the workflow if it does not run.
func (s *Service) tellTarget(ctx context.Context, name, update string, args ...any) (*job.Target, error) {
	if _, err := s.Target(ctx, name); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	start := s.c.Client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: activities.TargetWorkflowID(name), TaskQueue: TaskQueue, StaticSummary: "Turns at target " + name,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, Target, &activities.TargetState{Name: name})
	handle, err := s.c.Client.UpdateWithStartWorkflow(waiting, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: update, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(waiting, nil)
	}
	if err != nil {
		return nil, updateError(ctx, "", err)
	}
	t, err := s.Target(ctx, name)
	if err == nil && update == UpdateUnlock {
		t.Lock = nil // the memo may be a moment behind
	}
	if lock, ok := firstLock(args); err == nil && ok && t.Lock == nil {
		lock.Since = time.Now().UTC()
		t.Lock = &lock
	}
	return t, err
}

func firstLock(args []any) (lock job.Lock, ok bool) {
	if len(args) == 1 {
		lock, ok = args[0].(job.Lock)
	}
	return lock, ok
}

// updateError says why an update was refused, or was not answered.
func updateError(ctx context.Context, id job.ID, err error) error {
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == ErrorConflict {
		refused := conflictOf(app.Message(), "")
		refused.JobID = id
		return refused
	}
	if errors.As(err, &app) && app.Type() == ErrorExpired {
		return &job.Error{Code: job.CodeGone, Cause: job.CauseRequest, JobID: id, Message: app.Message(), Hint: "To have it again, submit the same work again."}
	}
	if errors.As(err, &app) && app.Type() == ErrorForbidden {
		return &job.Error{Code: job.CodeForbidden, Cause: job.CauseRequest, JobID: id, Message: app.Message(), Hint: "Ask somebody else to decide."}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return temporalError(id, err)
	}
	gone := unavailable(id, err)
	gone.Message, gone.Hint = "No worker answers.", "Try again in a moment, or ask the operator."
	return gone
}
