package workflows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/docjobs/docjobs/job"
)

// unstarted is the length of the history of a workflow that no worker has seen: it was
// started, and its first task is there to be taken.
const unstarted = 2

// begun reports whether a worker has had the workflow. What its memo says is all there
// is to know of one that has not begun.
func begun(desc *workflowservice.DescribeWorkflowExecutionResponse) bool {
	return desc.GetWorkflowExecutionInfo().GetHistoryLength() > unstarted
}

// explain says of a running job that does not go on what it waits for, as far as the
// job does not know it itself. The server knows, so no worker is needed.
func (s *Service) explain(ctx context.Context, v *view, desc *workflowservice.DescribeWorkflowExecutionResponse, batches []*workflowpb.PendingActivityInfo) {
	status := &v.rec.Status
	if status.State.Terminal() || status.State == job.StateAwaitingApproval {
		return
	}
	if status.Waiting != nil {
		status.Waiting.For = cmp.Or(status.Waiting.For, job.WaitingTarget) // as jobs that were begun earlier do not say
		return
	}
	if !begun(desc) {
		status.Waiting = s.waiting(ctx, status, jobQueue, desc.GetWorkflowExecutionInfo().GetStartTime().AsTime())
		if w := status.Waiting; w != nil && w.For == job.WaitingWorker {
			markStale(status)
		}
		return
	}
	pending := append(pendingSteps(status, desc.GetPendingActivities()), batches...)
	if idle := longestIdle(pending); idle != nil {
		status.Waiting = s.waitingActivity(ctx, status, idle)
		return
	}
	if status.Stale && len(pending) == 0 {
		if status.Waiting = s.waitingAtTarget(ctx, v); status.Waiting != nil {
			return
		}
	}
	task := desc.GetPendingWorkflowTask()
	if status.Stale && len(pending) == 0 && task.GetState() == enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED {
		status.Waiting = s.waiting(ctx, status, jobQueue, task.GetOriginalScheduledTime().AsTime())
	}
}

// pendingSteps returns the activities that are steps of the job.
func pendingSteps(status *job.Status, pending []*workflowpb.PendingActivityInfo) (steps []*workflowpb.PendingActivityInfo) {
	for _, p := range pending {
		if status.Step(p.GetActivityId()) != nil {
			steps = append(steps, p)
		}
	}
	return steps
}

// longestIdle returns the activity that has waited longest if no worker has any, or nil.
func longestIdle(pending []*workflowpb.PendingActivityInfo) (idle *workflowpb.PendingActivityInfo) {
	for _, p := range pending {
		if p.GetState() != enumspb.PENDING_ACTIVITY_STATE_SCHEDULED {
			return nil
		}
		if idle == nil || p.GetScheduledTime().AsTime().Before(idle.GetScheduledTime().AsTime()) {
			idle = p
		}
	}
	return idle
}

// waitingActivity says what an activity waits for.
func (s *Service) waitingActivity(ctx context.Context, status *job.Status, p *workflowpb.PendingActivityInfo) *job.Waiting {
	now := time.Now().UTC()
	if next := p.GetNextAttemptScheduleTime(); next != nil && next.AsTime().After(now) {
		until := next.AsTime()
		return &job.Waiting{
			For: job.WaitingRetry, Since: p.GetLastAttemptCompleteTime().AsTime(), Until: &until,
			Reason: fmt.Sprintf("The last try of step %s failed; it is tried again at %s.", p.GetActivityId(), until.Truncate(time.Second).Format("15:04:05 MST")),
		}
	}
	since := p.GetScheduledTime().AsTime()
	name := queueName{p.GetActivityOptions().GetTaskQueue().GetName(), enumspb.TASK_QUEUE_TYPE_ACTIVITY}
	return s.waiting(ctx, status, name, since)
}

// waitingAtTarget returns what a job waits for at its target, as that remembers it, or nil
// if it does not wait there. The job itself may not have got so far as to write it down.
func (s *Service) waitingAtTarget(ctx context.Context, v *view) *job.Waiting {
	target := targetOf(v.rec.Status.Kind, v.rec.Status.Params)
	if target == "" {
		return nil
	}
	state, err := s.targetState(ctx, target)
	if err != nil || state.Holder == nil {
		return nil
	}
	c := coordinator{TargetState: *state}
	if state.Holder.RunID == v.runID {
		return c.blocked(*state.Holder)
	}
	if i := slices.IndexFunc(state.Queue, sameRun(v.runID)); i >= 0 {
		return c.heldBy(state.Queue[i], i)
	}
	return nil
}

// soonTaken is how long a task may wait without anybody being told: a worker that has
// room takes it sooner.
const soonTaken = time.Second

// waiting says what a task of the job waits for: a worker, or a free slot of one. It is
// nil where the server does not tell, and while it may be taken any moment.
func (s *Service) waiting(ctx context.Context, status *job.Status, name queueName, since time.Time) *job.Waiting {
	q := s.queues.find(ctx, name)
	if q == nil {
		return nil
	}
	if status.Stale || !q.alive() && (name == jobQueue || !s.queues.find(ctx, jobQueue).alive()) {
		return &job.Waiting{
			For: job.WaitingWorker, Since: since,
			Reason: fmt.Sprintf("No worker is running that takes tasks of queue %s. The job goes on when one is back.", name.name),
		}
	}
	if time.Since(since) < soonTaken {
		return nil
	}
	ahead := q.ahead(status.Priority, since)
	return &job.Waiting{For: job.WaitingSlot, Since: since, Position: ahead + 1, Reason: busy(ahead)}
}

// busy says how many tasks come first.
func busy(ahead int) string {
	switch ahead {
	case 0:
		return "All workers are busy; the job is about the next."
	case 1:
		return "All workers are busy; about 1 task comes first."
	}
	return fmt.Sprintf("All workers are busy; about %d tasks come first.", ahead)
}
