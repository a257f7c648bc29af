package job

import (
	"context"
	"iter"
	"time"
)

// A Service takes jobs and tells of them. It has two implementations: one over
// the Temporal client, and one over the HTTP API that itself stands on the
// first. Every method returns an *[Error] for what a caller can do something
// about.
type Service interface {
	TargetService
	DeliveryService

	// Submit accepts the work, or finds the job that already does it.
	Submit(ctx context.Context, s Submission) (*Receipt, error)
	// Get tells where a job stands.
	Get(ctx context.Context, id ID, q StatusQuery) (*Status, error)
	// List returns jobs, newest first.
	List(ctx context.Context, f Filter) (*Page, error)
	// Counts tells how many jobs there are in which state.
	Counts(ctx context.Context, f Filter) (*Counts, error)
	// History returns what happened to one document in all jobs, newest first.
	History(ctx context.Context, q DocumentQuery) (*History, error)
	// Items returns the documents of a job.
	Items(ctx context.Context, id ID, q ItemQuery) (*ItemPage, error)
	// Events yields the events after the given number; with follow it goes on
	// until the job has ended.
	Events(ctx context.Context, id ID, q EventQuery) iter.Seq2[Event, error]
	// Logs yields log lines; with follow it goes on until the job has ended.
	Logs(ctx context.Context, id ID, q LogQuery) iter.Seq2[LogLine, error]
	// Result returns what an ended attempt left behind. While the job runs it
	// is an error with CodeConflict, once expired one with CodeGone.
	Result(ctx context.Context, id ID, attempt int) (*Result, error)
	// Extend changes how long the result of an ended job is kept.
	Extend(ctx context.Context, id ID, e Extension) (*Status, error)
	// Cancel asks a running job to stop and waits, for a while, until it has.
	Cancel(ctx context.Context, id ID, reason string) (*Status, error)
	// Approve decides on a job that waits for an approval.
	Approve(ctx context.Context, id ID, v Verdict) (*Status, error)
	// Resubmit starts the next attempt of a job that did not complete, perhaps with
	// files that were mended.
	Resubmit(ctx context.Context, id ID, r Resubmission) (*Status, error)
}

// A Receipt answers a submission.
type Receipt struct {
	Status
	// Deduplicated is set when the work was known: nothing new was started.
	Deduplicated bool `json:"deduplicated"`
	// DryRun is set when nothing was started because nothing was to be.
	DryRun bool `json:"dry_run,omitempty"`
}

// A StatusQuery says which status of a job is wanted.
type StatusQuery struct {
	Attempt int           // 0 for the newest
	Wait    time.Duration // how long to wait for the job to end, at most MaxWait
}

// MaxWait bounds how long one request waits for a job to end.
const MaxWait = 60 * time.Second

// An ItemQuery chooses items of a job.
type ItemQuery struct {
	Attempt int
	State   StepState // "" for all
	Cursor  string
	Limit   int
}

// An ItemPage is one page of the items of a job.
type ItemPage struct {
	Items []Item `json:"items"`
	Next  string `json:"next,omitempty"`
}

// An EventQuery chooses events of a job.
type EventQuery struct {
	After  int64 // number of the last event that is known already
	Follow bool
}

// A LogQuery chooses log lines of a job.
type LogQuery struct {
	Attempt int    // 0 for the newest
	Step    string // "" for all
	Item    string // a document's path in the source; "" for all lines
	Follow  bool
}
