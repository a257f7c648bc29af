package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// Names by which jobs, readers and the workflow that keeps a job's result know each
// other.
const (
	// RetentionWorkflow is the type of that workflow.
	RetentionWorkflow = "Retention"
	// SignalEnded tells it that an attempt has ended, SignalFetched that somebody has
	// fetched a result.
	SignalEnded   = "ended"
	SignalFetched = "fetched"
)

// RetentionWorkflowID is the ID of the workflow that keeps the job's result. It is no
// Job ID.
func RetentionWorkflowID(id job.ID) string { return "retention:" + string(id) }

// Ended tells of the end of an attempt, as far as its result is concerned.
type Ended struct {
	JobID    job.ID         `json:"job_id"`
	Attempt  int            `json:"attempt"`
	RunID    string         `json:"run_id"`
	Tenant   string         `json:"tenant"`
	At       time.Time      `json:"at"`
	Terms    record.Terms   `json:"terms"`
	Outputs  int            `json:"outputs"` // how many there are to fetch
	Batches  int            `json:"batches,omitempty"`
	Priority int            `json:"priority,omitempty"`
	Notify   []job.Route    `json:"notify,omitempty"`
	Summary  job.Summary    `json:"summary"` // as much of it as is told
	Items    job.ItemCounts `json:"items"`
}

// EndedOf tells of the end of the attempt whose record it is, which has terms.
func EndedOf(rec *record.Record) Ended {
	s := &rec.Status
	e := Ended{
		JobID: s.ID, Attempt: s.Attempt, RunID: rec.RunID, Tenant: rec.Tenant, At: s.UpdatedAt, Terms: *rec.Terms,
		Outputs: len(s.Outputs), Batches: s.Batches, Priority: s.Priority, Notify: rec.Notify, Items: s.Items,
		Summary: job.Summary{Kind: s.Kind, State: s.State, Submitter: s.Submitter, Labels: s.Labels, Summary: s.Summary},
	}
	if s.FinishedAt != nil {
		e.At = *s.FinishedAt
	}
	return e
}

// Fetched says that somebody has fetched the result of an attempt.
type Fetched struct {
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"`
}

// RetentionState is the input of the workflow that keeps a job's result: what it
// remembers of its past.
type RetentionState struct {
	Ended  Ended            `json:"ended"`
	Kept   record.Retention `json:"kept"`
	Warned bool             `json:"warned,omitempty"` // that the result is about to expire
	Loaded bool             `json:"loaded,omitempty"` // Kept is what is written
}

// TellRetention tells the workflow that keeps a job's result of the end of an
// attempt, and starts that workflow if it does not run. To repeat it is safe.
func TellRetention(ctx context.Context, c client.Client, queue string, e Ended) error {
	_, err := c.SignalWithStartWorkflow(ctx, RetentionWorkflowID(e.JobID), SignalEnded, e,
		RetentionOptions(e.JobID, queue), RetentionWorkflow, &RetentionState{})
	return err
}

// RetentionOptions are those with which the workflow that keeps a job's result is
// started.
func RetentionOptions(id job.ID, queue string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: RetentionWorkflowID(id), TaskQueue: queue, StaticSummary: "The result of " + string(id),
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}
}

// Retention are the activities about what becomes of results. Those that take their
// time run on a queue of their own; the others are local.
type Retention struct {
	Client  client.Client
	Queue   string // of workflow tasks
	Store   *artifact.Store
	Records *record.Store
	Vaults  map[string]*artifact.Vault // the operator's archives, by name
	// Closed returns once the run of a job's workflow has closed, however.
	Closed func(ctx context.Context, id job.ID, runID string) error
}

// KeepResult tells the workflow that keeps a job's result of the end of an attempt.
func (r *Retention) KeepResult(ctx context.Context, e Ended) error {
	return TellRetention(ctx, r.Client, r.Queue, e)
}

// LoadRetention returns what became of the results of earlier attempts.
func (r *Retention) LoadRetention(ctx context.Context, id job.ID) (record.Retention, error) {
	kept, err := r.Records.Retention(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return record.Retention{}, nil
	}
	if err != nil {
		return record.Retention{}, err
	}
	return *kept, nil
}

// RetentionInput is the input of the activities that change what is known of a result.
type RetentionInput struct {
	ID    job.ID           `json:"id"`
	Kept  record.Retention `json:"kept"`
	Event job.Event        `json:"event,omitzero"` // that happens now; it is numbered here
}

// RetentionResult is their result.
type RetentionResult struct {
	Event job.Event `json:"event,omitzero"` // as it was numbered
	// MovedOn is set when nothing happened, because the next attempt has begun.
	MovedOn bool `json:"moved_on,omitempty"`
}

