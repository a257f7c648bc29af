package workflows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// maxGenerations bounds how often the same work can be done over under IDs
// derived from it; it is done over only after something else was released.
const maxGenerations = 10_000

// work is a submission that passed every check.
type work struct {
	kind      job.Kind
	tenant    string
	submitter string
	labels    []string
	priority  int
	params    json.RawMessage
	summary   string
	target    string
	digest    string // tells this work from any other
	key       string // the Idempotency-Key
	keyed     bool   // the Job ID comes from a key
	asked     string // digest of the words
	force     bool
	notify    []string    // endpoints that the submission names
	routes    []job.Route // everybody who is told
	terms     *record.Terms
	commit    *job.Commit // that the job is made for, or nil
}

// id returns the Job ID of the work when it is done for the n-th time, from 0.
func (w *work) id(n int) job.ID {
	switch {
	case w.key != "":
		return job.DeriveID(w.kind, "key", w.tenant, w.key)
	case w.force:
		return job.RandomID(w.kind)
	case n > 0:
		return job.DeriveID(w.kind, w.tenant, w.digest, strconv.Itoa(n))
	}
	return job.DeriveID(w.kind, w.tenant, w.digest)
}

// Submit implements [job.Service].
func (s *Service) Submit(ctx context.Context, sub job.Submission) (*job.Receipt, error) {
	var err error
	if sub.Params, err = copied(sub.Params); err != nil {
		return nil, err
	}
	if err := sub.Normalize(); err != nil {
		return nil, err
	}
	if receipt, err := s.sameKey(ctx, &sub); receipt != nil || err != nil {
		if receipt != nil {
			receipt.DryRun = sub.DryRun
		}
		return receipt, err
	}
	w, err := s.examine(ctx, sub)
	if err != nil {
		return nil, err
	}
	if w.key != "" && !sub.DryRun {
		// The ID tells of a kind, so that the key of a job of another kind is none there.
		holder, err := s.c.Records.ClaimKey(ctx, w.tenant, w.key, w.id(0))
		if err != nil {
			return nil, unavailable(w.id(0), err)
		}
		if holder != w.id(0) {
			return nil, keyUsed(holder)
		}
	}
	receipt, err := s.place(ctx, w, sub.DryRun)
	if receipt == nil || !sub.DryRun {
		return receipt, err
	}
	receipt.DryRun = true
	if p, ok := sub.Params.(*job.Resubmit); ok && !receipt.Deduplicated {
		counts, err := s.Counts(ctx, p.Filter)
		if err != nil {
			return nil, err
		}
		receipt.Items.Total = counts.Total // as many as it would choose now
	}
	return receipt, nil
}

// copied returns a copy of parameters: what they stand for is written into it, and who
// submits may want to submit them again.
func copied(params job.Params) (job.Params, error) {
	if params == nil {
		return nil, nil
	}
	text, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	c := job.NewParams(params.Kind())
	return c, json.Unmarshal(text, c)
}

// place finds the job that does the work, or starts it.
func (s *Service) place(ctx context.Context, w *work, dryRun bool) (*job.Receipt, error) {
	if receipt, err := s.alreadyRolledBack(ctx, w); receipt != nil || err != nil {
		return receipt, err
	}
	if receipt, err := s.alreadyLive(ctx, w); receipt != nil || err != nil {
		return receipt, err
	}
	for n := range maxGenerations {
		receipt, err := s.admit(ctx, w, w.id(n), dryRun)
		if receipt != nil || err != nil {
			return receipt, err
		}
	}
	return nil, fmt.Errorf("the same work was done %d times; submit it with force", maxGenerations)
}

