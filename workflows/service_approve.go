package workflows

import (
	"context"
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/job"
)

// Approve implements [job.Service]. Whether somebody may decide is for the workflow
// to say, so that of several who decide at the same time one does.
func (s *Service) Approve(ctx context.Context, id job.ID, verdict job.Verdict) (*job.Status, error) {
	if len(verdict.Comment) > job.MaxReason {
		return nil, job.Invalid(job.Fault{Field: "comment", Message: fmt.Sprintf("must be at most %d bytes.", job.MaxReason)})
	}
	v, err := s.glance(ctx, id)
	if err != nil {
		return nil, err
	}
	if !v.running {
		return nil, conflict(&v.rec.Status, "The job does not wait for an approval; it is "+string(v.rec.Status.State)+".", "")
	}
	var p job.Publish
	if err := json.Unmarshal(v.rec.Status.Params, &p); err != nil || !p.Approve {
		return nil, conflict(&v.rec.Status, "The job needs no approval.", "")
	}
	waiting, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	handle, err := s.c.Client.UpdateWorkflow(waiting, client.UpdateWorkflowOptions{
		WorkflowID: string(id), RunID: v.runID, UpdateName: UpdateApprove, WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{job.Decision{Approved: !verdict.Reject, By: job.CallerFrom(ctx).Name, Comment: verdict.Comment}},
	})
	if err == nil {
		err = handle.Get(waiting, nil)
	}
	if err != nil {
		return nil, updateError(ctx, id, err)
	}
	return s.Get(ctx, id, job.StatusQuery{})
}
