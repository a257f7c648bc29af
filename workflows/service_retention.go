package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// Keep is what the operator says of how long results are kept.
type Keep struct {
	Default time.Duration // where a submission does not say; 7 days when 0
	Longest time.Duration // that anybody may ask for, from now on; 90 days when 0
	Warn    time.Duration // how long before its expiry a result is announced that nobody has fetched; 24 hours when 0, never when negative
	Pin     job.Scope     // who may pin; who may submit when ""
	// Archives are where copies of results can be kept, by name, with the tenants that
	// may use each; everybody when there are none.
	Archives map[string][]string
}

// Defaults of [Keep].
const (
	DefaultKeep    = 7 * 24 * time.Hour
	DefaultLongest = 90 * 24 * time.Hour
	DefaultWarn    = 24 * time.Hour
)

// complete fills in defaults.
func (k *Keep) complete() {
	if k.Default == 0 {
		k.Default = DefaultKeep
	}
	if k.Longest == 0 {
		k.Longest = max(DefaultLongest, k.Default)
	}
	if k.Warn == 0 {
		k.Warn = DefaultWarn
	}
	if k.Pin == "" {
		k.Pin = job.ScopeSubmit
	}
}

// leavesNothing reports whether jobs of the kind make nothing that could expire.
func leavesNothing(kind job.Kind) bool { return kind == job.KindProbe || kind == job.KindRollback }

// terms settles what becomes of the result of a submission. One that leaves nothing has
// none, unless it asks for it.
func (s *Service) terms(tenant string, sub *job.Submission) (*record.Terms, error) {
	if leavesNothing(sub.Kind()) && sub.Retention == "" && sub.Archive == "" {
		return nil, nil
	}
	k := s.c.Keep
	keep := k.Default
	if sub.Retention != "" {
		keep, _ = job.ParseSpan(sub.Retention) // which was checked
		if keep > k.Longest {
			return nil, job.Invalid(job.Fault{Field: "retention", Message: fmt.Sprintf("is longer than %s, which is the longest here.", job.FormatSpan(k.Longest))})
		}
	}
	if sub.Archive != "" && !slices.Contains(s.archives(tenant), sub.Archive) {
		there := "none is configured."
		if known := s.archives(tenant); len(known) > 0 {
			there = "the archives are: " + strings.Join(known, ", ") + "."
		}
		return nil, job.Invalid(job.Fault{Field: "archive", Message: fmt.Sprintf("there is no archive %q; %s", sub.Archive, there)})
	}
	return &record.Terms{Keep: int64(keep / time.Second), Warn: int64(max(k.Warn, 0) / time.Second), Archive: sub.Archive}, nil
}

// renewTerms makes sure that the terms of an earlier attempt can be kept in the next one,
// and settles those of one that had none yet.
func (s *Service) renewTerms(status *job.Status, w *work) (err error) {
	if w.terms == nil {
		w.terms, err = s.terms(w.tenant, &job.Submission{Params: job.NewParams(w.kind)})
		return err
	}
	if name := w.terms.Archive; name != "" && !slices.Contains(s.archives(w.tenant), name) {
		refused := conflict(status, fmt.Sprintf("The archive %s, in which a copy of the result is to be kept, is no longer in the configuration.", name),
			"Ask the operator to put it back, or submit the work again without an archive.")
		refused.Cause = job.CauseConfiguration
		return refused
	}
	return nil
}

// archives names those that the tenant may use.
func (s *Service) archives(tenant string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.c.Keep.Archives)) {
		if tenants := s.c.Keep.Archives[name]; len(tenants) == 0 || slices.Contains(tenants, tenant) {
			names = append(names, name)
		}
	}
	return names
}

// keepAbandoned gives the result of an attempt that could not do so itself to the
// workflow that keeps it.
func (s *Service) keepAbandoned(ctx context.Context, rec *record.Record) error {
	if rec.Terms == nil {
		return nil
	}
	if err := activities.TellRetention(ctx, s.c.Client, TaskQueue, activities.EndedOf(rec)); err != nil {
		return unavailable(rec.Status.ID, err)
	}
	return nil
}

