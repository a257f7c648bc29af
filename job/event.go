package job

import "time"

// An Event is one entry in a job's history. Events of a job are numbered from
// 1 without gaps, on through all its attempts.
type Event struct {
	Number  int64     `json:"number"`
	Type    string    `json:"type"` // "job.queued", "step.completed", "publish.released" …
	At      time.Time `json:"at"`
	JobID   ID        `json:"job_id"`
	Attempt int       `json:"attempt"`
	State   State     `json:"state"` // of the job, once the event had happened
	Step    string    `json:"step,omitempty"`
	Message string    `json:"message,omitempty"`
	Error   *Error    `json:"error,omitempty"`
	Release *Release  `json:"release,omitempty"`
}

// The types of events that every kind of job has. A job's change of state is
// announced as "job." and the state; see [StateEvent].
const (
	EventStepStarted   = "step.started"
	EventStepCompleted = "step.completed"
	EventStepFailed    = "step.failed"
	EventStepCancelled = "step.cancelled"
	EventBatchEnded    = "batch.ended"
	EventReleased      = "publish.released"
	EventApproved      = "approval.approved"
	EventRejected      = "approval.rejected"
	EventWaiting       = "job.waiting"
	EventStalled       = "job.stalled" // it has taken longer than it was expected to; once an attempt
	EventRolledBack    = "rollback.released"
	EventExpiring      = "job.expiring"  // the result is about to expire, and nobody has fetched it
	EventRecovered     = "job.recovered" // completed after an attempt that failed; the job's completion follows
)

// StateEvent returns the type of the event that announces the state.
func StateEvent(s State) string { return "job." + string(s) }

// A LogLine is one line of a job's log.
type LogLine struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"` // "info", "warn", "error", "debug"
	Attempt int       `json:"attempt"`
	Step    string    `json:"step"`
	Try     int       `json:"try,omitempty"`
	Item    string    `json:"item,omitempty"`
	Message string    `json:"message"`
}
