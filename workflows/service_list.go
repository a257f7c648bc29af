package workflows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// An Index finds jobs and documents by what is known of them, of every tenant those of
// its own; the package index has one.
type Index interface {
	// Fresh brings the index up to date with the records, or says what it lacks.
	Fresh(ctx context.Context) (behind string)
	// Running tells the index which jobs run, and returns some that do not any more.
	Running(ctx context.Context, tenant string, asked time.Time, running []*record.Record) (gone []*record.Record, err error)
	// Put tells the index of a record.
	Put(ctx context.Context, rec *record.Record) error

	List(ctx context.Context, tenant string, f job.Filter) (*job.Page, error)
	Counts(ctx context.Context, tenant string, f job.Filter) (*job.Counts, error)
	History(ctx context.Context, tenant string, q job.DocumentQuery) (*job.History, error)
}

// List implements [job.Service]. Which jobs there are is certain at once, for whoever
// asks whichever process; the states of those that run may be a moment old.
func (s *Service) List(ctx context.Context, f job.Filter) (*job.Page, error) {
	tenant := job.CallerFrom(ctx).Tenant
	behind := s.refresh(ctx, tenant)
	page, err := s.c.Index.List(ctx, tenant, f)
	if err != nil {
		return nil, err
	}
	page.Behind = behind
	return page, nil
}

// Counts implements [job.Service].
func (s *Service) Counts(ctx context.Context, f job.Filter) (*job.Counts, error) {
	tenant := job.CallerFrom(ctx).Tenant
	behind := s.refresh(ctx, tenant)
	counts, err := s.c.Index.Counts(ctx, tenant, f)
	if err != nil {
		return nil, err
	}
	counts.Behind = behind
	return counts, nil
}

// History implements [job.Service].
func (s *Service) History(ctx context.Context, q job.DocumentQuery) (*job.History, error) {
	tenant := job.CallerFrom(ctx).Tenant
	behind := s.refresh(ctx, tenant)
	history, err := s.c.Index.History(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	history.Behind = behind
	return history, nil
}

const (
	// listEvery is how old the states of a tenant's running jobs may get, while they
	// are read in a quarter of that time.
	listEvery = time.Second
	// listTimeout bounds how long a list waits for Temporal.
	listTimeout = 2 * time.Second
	// The jobs that run are read in pages, and so many at most.
	listPage, listMost = 1000, 20_000
)

// errManyRun says that more jobs run than are looked at.
var errManyRun = errors.New("too many jobs run")

// looks are when which tenant's running jobs were looked at, and how long that took.
type looks struct {
	mu   sync.Mutex
	next map[string]time.Time
}

// due reports whether to look again, and leaves it to the caller if so.
func (l *looks) due(tenant string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.next[tenant]) {
		return false
	}
	if l.next == nil {
		l.next = map[string]time.Time{}
	}
	l.next[tenant] = now.Add(listTimeout) // nobody else meanwhile
	return true
}

// done says how a look that began at a time went.
func (l *looks) done(tenant string, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.next[tenant] = now.Add(max(listEvery, 4*now.Sub(began)))
}

// refresh brings the index up to date for a tenant, and returns what it lacks.
//
// Temporal is asked first which jobs run. Whatever it says has closed has left a record
// before, so that what the index reads after that knows how it ended.
func (s *Service) refresh(ctx context.Context, tenant string) (behind string) {
	began := time.Now()
	if !s.looks.due(tenant, began) {
		return s.c.Index.Fresh(ctx)
	}
	defer s.looks.done(tenant, began)
	looking, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	running, err := s.running(looking, tenant)
	behind = s.c.Index.Fresh(ctx)
	if err == nil {
		err = s.settle(ctx, tenant, began, running)
	}
	switch {
	case behind != "" || err == nil:
		return behind
	case errors.Is(err, errManyRun):
		return fmt.Sprintf("The states of jobs that run may be old: there are more than %d of them.", listMost)
	}
	return "The states of jobs that run may be old: the job engine does not answer."
}

// settle tells the index which jobs run, and finds out what became of those that do not
// and have no record: they were ended by force.
func (s *Service) settle(ctx context.Context, tenant string, asked time.Time, running []*record.Record) error {
	gone, err := s.c.Index.Running(ctx, tenant, asked, running)
	if err != nil {
		return err
	}
	for _, last := range gone {
		rec, err := s.became(ctx, last)
		if err != nil {
			return err
		}
		if rec == nil {
			continue // it runs
		}
		if err := s.c.Index.Put(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

// became returns the record of a job that was last known to run, or nil if it still
// does. One that Temporal has forgotten, and that left no record, gets one here.
func (s *Service) became(ctx context.Context, last *record.Record) (*record.Record, error) {
	v, err := s.glance(ctx, last.Status.ID)
	switch {
	case err == nil && v.running:
		return nil, nil
	case err == nil:
		return v.rec, nil
	case job.CodeOf(err) != job.CodeNotFound:
		return nil, err
	case time.Since(last.Status.UpdatedAt) < 24*time.Hour: // Temporal forgets nothing so soon
		return nil, nil
	}
	last.Status.Error = abandonedError(last.Status.ID, enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED)
	last.Enter(job.StateFailed, job.Event{At: time.Now().UTC(), Error: last.Status.Error, Message: last.Status.Error.Message})
	last.CloseSteps(job.StepFailed)
	expireAfter(last)
	if err := s.c.Records.Seal(ctx, last); err != nil {
		return nil, err
	}
	return last, s.keepAbandoned(ctx, last)
}

// running returns the records of the tenant's jobs that run, as visibility has them:
// from when their newest step began, with the newest state.
func (s *Service) running(ctx context.Context, tenant string) (running []*record.Record, err error) {
	query := equals(AttributeTenant.GetName(), tenant) + " AND ExecutionStatus = 'Running'"
	for token := []byte(nil); ; {
		resp, err := s.c.Client.WorkflowService().ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: s.c.Namespace, PageSize: listPage, NextPageToken: token, Query: query,
		})
		if err != nil {
			return nil, err
		}
		for _, info := range resp.GetExecutions() {
			if rec := runningRecord(info); rec != nil && rec.Tenant == tenant {
				running = append(running, rec)
			}
		}
		token = resp.GetNextPageToken()
		switch {
		case len(token) == 0:
			return running, nil
		case len(running) >= listMost:
			return nil, errManyRun
		}
	}
}

// runningRecord returns what visibility knows of a job that runs, or nil for what is
// not a job.
func runningRecord(info *workflowpb.WorkflowExecutionInfo) *record.Record {
	rec, err := memoRecord(info.GetMemo())
	if err != nil {
		return nil
	}
	attribute := func(name string, value any) {
		if payload, ok := info.GetSearchAttributes().GetIndexedFields()[name]; ok {
			_ = converter.GetDefaultDataConverter().FromPayload(payload, value)
		}
	}
	attribute(AttributeState.GetName(), &rec.Status.State)
	attribute(AttributeAttempt.GetName(), &rec.Status.Attempt)
	rec.RunID = info.GetExecution().GetRunId()
	rec.Events = nil
	return rec
}

// quoted escapes a value for a visibility query.
var quoted = strings.NewReplacer(`\`, `\\`, `'`, `''`)

func equals(attribute, value string) string {
	return attribute + " = '" + quoted.Replace(value) + "'"
}
