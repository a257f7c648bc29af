package workflows

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// queryTimeout is how long a worker has to answer a query. After that the memo
// answers, and the status says so.
const queryTimeout = time.Second

// A view is a job as it was found.
type view struct {
	rec     *record.Record
	runID   string
	running bool // its workflow has not closed
}

// Get implements [job.Service].
func (s *Service) Get(ctx context.Context, id job.ID, q job.StatusQuery) (*job.Status, error) {
	if q.Wait > 0 {
		run := s.awaitEnd(ctx, id, min(q.Wait, job.MaxWait))
		if rec := s.recordOf(ctx, id, run); rec != nil && (q.Attempt == 0 || q.Attempt == rec.Status.Attempt) {
			return &rec.Status, nil
		}
	}
	v, err := s.loadAttempt(ctx, id, q.Attempt)
	if err != nil {
		return nil, err
	}
	status := &v.rec.Status
	if v.running && status.State == job.StateProcessing && status.Waiting == nil && status.Kind != job.KindProbe {
		status.Estimate = s.past(ctx, courseOf(v.rec.Tenant, status)).estimate(status, time.Now())
	}
	return status, nil
}

// awaitEnd waits until the job's workflow has closed, or for so long. It returns
// the run that has closed, or "". What there is to say of errors is said by
// whoever reads the job next.
//
// The wait is no deadline of the request: Temporal answers a long poll a second
// before its deadline, so one with less than that at once, and the client would
// ask again without a pause.
func (s *Service) awaitEnd(ctx context.Context, id job.ID, wait time.Duration) (runID string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(wait, cancel).Stop()
	run := s.c.Client.GetWorkflow(ctx, string(id), "")
	err := run.Get(ctx, nil)
	var closed *temporal.WorkflowExecutionError
	if err != nil && !errors.As(err, &closed) {
		return ""
	}
	return run.GetRunID()
}

// recordOf returns the record that a run left before it closed, or nil if it
// left none, as one does that was ended by force, or if it is another tenant's.
func (s *Service) recordOf(ctx context.Context, id job.ID, runID string) *record.Record {
	if runID == "" {
		return nil
	}
	rec, err := s.c.Records.Latest(ctx, id)
	if err != nil || rec.RunID != runID || rec.Tenant != job.CallerFrom(ctx).Tenant {
		return nil
	}
	return rec
}

// loadAttempt returns the n-th attempt of the job, or the newest for 0.
func (s *Service) loadAttempt(ctx context.Context, id job.ID, n int) (*view, error) {
	v, err := s.load(ctx, id)
	if err != nil || n == 0 || n == v.rec.Status.Attempt {
		return v, err
	}
	rec, err := s.c.Records.Attempt(ctx, id, n)
	if errors.Is(err, record.ErrNotFound) {
		return nil, &job.Error{
			Code: job.CodeNotFound, JobID: id,
			Message: fmt.Sprintf("The job has no attempt %d; the newest is %d.", n, v.rec.Status.Attempt),
		}
	}
	if err != nil {
		return nil, unavailable(id, err)
	}
	return &view{rec: rec, runID: rec.RunID}, nil
}

// load returns the job as it is now: from its workflow while that runs, from
// its record afterwards, and from the workflow's memo while no worker answers.
func (s *Service) load(ctx context.Context, id job.ID) (*view, error) {
	key := reading{job.CallerFrom(ctx).Tenant, id}
	v, err := s.jobs.look(ctx, key, func(ctx context.Context) (*view, error) { return s.find(ctx, id, s.ask) })
	if err != nil {
		return nil, err
	}
	mine := *v
	mine.rec = v.rec.Clone()
	return &mine, nil
}

// glance returns the job as it was when its newest step began. Who submits what
// is being done already needs no more, and many may do so at once.
func (s *Service) glance(ctx context.Context, id job.ID) (*view, error) {
	return s.find(ctx, id, func(context.Context, *view) {})
}

