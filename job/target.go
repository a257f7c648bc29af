package job

import (
	"context"
	"time"
)

// TargetService tells of the targets that sites are released to, and keeps them
// from being changed.
type TargetService interface {
	// Targets lists the targets that the caller may use, by name.
	Targets(ctx context.Context) (*TargetList, error)
	// Target tells of one of them, and of its releases.
	Target(ctx context.Context, name string) (*Target, error)
	// LockTarget keeps publishes waiting until the target is unlocked. A target
	// that is locked already is a conflict.
	LockTarget(ctx context.Context, name, reason string) (*Target, error)
	// UnlockTarget lets publishes go on. A target that is not locked is a conflict.
	UnlockTarget(ctx context.Context, name string) (*Target, error)
}

// MaxReason bounds the reason of a lock and the comment of a decision, in bytes.
const MaxReason = 1000

// A TargetList holds targets.
type TargetList struct {
	Targets []Target `json:"targets"`
}

// A Target is a place that sites are released to, as it is at one moment.
type Target struct {
	Name string         `json:"name"`
	URL  string         `json:"url,omitempty"`  // where readers find what is live
	Live *TargetRelease `json:"live,omitempty"` // nothing was released yet when missing

	Lock    *Lock   `json:"lock,omitempty"`
	Freeze  *Freeze `json:"freeze,omitempty"` // that is on now
	Holder  *Turn   `json:"holder,omitempty"` // the job whose turn it is
	Waiting []Turn  `json:"waiting,omitempty"`

	Approval bool `json:"approval,omitempty"` // every publish waits for an approval

	Releases []TargetRelease `json:"releases,omitempty"` // that can be made live, the newest first; not in lists
	Problem  string          `json:"problem,omitempty"`  // why the target could not be read
}

// A TargetRelease is a release that a target holds.
type TargetRelease struct {
	ID        string     `json:"id"`
	JobID     ID         `json:"job_id,omitempty"` // empty for another tenant's, as are Source and By
	Source    string     `json:"source,omitempty"`
	Files     int        `json:"files"`
	Bytes     int64      `json:"bytes"`
	CreatedAt time.Time  `json:"created_at"`
	Previous  string     `json:"previous,omitempty"` // live when this one was made
	Live      bool       `json:"live,omitempty"`
	Since     *time.Time `json:"since,omitempty"`       // of the live one, when it became so
	By        ID         `json:"switched_by,omitempty"` // of the live one, the publish or rollback that made it so
	// Mixed, of the live one: files of another release are among its own, because a
	// job goes on with the switch, or was stopped on the way.
	Mixed bool `json:"mixed,omitempty"`
}

// A Lock keeps publishes waiting until somebody takes it away.
type Lock struct {
	Reason string    `json:"reason"`
	By     string    `json:"by,omitempty"`
	Since  time.Time `json:"since"`
}

// A Freeze is a time, named in the operator's configuration, during which
// publishes wait.
type Freeze struct {
	Name  string    `json:"name"`
	Until time.Time `json:"until"`
}

// A Turn is a job that changes a target, or waits to.
type Turn struct {
	JobID  ID        `json:"job_id,omitempty"` // empty for another tenant's
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"` // why it waits
}