// SaveRetention writes what is known of a result.
func (r *Retention) SaveRetention(ctx context.Context, in RetentionInput) error {
	return r.Records.SaveRetention(ctx, in.ID, &in.Kept)
}

// AnnounceExpiry adds the event that the result is about to expire.
func (r *Retention) AnnounceExpiry(ctx context.Context, in RetentionInput) (RetentionResult, error) {
	return r.happen(ctx, in)
}

// happen numbers an event and writes it with what is known of the result.
func (r *Retention) happen(ctx context.Context, in RetentionInput) (RetentionResult, error) {
	event, err := r.Records.Append(ctx, in.Event)
	if errors.Is(err, record.ErrMovedOn) {
		return RetentionResult{MovedOn: true}, nil
	}
	if err != nil {
		return RetentionResult{}, err
	}
	in.Kept.Events = append(in.Kept.Events, event)
	return RetentionResult{Event: event}, r.Records.SaveRetention(ctx, in.ID, &in.Kept)
}

// ExpireInput is the input of [Retention.ExpireResult].
type ExpireInput struct {
	RetentionInput
	Batches int `json:"batches,omitempty"` // of the job
}

// ExpireResult ends the life of a job's result: the list of its documents becomes part of
// the record, from the event on nobody can fetch anything else, and then everything that only this job needs is let go of, for the sweep to delete.
// Once the next attempt has begun it does nothing. To repeat it is safe.
func (r *Retention) ExpireResult(ctx context.Context, in ExpireInput) (RetentionResult, error) {
	if err := r.keepItems(ctx, in.ID, in.Event.Attempt); err != nil {
		return RetentionResult{}, err
	}
	result, err := r.happen(ctx, in.RetentionInput)
	if err != nil || result.MovedOn {
		return result, err
	}
	// The event may be from an earlier try, and an attempt have begun since.
	begun, err := r.Records.Claimed(ctx, in.ID, in.Event.Attempt+1)
	if err != nil {
		return result, err
	}
	ids := []job.ID{in.ID}
	for n := 1; n <= in.Batches; n++ {
		ids = append(ids, in.ID.Batch(n))
	}
	for _, id := range ids {
		if err := r.forget(ctx, id, in.Event.Attempt, !begun); err != nil {
			return result, fmt.Errorf("letting go of the result of %s: %w", id, err)
		}
	}
	return result, nil
}

// forget removes logs of a job up to an attempt and lets go of what it holds. Its
// checkpoints, which are of no attempt, are removed where it is the last.
func (r *Retention) forget(ctx context.Context, id job.ID, attempt int, last bool) error {
	if last {
		if err := r.forgetCheckpoints(ctx, id); err != nil {
			return err
		}
	}
	if err := r.Store.Logs().Delete(ctx, string(id), attempt); err != nil {
		return err
	}
	return r.Store.Holds().Release(ctx, string(id), attempt)
}

func (r *Retention) forgetCheckpoints(ctx context.Context, id job.ID) error {
	documents := r.Store.Documents()
	for key, err := range documents.List(ctx, "checkpoints/"+string(id)) {
		if err == nil {
			err = documents.Delete(ctx, key)
		}
		if err != nil && !errors.Is(err, artifact.ErrNotFound) {
			return err
		}
	}
	return nil
}

// keepItems keeps the items of all attempts of a job up to the given one with their
// records.
func (r *Retention) keepItems(ctx context.Context, id job.ID, upTo int) error {
	for attempt := 1; attempt <= upTo; attempt++ {
		rec, err := r.Records.Attempt(ctx, id, attempt)
		if errors.Is(err, record.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		items, err := r.items(ctx, &rec.Status)
		if err == nil {
			err = r.Records.KeepItems(ctx, id, attempt, items)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// items returns the items of an attempt: from its own list, or from those of its batches
// where it did not get so far. What is not stored any more was kept before.
func (r *Retention) items(ctx context.Context, status *job.Status) (items []job.Item, err error) {
	lists := itemLists(status)
	whole := len(lists) > 0
	for n := 1; !whole && n <= status.Batches; n++ {
		batch, err := r.Records.Latest(ctx, status.ID.Batch(n))
		if errors.Is(err, record.ErrNotFound) || err == nil && batch.Status.CreatedAt.Before(status.CreatedAt) {
			continue // it did not end, in this attempt
		}
		if err != nil {
			return nil, err
		}
		lists = append(lists, itemLists(&batch.Status)...)
	}
	for _, list := range lists {
		more, err := getLines[job.Item](ctx, r.Store, artifact.Ref{SHA256: list.SHA256, Size: list.Size})
		_, damaged := errors.AsType[*artifact.DamagedError](err)
		if err != nil && !damaged && !errors.Is(err, artifact.ErrNotFound) {
			return nil, err
		}
		items = append(items, more...)
	}
	return items, nil
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
