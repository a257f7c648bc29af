package workflows

import (
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// batchesAtOnce is how many batches of a job are begun and not ended. That is
// enough to keep many workers busy, and little to ask about when somebody looks at
// the job.
const batchesAtOnce = 16

// A fanOut is work that is done in batches, each a job of its own in a child
// workflow. Nothing of what the batches work on passes through the parent: for a
// batch its history has about nine events and 6 kB.
type fanOut struct {
	workflow any // takes the batch's record and its input
	steps    []stepPolicy
	sizes    []int // items of each batch
	input    func(n int, id job.ID) (summary string, input any)
}

// A batchEnd is how a batch ended.
type batchEnd struct {
	id     job.ID
	status *job.Status // nil if it did not live to tell
	err    *job.Error  // why it did not get to its end, or nil
}

// inBatches is the step of a job that does its work in batches. A batch that fails
// does not keep the others from being done.
func (l *lifecycle) inBatches(ctx workflow.Context, step string, f fanOut) ([]batchEnd, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.rec.Status.Batches = len(f.sizes)
	if err := l.stepStarted(ctx, step); err != nil {
		return nil, err
	}
	ends := make([]batchEnd, len(f.sizes))
	selector, begun, running := workflow.NewSelector(ctx), 0, 0
	for {
		for ; begun < len(f.sizes) && running < batchesAtOnce && ctx.Err() == nil; begun++ {
			n := begun
			running++
			selector.AddFuture(l.startBatch(ctx, n, f), func(ended workflow.Future) {
				running--
				ends[n] = endOf(ctx, l.rec.Status.ID.Batch(n+1), ended)
				l.batchEnded(ctx, step, ends[n], f.sizes[n])
			})
		}
		if running == 0 {
			break
		}
		selector.Select(ctx) // children of a cancelled job end, and are waited for
	}
	if err := ctx.Err(); err != nil {
		return nil, l.stepFailed(ctx, step, err)
	}
	l.rec.Status.Step(step).Summary = countOf(len(f.sizes), "batch", "batches")
	l.stepCompleted(ctx, step)
	return ends, nil
}

// countOf returns n with the noun in the right number.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// startBatch starts a batch as a child workflow.
func (l *lifecycle) startBatch(ctx workflow.Context, n int, f fanOut) workflow.ChildWorkflowFuture {
	id := l.rec.Status.ID.Batch(n + 1)
	summary, input := f.input(n, id)
	start := l.batchRecord(ctx, id, summary, f)
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            string(id),
		TaskQueue:             TaskQueue,
		WaitForCancellation:   true,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_TERMINATE, // only a parent that is ended by force leaves any
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		Memo:                  map[string]any{MemoRecord: start},
		TypedSearchAttributes: temporal.NewSearchAttributes(batchAttributes(start)...),
		StaticSummary:         summary,
		Priority:              temporal.Priority{PriorityKey: start.Status.Priority, FairnessKey: batchShare(start.Tenant, len(f.sizes))},
	})
	return workflow.ExecuteChildWorkflow(ctx, f.workflow, start, input)
}

// batchShare returns the fairness key of the batches of a job. Tasks of one key are done
// in their order, and keys take turns: the batches of a big job have a share of their
// own, so that its tenant's other jobs do not stand behind all that are begun. All big
// jobs of a tenant have that one share, or who has more of them would get more. A key
// has 64 bytes at most, a tenant's name 63.
func batchShare(tenant string, batches int) string {
	if batches == 1 {
		return tenant
	}
	return tenant + "/"
}

