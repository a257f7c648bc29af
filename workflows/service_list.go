package workflows

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/docjobs/docjobs/job"
)

// List implements [job.Service] over Temporal's visibility, which may lag
// behind by up to a few seconds: the state of a single job is read by its ID.
func (s *Service) List(ctx context.Context, f job.Filter) (*job.Page, error) {
	limit, token, err := listPage(f)
	if err != nil {
		return nil, err
	}
	resp, err := s.c.Client.WorkflowService().ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace:     s.c.Namespace,
		PageSize:      int32(limit),
		NextPageToken: token,
		Query:         listQuery(job.CallerFrom(ctx).Tenant, f),
	})
	if err != nil {
		return nil, unavailable("", err)
	}
	page := &job.Page{Jobs: make([]job.Summary, 0, len(resp.GetExecutions()))}
	for _, info := range resp.GetExecutions() {
		page.Jobs = addNewest(page.Jobs, summaryOf(info))
	}
	page.Next = base64.RawURLEncoding.EncodeToString(resp.GetNextPageToken())
	return page, nil
}

// addNewest adds a job to a page, of several attempts the newest. Visibility
// knows each attempt as an execution of its own.
func addNewest(page []job.Summary, next job.Summary) []job.Summary {
	i := slices.IndexFunc(page, func(s job.Summary) bool { return s.ID == next.ID })
	if i < 0 {
		return append(page, next)
	}
	if next.Attempt > page[i].Attempt {
		page[i] = next
	}
	return page
}

// listPage returns how many jobs the page holds and where it begins.
func listPage(f job.Filter) (limit int, token []byte, err error) {
	limit = f.Limit
	if limit == 0 {
		limit = job.DefaultLimit
	}
	var faults []job.Fault
	if limit < 0 || limit > job.MaxLimit {
		faults = append(faults, job.Fault{Field: "limit", Message: fmt.Sprintf("must be 1 to %d.", job.MaxLimit)})
	}
	if f.State != "" && !f.State.Valid() {
		faults = append(faults, job.Fault{Field: "state", Message: "is not a state of a job."})
	}
	if f.Kind != "" && job.NewParams(f.Kind) == nil {
		faults = append(faults, job.Fault{Field: "kind", Message: "is not a kind of job."})
	}
	token, err = base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil || len(token) > 0 && !json.Valid(token) { // as Temporal makes them
		faults = append(faults, job.Fault{Field: "cursor", Message: "is not one that a page has named."})
	}
	if len(faults) > 0 {
		return 0, nil, job.Invalid(faults...)
	}
	return limit, token, nil
}

// listQuery returns the visibility query for the filter.
func listQuery(tenant string, f job.Filter) string {
	conditions := []string{equals(AttributeTenant.GetName(), tenant)}
	for _, c := range []struct{ attribute, value string }{
		{AttributeKind.GetName(), string(f.Kind)},
		{AttributeState.GetName(), string(f.State)},
		{AttributeSubmitter.GetName(), f.Submitter},
		{AttributeTarget.GetName(), f.Target},
		{AttributeLabels.GetName(), f.Label},
		{AttributeParent.GetName(), string(f.Parent)},
	} {
		if c.value != "" {
			conditions = append(conditions, equals(c.attribute, c.value))
		}
	}
	if f.Parent == "" { // batches are listed with their job
		conditions = append(conditions, AttributeParent.GetName()+" IS NULL")
	}
	if !f.Since.IsZero() {
		conditions = append(conditions, "StartTime >= '"+f.Since.UTC().Format(time.RFC3339Nano)+"'")
	}
	if !f.Until.IsZero() {
		conditions = append(conditions, "StartTime < '"+f.Until.UTC().Format(time.RFC3339Nano)+"'")
	}
	return strings.Join(conditions, " AND ")
}

// quoted escapes a value for a visibility query.
var quoted = strings.NewReplacer(`\`, `\\`, `'`, `''`)

func equals(attribute, value string) string {
	return attribute + " = '" + quoted.Replace(value) + "'"
}

// summaryOf tells of a job what visibility knows of it.
func summaryOf(info *workflowpb.WorkflowExecutionInfo) job.Summary {
	summary := job.Summary{
		ID:        job.ID(info.GetExecution().GetWorkflowId()),
		Kind:      job.ID(info.GetExecution().GetWorkflowId()).Kind(),
		CreatedAt: info.GetStartTime().AsTime(),
	}
	if closed := info.GetCloseTime(); closed != nil {
		at := closed.AsTime()
		summary.FinishedAt = &at
	}
	attribute := func(name string, value any) {
		if payload, ok := info.GetSearchAttributes().GetIndexedFields()[name]; ok {
			_ = converter.GetDefaultDataConverter().FromPayload(payload, value)
		}
	}
	attribute(AttributeState.GetName(), &summary.State)
	attribute(AttributeSubmitter.GetName(), &summary.Submitter)
	attribute(AttributeTarget.GetName(), &summary.Target)
	attribute(AttributeLabels.GetName(), &summary.Labels)
	attribute(AttributeAttempt.GetName(), &summary.Attempt)
	if rec, err := memoRecord(info.GetMemo()); err == nil {
		summary.Summary = rec.Status.Summary
	}
	summary.State = endedState(summary.State, info.GetStatus())
	return summary
}

// endedState is the state of a job whose workflow closed without saying so: it
// was ended by force or timed out.
func endedState(state job.State, status enumspb.WorkflowExecutionStatus) job.State {
	if status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING || state.Terminal() {
		return state
	}
	if status == enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED {
		return job.StateCancelled
	}
	return job.StateFailed
}
