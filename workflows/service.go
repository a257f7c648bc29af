package workflows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
	"github.com/docjobs/docjobs/record"
)

// ServiceConfig is what a [Service] stands on.
type ServiceConfig struct {
	Client    client.Client
	Namespace string
	Records   *record.Store
	Index     Index
	Sources   Sources
	Targets   Targets
	Logs      Logs
	Blobs     Blobs
	Holds     Holds
	// Notify may be the zero value: then nobody is told of jobs.
	Notify     notify.Endpoints
	Deliveries *notify.Log
	// Keep is how long results are kept; the zero value has defaults.
	Keep Keep
}

// A Service is the [job.Service] over a Temporal client. It holds no state of
// its own but what spares it looking twice: any number of processes may each have one.
type Service struct {
	c       ServiceConfig
	queues  queues
	jobs    shared[reading, *view] // running jobs that many follow are looked at once for all
	events  hub[job.ID]            // what happens in them is listened to once
	looks   looks                  // when the jobs that run were looked at
	history history                // of jobs that have ended
}

// NewService returns the service over c, all of whose fields are needed.
func NewService(c ServiceConfig) *Service {
	c.Keep.complete()
	return &Service{c: c, queues: queues{client: c.Client.WorkflowService(), namespace: c.Namespace}}
}

// A reading is a job as a tenant sees it.
type reading struct {
	tenant string
	id     job.ID
}

var _ job.Service = (*Service)(nil)

// Sources reduces what a submission names as its source to a digest.
type Sources interface {
	// Resolve returns "tree:…" or "commit:…", or a *job.Error that says why
	// the source cannot be had.
	Resolve(ctx context.Context, s job.Source) (digest string, err error)
}

// Targets are the places to publish to.
type Targets interface {
	// Names lists the targets that the tenant may use.
	Names(tenant string) []string
	// Address returns where readers find what is released to the target. It is
	// built into the site.
	Address(target string) string
	// Live returns which job's release is live on the target and the digest
	// of that job's work; both empty when nothing is.
	Live(ctx context.Context, target string) (id job.ID, digest string, err error)
	// Current returns the release that is live on the target, or nil.
	Current(ctx context.Context, target string) (*job.TargetRelease, error)
	// Approval returns whether every publish to the target waits for an approval,
	// and who may approve one that does.
	Approval(target string) (always bool, rule job.ApprovalRule)
	// Freeze returns the freeze of the target that is on at the moment, or nil.
	Freeze(target string, now time.Time) *job.Freeze
	// Releases lists the releases that the target holds, the newest first.
	Releases(ctx context.Context, target string) ([]job.TargetRelease, error)
}

// Logs are the logs of jobs; [artifact.Logs] is one.
type Logs interface {
	Read(ctx context.Context, job string, q artifact.LogQuery) (artifact.LogPage, error)
}

// Blobs opens stored files.
type Blobs interface {
	Open(ctx context.Context, ref artifact.Ref) (io.ReadSeekCloser, error)
}

// Holds keep what is stored from being deleted; [artifact.Holds] is one.
type Holds interface {
	Put(ctx context.Context, holder string, attempt int, name string, v any) error
	Release(ctx context.Context, holder string, upTo int) error
}

// notFound is the answer for a job that there is not, or that belongs to
// somebody else, which is none of the caller's business.
func notFound(id job.ID) *job.Error {
	return &job.Error{
		Code:    job.CodeNotFound,
		JobID:   id,
		Message: fmt.Sprintf("There is no job %s.", id),
		Hint:    "Check the Job ID; `docjobs list` shows the jobs that there are.",
	}
}

// unavailable says that the engine does not answer.
func unavailable(id job.ID, err error) *job.Error {
	return &job.Error{
		Code:      job.CodeUnavailable,
		Cause:     job.CauseService,
		JobID:     id,
		Message:   "The job engine does not answer.",
		Hint:      "Try again in a moment; accepted jobs are not lost.",
		Retryable: true,
		Detail:    err.Error(),
	}
}

// temporalError puts an error of the Temporal client in the project's words.
func temporalError(id job.ID, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return notFound(id)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return unavailable(id, err)
}
