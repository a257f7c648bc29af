package workflows

import (
	"context"
	"strings"
	"sync"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/docjobs/docjobs/job"
)

// mergeBatches adds to the step that fans out how far its batches have come. The
// server knows it from the heartbeats of their activities, so that neither signals
// nor a worker are needed; at most batchesAtOnce batches are asked about. It returns
// the activities in which the batches are.
func (s *Service) mergeBatches(ctx context.Context, status *job.Status, pending []*workflowpb.PendingChildExecutionInfo) (activities []*workflowpb.PendingActivityInfo) {
	if status.Batches == 0 || status.State.Terminal() {
		return nil
	}
	step := runningStep(status)
	if step == nil || len(pending) == 0 {
		return nil
	}
	done := int64(status.Items.Completed + status.Items.Failed)
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, child := range pending {
		if !strings.HasPrefix(child.GetWorkflowId(), string(status.ID)+".") {
			continue // it tells somebody of the job
		}
		group.Go(func() {
			found, n := s.lookAtBatch(ctx, child)
			mu.Lock()
			defer mu.Unlock()
			activities = append(activities, found...)
			done += n
		})
	}
	group.Wait()
	step.Progress = estimated(step, done, int64(status.Items.Total), time.Now())
	status.Progress = step.Progress
	return activities
}

// runningStep returns the step that is being processed, or nil.
func runningStep(status *job.Status) *job.Step {
	for i := range status.Steps {
		if status.Steps[i].State == job.StepProcessing {
			return &status.Steps[i]
		}
	}
	return nil
}

// estimated is the progress of a step over documents, with the time at which it
// will be over if it goes on as it went.
func estimated(step *job.Step, done, total int64, now time.Time) *job.Progress {
	p := &job.Progress{Done: min(done, total), Total: total, Unit: "documents"}
	if step.StartedAt == nil || p.Done == 0 {
		return p
	}
	elapsed := now.Sub(*step.StartedAt)
	if elapsed <= 0 {
		return p
	}
	p.PerMinute = int64(float64(p.Done) / elapsed.Minutes())
	at := now.Add(time.Duration(float64(elapsed) / float64(p.Done) * float64(total-p.Done))).UTC().Truncate(time.Second)
	p.Estimate = &at
	return p
}

// lookAtBatch returns the activities that a batch is in, and how many documents it is
// done with, as far as the server knows.
func (s *Service) lookAtBatch(ctx context.Context, child *workflowpb.PendingChildExecutionInfo) (pending []*workflowpb.PendingActivityInfo, done int64) {
	desc, err := s.c.Client.WorkflowService().DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: s.c.Namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: child.GetWorkflowId(), RunId: child.GetRunId()},
	})
	if err != nil {
		return nil, 0 // it has just ended; the next look knows it from its parent
	}
	if rec, err := memoRecord(desc.GetWorkflowExecutionInfo().GetMemo()); err == nil {
		done = int64(rec.Status.Items.Completed + rec.Status.Items.Failed)
	}
	for _, a := range desc.GetPendingActivities() {
		var p job.Progress
		if a.GetActivityId() == convertBatchStep.name &&
			converter.GetDefaultDataConverter().FromPayloads(a.GetHeartbeatDetails(), &p) == nil {
			done = p.Done
		}
	}
	return desc.GetPendingActivities(), done
}

// batchItemLists returns the lists of items of the batches that have ended, for a
// job that has not put its own together: one that runs, or that was cut short.
func (s *Service) batchItemLists(ctx context.Context, status *job.Status) (lists []job.Output) {
	for n := 1; n <= status.Batches; n++ {
		rec, err := s.c.Records.Latest(ctx, status.ID.Batch(n))
		if err != nil || rec.Status.CreatedAt.Before(status.CreatedAt) {
			continue // it has not ended, in this attempt
		}
		lists = append(lists, itemLists(&rec.Status)...)
	}
	return lists
}