// find returns the job, brought up to date by refresh if it runs.
func (s *Service) find(ctx context.Context, id job.ID, refresh func(context.Context, *view)) (*view, error) {
	desc, err := s.c.Client.WorkflowService().DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: s.c.Namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: string(id)},
	})
	if err != nil {
		return s.loadRecord(ctx, id, err)
	}
	remembered, err := memoRecord(desc.GetWorkflowExecutionInfo().GetMemo())
	if err != nil || remembered.Tenant != job.CallerFrom(ctx).Tenant {
		return nil, notFound(id) // not a job, or not this caller's
	}
	v := &view{rec: remembered, runID: desc.GetWorkflowExecutionInfo().GetExecution().GetRunId()}
	if desc.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		v.running = true
		if begun(desc) {
			refresh(ctx, v)
		}
		merge(&v.rec.Status, desc)
		batches := s.mergeBatches(ctx, &v.rec.Status, desc.GetPendingChildren())
		s.explain(ctx, v, desc, batches)
		return v, nil
	}
	return v, s.close(ctx, v, desc.GetWorkflowExecutionInfo())
}

// loadRecord returns a job that Temporal does not tell of: because it is past
// Temporal's retention, or because Temporal is away.
func (s *Service) loadRecord(ctx context.Context, id job.ID, cause error) (*view, error) {
	var missing *serviceerror.NotFound
	gone := errors.As(cause, &missing)
	rec, err := s.c.Records.Latest(ctx, id)
	switch {
	case errors.Is(err, record.ErrNotFound):
		return nil, temporalError(id, cause)
	case err != nil:
		return nil, unavailable(id, err)
	case rec.Tenant != job.CallerFrom(ctx).Tenant:
		return nil, notFound(id)
	}
	if !gone {
		rec.Status.Stale = true
		rec.Status.StaleReason = "The job engine does not answer; this is the newest attempt that has ended."
	}
	return &view{rec: rec, runID: rec.RunID}, nil
}

// ask brings a running job up to date by asking its worker.
func (s *Service) ask(ctx context.Context, v *view) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	answer, err := s.c.Client.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: string(v.rec.Status.ID), RunID: v.runID, QueryType: QueryRecord,
	})
	var rec record.Record
	if err == nil {
		err = answer.QueryResult.Get(&rec)
	}
	if err != nil {
		markStale(&v.rec.Status)
		return
	}
	v.rec = &rec
}

// markStale says that no worker told what is shown.
func markStale(status *job.Status) {
	status.Stale = true
	status.StaleReason = "No worker answers; this is the last that is known. The job goes on when a worker is back."
}

// merge adds what the server knows of a running job: of the activity that runs,
// and whether the job was cancelled.
func merge(status *job.Status, desc *workflowservice.DescribeWorkflowExecutionResponse) {
	for _, pending := range desc.GetPendingActivities() {
		mergePending(status, pending)
	}
	if desc.GetWorkflowExtendedInfo().GetCancelRequested() {
		acceptedCancel(status)
	}
}

// acceptedCancel shows a job as cancelled from the moment the cancel was
// accepted. It is not finished until its workflow has cleaned up.
func acceptedCancel(status *job.Status) {
	if status.State.Terminal() {
		return
	}
	status.State = job.StateCancelled
	status.Progress = nil
}

// mergePending adds to the step that an activity does what the server knows of
// it: whether a worker has it, its progress, and why it is being tried again.
func mergePending(status *job.Status, pending *workflowpb.PendingActivityInfo) {
	step := status.Step(pending.GetActivityId())
	if step == nil || step.State != job.StepProcessing && step.State != job.StepQueued {
		return
	}
	catchUp(status, step.Name)
	step.Try = int(pending.GetAttempt())
	if pending.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && step.Try <= 1 {
		step.State, step.StartedAt = job.StepQueued, nil
		return
	}
	var progress job.Progress
	if converter.GetDefaultDataConverter().FromPayloads(pending.GetHeartbeatDetails(), &progress) == nil && progress != (job.Progress{}) {
		step.Progress = &progress
		status.Progress = &progress
	}
	if failure := pending.GetLastFailure(); failure != nil {
		step.Error = &job.Error{
			Code: job.CodeUnavailable, Cause: job.CauseService, JobID: status.ID, Step: step.Name,
			Message:   "The last try failed: " + failure.GetMessage(),
			Hint:      "It is tried again by itself.",
			Retryable: true,
		}
	}
}

