package release

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Target is a place that holds releases, one of them live. Its methods may be
// called from any number of goroutines and processes at once.
//
// Whatever fails, and wherever a call is killed, the release that is live stays
// live and whole, and the same call again does what is left to do.
type Target interface {
	// Head returns the summary of the live release, cheaply however large the
	// site, or [ErrNoRelease].
	Head(ctx context.Context) (*Head, error)
	// Current returns the live release with all its files, or [ErrNoRelease].
	Current(ctx context.Context) (*Manifest, error)
	// Whole reports whether readers get the live release and nothing else. On some
	// targets a switch takes a while, and one that was stopped leaves a mixture until
	// the next one: also one to the release that is live already.
	Whole(ctx context.Context) (bool, error)
	// Manifest returns any release that the target holds, or a [NotFoundError].
	Manifest(ctx context.Context, id string) (*Manifest, error)
	// Releases lists the releases that the target holds, the newest first.
	Releases(ctx context.Context) ([]Summary, error)
	// History returns the last switches, at most limit, the newest first.
	History(ctx context.Context, limit int) ([]Entry, error)

	// Publish stores src as a release and makes it live. progress may be nil.
	Publish(ctx context.Context, src Source, meta Meta, progress Progress) (Result, error)
	// Rollback makes a release live that the target holds, or returns a
	// [NotFoundError] or [MovedError].
	Rollback(ctx context.Context, opts RollbackOptions) (Result, error)
	// Prune deletes releases that are no longer wanted.
	Prune(ctx context.Context, opts PruneOptions) (PruneReport, error)
}

// Summary is one line of the list of releases.
type Summary struct {
	Head
	Live bool
}

// ByAge orders releases, the newest first.
func ByAge(a, b Summary) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
}

// Meta says on whose behalf a target is changed.
type Meta struct {
	JobID   string    // names the release and the lock's holder; required
	Attempt int       // the job's attempt, from 1; see [Superseded]
	Key     string    // the submitter's identity of the work, recorded as it is
	Source  string    // what the site was built from, recorded as it is
	Asked   time.Time // when the attempt was asked for, recorded as it is; may be zero
}

func (m Meta) check() error {
	if m.Attempt < 1 {
		return &InvalidError{Field: "attempt", Reason: fmt.Sprintf("%d is not a number from 1", m.Attempt)}
	}
	return checkJobID(m.JobID)
}

// Progress is told how many of a release's files are in place. Calls never
// overlap, done never falls, and the last call has done == total.
type Progress func(done, total int64)

// Outcome says what a switch came to.
type Outcome string

const (
	// Switched: the release is live and was not before.
	Switched Outcome = "switched"
	// AlreadyLive: the release was live already; nothing was done.
	AlreadyLive Outcome = "already-live"
	// Mended: the release was live, but not whole (see [Target]), and is now.
	Mended Outcome = "mended"
	// Superseded: this attempt of this job made the switch earlier (and did
	// not live to tell), and another one has replaced it since. Switching
	// again would undo the later one's work, so nothing was done.
	Superseded Outcome = "superseded"
)

// Settled returns the outcome if no switch to a release is called for, else "".
// live is the release that is live, or "".
func Settled(live string, history []Entry, a Action, id string, meta Meta) Outcome {
	switch {
	case live == id:
		return AlreadyLive
	case slices.ContainsFunc(history, func(e Entry) bool {
		return e.Action == a && e.Release == id && e.JobID == meta.JobID && e.Attempt == meta.Attempt
	}):
		return Superseded
	}
	return ""
}

// Result is what [Target.Publish] and [Target.Rollback] return.
type Result struct {
	Head
	Outcome  Outcome
	Replaced string   // release that was live before; empty if none or unless Switched
	NewFiles int      // distinct contents that the target did not hold yet
	NewBytes int64    // and their size
	Warnings []string // what did not work out and does not keep the release from being live, for people
}

// RollbackOptions say what is switched to, and on whose behalf.
type RollbackOptions struct {
	Meta           // only JobID and Attempt are used
	Release string // the release to make live again
	// IfLive, when set, is the release that the caller saw live. If another
	// one is live by now the rollback is refused with a [MovedError].
	IfLive string
}

// Check returns an [InvalidError] for values that cannot be used.
func (o *RollbackOptions) Check() error {
	if err := o.Meta.check(); err != nil {
		return err
	}
	return CheckID(o.Release)
}

// Action is the reason of a switch.
type Action string

// The actions that switch a target.
const (
	Published  Action = "publish"
	RolledBack Action = "rollback"
)

// Entry is one switch of the live release.
type Entry struct {
	At       time.Time `json:"at"` // UTC
	Action   Action    `json:"action"`
	Release  string    `json:"release"`            // live from now on
	Previous string    `json:"previous,omitempty"` // live until now
	JobID    string    `json:"job_id"`
	Attempt  int       `json:"attempt"`
}
