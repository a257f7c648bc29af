package workflows

import (
	"context"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/docjobs/docjobs/job"
)

// cancelWait is how long Cancel waits for the job to have stopped.
const cancelWait = 10 * time.Second

// Cancel implements [job.Service]. To cancel a cancelled job again is the same
// as once; a job that ended otherwise is a conflict.
func (s *Service) Cancel(ctx context.Context, id job.ID, reason string) (*job.Status, error) {
	v, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if !v.running {
		return cancelEnded(v)
	}
	if v.rec.Status.State != job.StateCancelled {
		_, err = s.c.Client.WorkflowService().RequestCancelWorkflowExecution(ctx, &workflowservice.RequestCancelWorkflowExecutionRequest{
			Namespace:         s.c.Namespace,
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: string(id), RunId: v.runID},
			Reason:            reason,
			Identity:          job.CallerFrom(ctx).Name,
		})
	}
	if err != nil {
		return s.cancelRaced(ctx, id, err)
	}
	s.awaitEnd(ctx, id, cancelWait)
	return s.Get(ctx, id, job.StatusQuery{})
}

// cancelEnded answers the cancelling of a job that has ended.
func cancelEnded(v *view) (*job.Status, error) {
	if v.rec.Status.State == job.StateCancelled {
		return &v.rec.Status, nil
	}
	return nil, conflict(&v.rec.Status, "The job has ended already; it is "+string(v.rec.Status.State)+".", "There is nothing to cancel.")
}

// cancelRaced answers when the job ended while its cancel was on the way.
func (s *Service) cancelRaced(ctx context.Context, id job.ID, cause error) (*job.Status, error) {
	v, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if v.running {
		return nil, temporalError(id, cause)
	}
	return cancelEnded(v)
}