// catchUp brings a status from the memo, which may be a step behind, to the
// step that runs: the steps before it are done.
func catchUp(status *job.Status, running string) {
	if status.State == job.StateQueued {
		status.State = job.StateProcessing
	}
	for i := range status.Steps {
		s := &status.Steps[i]
		if s.Name == running {
			s.State = job.StepProcessing
			return
		}
		if s.State == job.StepQueued || s.State == job.StepProcessing {
			s.State = job.StepCompleted
		}
	}
}

// close completes the view of a job whose workflow has closed. It has a record
// then, unless the workflow was ended by force or by a timeout: the record of
// such a run is written here, from the last that is known.
func (s *Service) close(ctx context.Context, v *view, info *workflowpb.WorkflowExecutionInfo) error {
	rec, err := s.c.Records.Latest(ctx, v.rec.Status.ID)
	if err != nil && !errors.Is(err, record.ErrNotFound) {
		return unavailable(v.rec.Status.ID, err)
	}
	if err == nil && rec.RunID == v.runID {
		v.rec = rec
		return nil
	}
	if s.ask(ctx, v); v.rec.Status.Stale { // a worker can still tell the whole story
		v.rec.Status.Stale, v.rec.Status.StaleReason = false, ""
	}
	v.rec.RunID = v.runID
	if err == nil {
		renumberAfter(v.rec, rec)
	}
	if !v.rec.Status.State.Terminal() {
		sealAbandoned(v.rec, info)
		expireAfter(v.rec)
	}
	if err := s.c.Records.Seal(ctx, v.rec); err != nil {
		return unavailable(v.rec.Status.ID, err)
	}
	return s.keepAbandoned(ctx, v.rec)
}

// renumberAfter makes sure that a run which could not number itself does not
// take the number of an attempt that has a record.
func renumberAfter(rec, last *record.Record) {
	if rec.Status.Attempt <= last.Status.Attempt {
		rec.Renumber(last.Status.Attempt+1, last.Status.LastEvent)
	}
}

// sealAbandoned ends the record of a run that did not end it itself, as far as
// the server tells how it ended.
func sealAbandoned(rec *record.Record, info *workflowpb.WorkflowExecutionInfo) {
	event := job.Event{At: info.GetCloseTime().AsTime()}
	switch info.GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		event.Message = "The record of how the job went was lost."
		rec.Enter(job.StateCompleted, event)
		rec.CloseSteps(job.StepCompleted)
		return
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		event.Message = "Stopped on request."
		rec.Enter(job.StateCancelled, event)
		rec.CloseSteps(job.StepCancelled)
		return
	}
	rec.Status.Error = abandonedError(rec.Status.ID, info.GetStatus())
	event.Error, event.Message = rec.Status.Error, rec.Status.Error.Message
	rec.Enter(job.StateFailed, event)
	rec.CloseSteps(job.StepFailed)
}

// abandonedError says why a run has failed that left no record.
func abandonedError(id job.ID, status enumspb.WorkflowExecutionStatus) *job.Error {
	e := &job.Error{
		Code: job.CodeInternal, Cause: job.CauseService, JobID: id, Retryable: true,
		Message: "The job failed, and the record of how was lost.",
		Hint:    "Resubmit the job; its history in the Temporal UI says more.",
		Detail:  "workflow execution status: " + status.String(),
	}
	switch status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		e.Code, e.Cause = job.CodeTerminated, job.CausePerson
		e.Message = "The job was ended by force by the operator of the job engine."
		e.Hint = "Ask the operator why, then resubmit the job."
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		e.Code = job.CodeTimeout
		e.Message = "The job took longer than it may."
	}
	return e
}

// memoRecord reads the record out of a workflow's memo.
func memoRecord(memo *commonpb.Memo) (*record.Record, error) {
	payload, ok := memo.GetFields()[MemoRecord]
	if !ok {
		return nil, errors.New("the workflow is not a job")
	}
	var rec record.Record
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &rec); err != nil {
		return nil, err
	}
	return &rec, nil
}

// Result implements [job.Service].
func (s *Service) Result(ctx context.Context, id job.ID, attempt int) (*job.Result, error) {
	v, err := s.loadAttempt(ctx, id, attempt)
	if err != nil {
		return nil, err
	}
	status := &v.rec.Status
	if v.running && status.State != job.StateAwaitingApproval { // what is to be approved can be looked at
		return nil, conflict(status, "The job is still running.", "Ask again when it has ended; the status tells when.")
	}
	if status.State == job.StateExpired {
		return nil, job.Gone(status)
	}
	return &job.Result{
		Pinned: status.Pinned, Archive: status.Archive,
		ID: id, Attempt: status.Attempt, State: status.State, FinishedAt: status.FinishedAt,
		ExpiresAt: status.ExpiresAt, Outputs: append([]job.Output{}, status.Outputs...),
		Release: status.Release, Items: status.Items, Error: status.Error,
	}, nil
}