// examine runs every check that needs no job, and reduces inputs to digests.
func (s *Service) examine(ctx context.Context, sub job.Submission) (*work, error) {
	if err := sub.Normalize(); err != nil {
		return nil, err
	}
	w := &work{
		kind: sub.Kind(), tenant: job.CallerFrom(ctx).Tenant, submitter: sub.Submitter,
		labels: sub.Labels, priority: sub.Priority, force: sub.Force,
		key: sub.IdempotencyKey, keyed: sub.IdempotencyKey != "",
	}
	var err error
	if w.asked, err = askedFor(sub.Params); err != nil {
		return nil, err
	}
	// Who holds a key is known; only an admin submits in the name of others.
	if caller := job.CallerFrom(ctx); caller.Name != "" && (w.submitter == "" || !caller.May(job.ScopeAdmin)) {
		w.submitter = caller.Name
	}
	if p, ok := sub.Params.(*job.Publish); ok {
		if err := s.examinePublish(ctx, p); err != nil {
			return nil, err
		}
		if !p.CheckOnly { // which is never live
			w.target = p.Target
		}
	}
	if p, ok := sub.Params.(*job.Rollback); ok {
		if err := s.examineRollback(ctx, p); err != nil {
			return nil, err
		}
		w.target = p.Target
	}
	if p, ok := sub.Params.(*job.Convert); ok {
		if err := s.examineConvert(ctx, p); err != nil {
			return nil, err
		}
	}
	params, err := json.Marshal(sub.Params)
	if err != nil {
		return nil, err
	}
	w.notify, w.commit = sub.Notify, commitOf(sub)
	if w.routes, err = s.routes(w.tenant, w.notify, w.commit); err != nil {
		return nil, err
	}
	if w.terms, err = s.terms(w.tenant, &sub); err != nil {
		return nil, err
	}
	w.params, w.summary = params, sub.Params.Summary()
	identity := sub.Params.Identity()
	if p, ok := sub.Params.(*job.Publish); ok && p.Target != "" {
		identity = append(identity, s.c.Targets.Address(p.Target))
	}
	sum := sha256.New()
	for _, part := range identity {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	w.digest = hex.EncodeToString(sum.Sum(nil))
	return w, nil
}

// examinePublish checks what a publish names and fixes its source.
func (s *Service) examinePublish(ctx context.Context, p *job.Publish) error {
	if err := s.rules(ctx, p); err != nil {
		return err
	}
	digest, err := s.c.Sources.Resolve(ctx, p.Source)
	if err != nil {
		return err
	}
	p.Source.Digest = digest
	return nil
}

// rules holds a publish to what the operator says of its target.
func (s *Service) rules(ctx context.Context, p *job.Publish) error {
	if p.Target != "" {
		if err := s.mayUse(ctx, p.Target); err != nil {
			return err
		}
	}
	if !p.CheckOnly {
		always, rule := s.c.Targets.Approval(p.Target)
		if p.Approve = p.Approve || always; p.Approve {
			p.Approval = &rule
		}
	}
	return nil
}

// examineConvert checks the style map of a conversion and fixes its source. A style
// map that is part of the source is checked when that is there.
func (s *Service) examineConvert(ctx context.Context, p *job.Convert) error {
	if err := activities.CheckStyleMap(p.StyleMap); err != nil {
		return job.Invalid(job.Fault{Field: "style_map", Message: err.Error()})
	}
	digest, err := s.c.Sources.Resolve(ctx, p.Source)
	if err != nil {
		return err
	}
	p.Source.Digest = digest
	return nil
}

// alreadyLive answers a publish of what is live on its target already.
func (s *Service) alreadyLive(ctx context.Context, w *work) (*job.Receipt, error) {
	if w.target == "" || w.force || w.key != "" {
		return nil, nil
	}
	id, digest, err := s.c.Targets.Live(ctx, w.target)
	if err != nil {
		return nil, err
	}
	if digest != w.digest {
		return nil, nil
	}
	if mixed, err := s.mixed(ctx, w.target); mixed || err != nil {
		return nil, err
	}
	v, err := s.load(ctx, id)
	if job.CodeOf(err) == job.CodeNotFound {
		return nil, nil // another tenant's, or older than the records
	}
	if err != nil {
		return nil, err
	}
	// A job that went live but could not be verified gets its next attempt.
	if v.rec.Status.State.Repeatable() {
		return nil, nil
	}
	return known(v), nil
}

// mixed reports whether readers get something else besides the live release.
func (s *Service) mixed(ctx context.Context, target string) (bool, error) {
	live, err := s.c.Targets.Current(ctx, target)
	return live != nil && live.Mixed, err
}

// record returns the record of a job that there is.
func (v *view) record() *record.Record {
	if v == nil {
		return nil
	}
	return v.rec
}

// known answers with a job that does the work already.
func known(v *view) *job.Receipt {
	return &job.Receipt{Status: v.rec.Status, Deduplicated: true}
}

// admit makes the work the job id, or finds that it is. It answers nothing
// when the job of that ID is over and the work has to be done anew.
//
// Temporal decides: a start that finds the ID taken fails, so of any number of
// equal submissions at the same time one starts the job and the others find it.
func (s *Service) admit(ctx context.Context, w *work, id job.ID, dryRun bool) (*job.Receipt, error) {
	const rounds = 5 // each needs a job to start or to end in between
	for range rounds {
		last, err := s.lastAttempt(ctx, w, id)
		if err != nil {
			return nil, err
		}
		if last != nil && w.key == "" && mended(&last.rec.Status) {
			return nil, nil // with other files than were submitted: it is other work now
		}
		if last != nil && last.running {
			return known(last), nil
		}
		if last != nil && last.rec.Status.State == job.StateCompleted {
			return s.completed(ctx, w, last.rec)
		}
		if last != nil && w.key != "" && last.rec.Status.Outcome() == job.StateCompleted {
			return known(last), nil // it was done, and the key names no other work
		}
		receipt, err := s.startOrFind(ctx, w, id, last, dryRun)
		if receipt != nil || err != nil {
			return receipt, err
		}
	}
	return nil, unavailable(id, errors.New("the job kept changing its state"))
}

// mended reports whether files of the job's source were replaced, and the job has not
// failed with that.
func mended(status *job.Status) bool {
	var params struct {
		Source job.Source `json:"source"`
	}
	return !status.Outcome().Repeatable() && json.Unmarshal(status.Params, &params) == nil && len(params.Source.Replaced) > 0
}

// lastAttempt returns the newest attempt of a job that has a record, and nothing
// for one that has none yet: whether that one runs, its start will tell.
func (s *Service) lastAttempt(ctx context.Context, w *work, id job.ID) (*view, error) {
	_, err := s.c.Records.Latest(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable(id, err)
	}
	v, err := s.glance(ctx, id)
	if err != nil {
		return nil, err
	}
	return v, w.sameAs(v.rec)
}

// sameAs refuses an Idempotency-Key that was used for other work.
func (w *work) sameAs(rec *record.Record) error {
	if rec.Digest == w.digest && rec.Tenant == w.tenant {
		return nil
	}
	return keyUsed(rec.Status.ID)
}

// keyUsed says that an Idempotency-Key belongs to a job.
func keyUsed(id job.ID) *job.Error {
	return &job.Error{
		Code:    job.CodeMismatch,
		Cause:   job.CauseRequest,
		JobID:   id,
		Message: "This Idempotency-Key was used for another submission.",
		Hint:    "Send the same content as then, or use a new key.",
	}
}

// completed answers for work that was done. A publish counts only while its
// release is live, and nothing else with it.
func (s *Service) completed(ctx context.Context, w *work, rec *record.Record) (*job.Receipt, error) {
	if w.kind == job.KindResubmit && w.key == "" {
		return nil, nil // other jobs have failed since
	}
	if w.target != "" && w.key == "" {
		if id, _, err := s.c.Targets.Live(ctx, w.target); err != nil || id != rec.Status.ID {
			return nil, err
		}
		if mixed, err := s.mixed(ctx, w.target); mixed || err != nil {
			return nil, err
		}
	}
	return &job.Receipt{Status: rec.Status, Deduplicated: true}, nil
}

// startOrFind starts the next attempt after the given one, or finds that the
// job runs. It answers nothing when the job ended in between.
func (s *Service) startOrFind(ctx context.Context, w *work, id job.ID, last *view, dryRun bool) (*job.Receipt, error) {
	next := w.newRecord(id, last.record())
	if !dryRun {
		s.expect(ctx, next)
		err := s.start(ctx, next, w.target)
		var taken *serviceerror.WorkflowExecutionAlreadyStarted
		if err == nil {
			return &job.Receipt{Status: next.Status}, nil
		}
		if !errors.As(err, &taken) {
			return nil, temporalError(id, err)
		}
	}
	v, err := s.glance(ctx, id)
	if dryRun && job.CodeOf(err) == job.CodeNotFound {
		return &job.Receipt{Status: next.Status}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := w.sameAs(v.rec); err != nil {
		return nil, err
	}
	if dryRun {
		return dryReceipt(v, next), nil
	}
	if v.running {
		return known(v), nil
	}
	return nil, nil
}

// dryReceipt says what a submission would have come to.
func dryReceipt(v *view, next *record.Record) *job.Receipt {
	if v.running {
		return known(v)
	}
	return &job.Receipt{Status: next.Status}
}

// newRecord returns the record with which the attempt after last begins.
func (w *work) newRecord(id job.ID, last *record.Record) *record.Record {
	now := time.Now().UTC()
	rec := &record.Record{
		Version: record.Version, Tenant: w.tenant, Digest: w.digest, Keyed: w.keyed, Asked: w.asked, Notify: w.routes,
		Status: job.Status{
			ID: id, Kind: w.kind, Attempt: 1, Submitter: w.submitter, Labels: w.labels,
			Priority: w.priority, Params: w.params, Summary: w.summary,
			CreatedAt: now, Steps: newSteps(w.kind, w.params), Notify: w.notify, Commit: w.commit,
		},
	}
	if last != nil {
		rec.Status.Attempt = last.Status.Attempt + 1
		rec.Status.LastEvent = last.Status.LastEvent
		rec.Recovers = recovers(last)
		rec.Renews = last.Status.State == job.StateExpired && last.Status.Outcome() == job.StateCompleted
	}
	if rec.Terms = w.terms; w.terms != nil && w.terms.Archive != "" {
		rec.Status.Archive = &job.Archived{Name: w.terms.Archive, State: job.ArchivePending}
	}
	rec.Enter(job.StateQueued, job.Event{At: now, Message: w.summary})
	return rec
}

// expect says how long an attempt may take, so that it can tell when it takes longer.
// Nothing is expected of a probe, which measures.
func (s *Service) expect(ctx context.Context, rec *record.Record) {
	if rec.Status.Kind != job.KindProbe {
		rec.Expected = s.past(ctx, courseOf(rec.Tenant, &rec.Status)).expected(rec.Status.Kind)
	}
}

// start starts the workflow of an attempt. That the ID is taken, by a run or
// for a first attempt by any, is a WorkflowExecutionAlreadyStarted.
func (s *Service) start(ctx context.Context, rec *record.Record, target string) error {
	status := &rec.Status
	reuse := enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	if status.Attempt > 1 {
		reuse = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	}
	if rec.Renews { // and of several runs that follow each other one does the work
		reuse = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	attributes := []temporal.SearchAttributeUpdate{
		AttributeKind.ValueSet(string(status.Kind)),
		AttributeState.ValueSet(string(status.State)),
		AttributeTenant.ValueSet(rec.Tenant),
		AttributeAttempt.ValueSet(int64(status.Attempt)),
	}
	if status.Submitter != "" {
		attributes = append(attributes, AttributeSubmitter.ValueSet(status.Submitter))
	}
	if target != "" {
		attributes = append(attributes, AttributeTarget.ValueSet(target))
	}
	if len(status.Labels) > 0 {
		attributes = append(attributes, AttributeLabels.ValueSet(status.Labels))
	}
	params := job.NewParams(status.Kind)
	if err := json.Unmarshal(status.Params, params); err != nil {
		return fmt.Errorf("reading the parameters of %s: %w", status.ID, err)
	}
	_, err := s.c.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       string(status.ID),
		TaskQueue:                                TaskQueue,
		WorkflowIDReusePolicy:                    reuse,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		EnableEagerStart:                         true,
		Memo:                                     map[string]any{MemoRecord: rec},
		TypedSearchAttributes:                    temporal.NewSearchAttributes(attributes...),
		StaticSummary:                            status.Summary,
		Priority:                                 temporal.Priority{PriorityKey: status.Priority, FairnessKey: rec.Tenant},
	}, pipelines[status.Kind].workflow, rec, params)
	if err == nil {
		// Lists that are asked for next have the job. If this is not to be written, they
		// have it as soon as Temporal's own lists.
		_ = s.c.Records.Begun(ctx, rec)
	}
	return err
}

// Resubmit implements [job.Service].
func (s *Service) Resubmit(ctx context.Context, id job.ID, r job.Resubmission) (*job.Status, error) {
	if faults := r.Normalize(); len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	v, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	status := &v.rec.Status
	if r.Attempt != 0 && status.Attempt != r.Attempt {
		if r.In != "" && status.ResubmittedIn == r.In && status.Attempt > r.Attempt {
			return status, nil // by an earlier try, whose answer was lost
		}
		return nil, conflict(status, fmt.Sprintf("Attempt %d was started in the meantime.", status.Attempt), "Look at how it goes before another one is started.")
	}
	switch {
	case id.Parent() != "":
		return nil, conflict(status, "A batch is not resubmitted by itself.", "Resubmit the job that it belongs to, "+string(id.Parent())+": only what failed is done again.")
	case v.running:
		return nil, conflict(status, fmt.Sprintf("Attempt %d of the job is still running.", status.Attempt),
			"Wait for it to end, or cancel it first.")
	case !status.State.Repeatable():
		return nil, conflict(status, fmt.Sprintf("The job is %s; there is nothing to do again.", status.State),
			"To do it all anew as another job, submit it with force.")
	}
	w := workOf(v.rec)
	if r.Replace != "" {
		if w.params, err = s.replaced(ctx, status, r.Replace); err != nil {
			return nil, err
		}
	}
	if err := s.sourceThere(ctx, status, w.params); err != nil {
		return nil, err
	}
	if err := s.renewTerms(status, w); err != nil {
		return nil, err
	}
	w.routes, _ = s.c.Notify.Routes(w.tenant, w.notify, w.commit) // as the configuration is now
	if w.params, err = s.allowed(ctx, w); err != nil {
		return nil, err
	}
	next := w.newRecord(id, v.rec)
	next.Fresh, next.Status.ResubmittedIn = r.Only == job.OnlyAll, r.In
	if caller := job.CallerFrom(ctx).Name; caller != status.Submitter {
		next.Status.ResubmittedBy = caller
	}
	s.expect(ctx, next)
	if err := s.start(ctx, next, w.target); err != nil {
		var taken *serviceerror.WorkflowExecutionAlreadyStarted
		if errors.As(err, &taken) {
			return nil, conflict(status, "Somebody else has just resubmitted the job.", "Follow it under the same Job ID.")
		}
		return nil, temporalError(id, err)
	}
	return &next.Status, nil
}

// allowed returns the parameters of an earlier attempt as the operator's rules are now:
// a target may have got rules since, and who resubmits is not who submitted.
func (s *Service) allowed(ctx context.Context, w *work) (json.RawMessage, error) {
	params := job.NewParams(w.kind)
	if err := json.Unmarshal(w.params, params); err != nil {
		return nil, fmt.Errorf("reading the parameters of an earlier attempt: %w", err)
	}
	switch p := params.(type) {
	case *job.Publish:
		if err := s.rules(ctx, p); err != nil {
			return nil, err
		}
	case *job.Rollback:
		if err := s.mayUse(ctx, p.Target); err != nil {
			return nil, err
		}
		if err := mayOverride(ctx, p); err != nil {
			return nil, err
		}
	}
	return json.Marshal(params)
}

// replaced returns the parameters of a job with files of its source replaced by those
// of an upload.
func (s *Service) replaced(ctx context.Context, status *job.Status, upload string) (json.RawMessage, error) {
	params := job.NewParams(status.Kind)
	if err := json.Unmarshal(status.Params, params); err != nil {
		return nil, fmt.Errorf("reading the parameters of %s: %w", status.ID, err)
	}
	var source *job.Source
	switch p := params.(type) {
	case *job.Publish:
		source = &p.Source
	case *job.Convert:
		source = &p.Source
	default:
		return nil, job.Invalid(job.Fault{Field: "replace", Message: fmt.Sprintf("is nothing for a %s job: it has no source.", status.Kind)})
	}
	if e := status.Error; e != nil && e.Step == fetchStep.name && e.Code == job.CodeSourceRefused && len(source.Replaced) > 0 {
		source.Replaced = source.Replaced[:len(source.Replaced)-1] // the last one did not fit
	}
	if faults := source.Replace(upload); len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	if _, err := s.c.Sources.Resolve(ctx, job.Source{Upload: upload}); err != nil {
		return nil, err
	}
	return json.Marshal(params)
}

// workOf returns the work of an earlier attempt.
func workOf(rec *record.Record) *work {
	w := &work{
		kind: rec.Status.Kind, tenant: rec.Tenant, submitter: rec.Status.Submitter,
		labels: rec.Status.Labels, priority: rec.Status.Priority, params: rec.Status.Params,
		summary: rec.Status.Summary, digest: rec.Digest, keyed: rec.Keyed, asked: rec.Asked, notify: rec.Status.Notify,
		terms: rec.Terms, commit: rec.Status.Commit,
	}
	w.target = targetOf(w.kind, w.params)
	return w
}

// conflict says that something is not possible in the job's present state.
func conflict(s *job.Status, message, hint string) *job.Error {
	return &job.Error{Code: job.CodeConflict, Cause: job.CauseRequest, JobID: s.ID, Message: message, Hint: hint}
}