// sourceThere makes sure that the source of an attempt can still be had for the next.
func (s *Service) sourceThere(ctx context.Context, status *job.Status, params json.RawMessage) error {
	var of struct {
		Source job.Source `json:"source"`
	}
	if json.Unmarshal(params, &of) != nil || of.Source.Git != "" {
		return nil
	}
	for _, upload := range append([]string{of.Source.Upload}, of.Source.Replaced...) {
		if upload == "" {
			continue
		}
		_, err := s.c.Sources.Resolve(ctx, job.Source{Upload: upload})
		if job.CodeOf(err) == job.CodeNotFound {
			return &job.Error{
				Code: job.CodeGone, Cause: job.CausePerson, JobID: status.ID,
				Message: "The source of the job has expired, too.",
				Hint:    "Submit the same folder again: it is sent again, and the job goes on under the same Job ID.",
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Extend implements [job.Service]. Whether there is still something to keep is for the
// workflow to say.
func (s *Service) Extend(ctx context.Context, id job.ID, e job.Extension) (*job.Status, error) {
	now := time.Now().UTC()
	change, err := s.change(ctx, e, now)
	if err != nil {
		return nil, err
	}
	v, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	status := &v.rec.Status
	switch {
	case id.Parent() != "":
		return nil, conflict(status, "A batch is not kept by itself.", "Extend the job that it belongs to, "+string(id.Parent())+".")
	case v.running:
		return nil, conflict(status, "The job has not ended; its time begins then.", "Extend it when it has ended.")
	case status.State == job.StateExpired:
		return nil, job.Gone(status)
	case v.rec.Terms == nil:
		return nil, conflict(status, "The job leaves nothing behind that expires.", "There is nothing to extend.")
	}
	if err := s.update(ctx, v.rec, change); err != nil {
		if job.CodeOf(err) == job.CodeGone {
			return nil, job.Gone(status)
		}
		return nil, err
	}
	return s.Get(ctx, id, job.StatusQuery{})
}

// change checks what is asked for against what the operator allows.
func (s *Service) change(ctx context.Context, e job.Extension, now time.Time) (Change, error) {
	if faults := e.Normalize(); len(faults) > 0 {
		return Change{}, job.Invalid(faults...)
	}
	if e.Pin != nil {
		if !job.CallerFrom(ctx).May(s.c.Keep.Pin) {
			return Change{}, &job.Error{
				Code: job.CodeForbidden, Cause: job.CauseRequest, Message: "Pinning takes the scope " + string(s.c.Keep.Pin) + " here.",
				Hint: "Extend the job, or ask the operator.",
			}
		}
		return Change{Pin: e.Pin}, nil
	}
	field, until := "until", e.Until
	if e.For != "" {
		span, _ := job.ParseSpan(e.For) // which was checked
		at := now.Add(span)
		field, until = "for", &at
	}
	at := until.UTC()
	switch longest := now.Add(s.c.Keep.Longest); {
	case !at.After(now):
		return Change{}, job.Invalid(job.Fault{Field: field, Message: "must lie in the future."})
	case at.After(longest):
		return Change{}, job.Invalid(job.Fault{Field: field, Message: fmt.Sprintf("is later than %s: %s from now on is the longest here.", minute(longest), job.FormatSpan(s.c.Keep.Longest))})
	}
	return Change{Until: &at}, nil
}

// update asks the workflow that keeps the result for a change. It starts that workflow
// if it does not run.
func (s *Service) update(ctx context.Context, rec *record.Record, change Change) error {
	id := rec.Status.ID
	state := &activities.RetentionState{Ended: activities.EndedOf(rec)}
	waiting, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	handle, err := s.c.Client.UpdateWithStartWorkflow(waiting, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: s.c.Client.NewWithStartWorkflowOperation(activities.RetentionOptions(id, TaskQueue), Retention, state),
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: UpdateExtend, Args: []any{change}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(waiting, nil)
	}
	if err != nil {
		return updateError(ctx, id, err)
	}
	return nil
}

// Fetched notes that somebody has fetched the result of an attempt of a job, or of a
// batch of it.
func (s *Service) Fetched(ctx context.Context, id job.ID, attempt int) error {
	if parent := id.Parent(); parent != "" {
		id = parent
	}
	err := s.c.Client.SignalWorkflow(ctx, activities.RetentionWorkflowID(id), "", activities.SignalFetched,
		activities.Fetched{Attempt: attempt, At: time.Now().UTC()})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil // nobody keeps it
	}
	return err
}