// batchRecord is the record that a batch begins with.
func (l *lifecycle) batchRecord(ctx workflow.Context, id job.ID, summary string, f fanOut) *record.Record {
	parent := &l.rec.Status
	now := workflow.Now(ctx)
	rec := &record.Record{
		Version: record.Version, Tenant: l.rec.Tenant, Digest: l.rec.Digest, Fresh: l.rec.Fresh,
		Status: job.Status{
			ID: id, Kind: parent.Kind, Parent: parent.ID, Attempt: parent.Attempt, Submitter: parent.Submitter,
			Labels: parent.Labels, Priority: parent.Priority, Summary: summary, CreatedAt: now, Steps: queuedSteps(f.steps),
		},
	}
	rec.Enter(job.StateQueued, job.Event{At: now, Message: summary})
	return rec
}

func batchAttributes(rec *record.Record) []temporal.SearchAttributeUpdate {
	status := &rec.Status
	attributes := []temporal.SearchAttributeUpdate{
		AttributeKind.ValueSet(string(status.Kind)),
		AttributeState.ValueSet(string(status.State)),
		AttributeTenant.ValueSet(rec.Tenant),
		AttributeParent.ValueSet(string(status.Parent)),
		AttributeAttempt.ValueSet(int64(status.Attempt)),
	}
	if status.Submitter != "" {
		attributes = append(attributes, AttributeSubmitter.ValueSet(status.Submitter))
	}
	if len(status.Labels) > 0 {
		attributes = append(attributes, AttributeLabels.ValueSet(status.Labels))
	}
	return attributes
}

// endOf tells how a batch ended. One whose items failed has got to its end; one
// that was cancelled, or could not go on, has not.
func endOf(ctx workflow.Context, id job.ID, ended workflow.Future) batchEnd {
	end := batchEnd{id: id}
	err := ended.Get(ctx, &end.status)
	if err == nil {
		return end
	}
	var status *job.Status
	var app *temporal.ApplicationError
	var cancelled *temporal.CanceledError
	switch {
	case errors.As(err, &app) && app.HasDetails() && app.Details(&status) == nil,
		errors.As(err, &cancelled) && cancelled.HasDetails() && cancelled.Details(&status) == nil:
		end.status = status
	}
	switch {
	case errors.As(err, &cancelled):
		end.err = &job.Error{
			Code: job.CodeCancelled, Cause: job.CausePerson, JobID: id, Retryable: true,
			Message: "The batch was cancelled before it came to this document.",
			Hint:    "Resubmit the job: only what was not done is done.",
		}
	case end.status == nil:
		end.err = failureOf(err, id)
	case end.status.State == job.StateFailed:
		end.err = end.status.Error
	}
	return end
}

// batchEnded counts what became of a batch.
func (l *lifecycle) batchEnded(ctx workflow.Context, step string, end batchEnd, size int) {
	counts := job.ItemCounts{Failed: size}
	state := job.StateFailed
	if end.status != nil {
		state = end.status.State
		if items := end.status.Items; items.Completed+items.Failed == size {
			counts = items
		}
	}
	total := &l.rec.Status.Items
	total.Completed += counts.Completed
	total.Warnings += counts.Warnings
	total.Failed += counts.Failed
	total.Reused += counts.Reused
	l.rec.Add(job.Event{
		Type: job.EventBatchEnded, At: workflow.Now(ctx), Step: step,
		Message: fmt.Sprintf("%s is %s; %d of %d documents done, %d failed.", end.id, state, total.Completed, total.Total, total.Failed),
	})
	l.tell(ctx)
	workflow.SetCurrentDetails(ctx, details(&l.rec.Status))
}

// span returns from when to when a batch took.
func (e batchEnd) span() (from, to time.Time) {
	if e.status == nil {
		return from, to
	}
	if e.status.FinishedAt != nil {
		to = *e.status.FinishedAt
	}
	return e.status.CreatedAt, to
}

// output returns the digest and the size of an output of the batch.
func (e batchEnd) output(path string) (job.Output, bool) {
	if e.status == nil {
		return job.Output{}, false
	}
	for _, o := range e.status.Outputs {
		if o.Path == path {
			return o, true
		}
	}
	return job.Output{}, false
}