// Items implements [job.Service].
func (s *Service) Items(ctx context.Context, id job.ID, q job.ItemQuery) (*job.ItemPage, error) {
	v, err := s.loadAttempt(ctx, id, q.Attempt)
	if err != nil {
		return nil, err
	}
	reader, err := newItemReader(q)
	if err != nil {
		return nil, err
	}
	if v.rec.Status.State == job.StateExpired {
		return s.keptItems(ctx, &v.rec.Status, reader)
	}
	lists := itemLists(&v.rec.Status)
	if len(lists) == 0 {
		lists = s.batchItemLists(ctx, &v.rec.Status)
	}
	for _, output := range lists {
		if err := s.readItems(ctx, output, reader); err != nil {
			return nil, err
		}
	}
	return &reader.page, nil
}

// keptItems fills a page from the items that were kept with the record when the job
// expired. A batch keeps none: its job does.
func (s *Service) keptItems(ctx context.Context, status *job.Status, r *itemReader) (*job.ItemPage, error) {
	if status.Parent != "" {
		return nil, job.Gone(status)
	}
	for item, err := range s.c.Records.Items(ctx, status.ID, status.Attempt) {
		if err != nil {
			return nil, unavailable(status.ID, err)
		}
		item.Outputs = nil // which are deleted
		if !r.add(item) {
			break
		}
	}
	return &r.page, nil
}

// itemLists returns the outputs of a job that list its items.
func itemLists(status *job.Status) (lists []job.Output) {
	for _, output := range status.Outputs {
		if output.Path == job.ItemsPath {
			lists = append(lists, output)
		}
	}
	return lists
}

// An itemReader fills a page of items from one list after the other.
type itemReader struct {
	page  job.ItemPage
	state job.StepState
	skip  int // items before the page
	limit int
	seen  int
}

func newItemReader(q job.ItemQuery) (*itemReader, error) {
	skip, limit, err := pageOf(q)
	return &itemReader{page: job.ItemPage{Items: []job.Item{}}, state: q.State, skip: skip, limit: limit}, err
}

// add adds an item to the page if it belongs there, and reports whether there is
// room for more.
func (r *itemReader) add(item job.Item) bool {
	n := r.seen
	r.seen++
	if n < r.skip || r.state != "" && item.State != r.state {
		return true
	}
	if len(r.page.Items) == r.limit {
		r.page.Next = strconv.Itoa(n)
		return false
	}
	r.page.Items = append(r.page.Items, item)
	return true
}

// readItems fills the page from the list of items that output is.
func (s *Service) readItems(ctx context.Context, output job.Output, r *itemReader) error {
	if r.page.Next != "" {
		return nil // the page is full
	}
	file, err := s.c.Blobs.Open(ctx, artifact.Ref{SHA256: output.SHA256, Size: output.Size})
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := json.NewDecoder(bufio.NewReader(file))
	for decoder.More() {
		var item job.Item
		if err := decoder.Decode(&item); err != nil {
			return fmt.Errorf("reading %s: %w", output.Path, err)
		}
		if !r.add(item) {
			return nil
		}
	}
	return nil
}

// pageOf returns where a page of items begins and how many it holds.
func pageOf(q job.ItemQuery) (skip, limit int, err error) {
	limit = q.Limit
	if limit == 0 {
		limit = job.DefaultLimit
	}
	if limit < 0 || limit > job.MaxLimit {
		return 0, 0, job.Invalid(job.Fault{Field: "limit", Message: fmt.Sprintf("must be 1 to %d.", job.MaxLimit)})
	}
	if q.Cursor != "" {
		if skip, err = strconv.Atoi(q.Cursor); err != nil || skip < 0 {
			return 0, 0, job.Invalid(job.Fault{Field: "cursor", Message: "is not one that a page has named."})
		}
	}
	return skip, limit, nil
}
