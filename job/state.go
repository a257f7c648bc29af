package job

import "time"

// A State says where a job stands.
type State string

// The states of a job. A job is queued, then processing, possibly awaiting
// approval in between, and ends in one of the others.
const (
	StateQueued           State = "queued"            // accepted; no worker has begun
	StateProcessing       State = "processing"        // a worker is at it
	StateAwaitingApproval State = "awaiting_approval" // waits for a person
	StateCompleted        State = "completed"         // everything done
	StatePartial          State = "partial"           // some items failed; the outputs of the others are there
	StateFailed           State = "failed"            // could not be done; see the error
	StateCancelled        State = "cancelled"         // stopped because somebody asked for it
	StateExpired          State = "expired"           // ended, and its artifacts have been deleted since
)

// States lists every state in the order in which a job can reach them.
var States = []State{
	StateQueued, StateProcessing, StateAwaitingApproval,
	StateCompleted, StatePartial, StateFailed, StateCancelled, StateExpired,
}

// Terminal reports whether an attempt in this state has ended.
func (s State) Terminal() bool {
	switch s {
	case StateCompleted, StatePartial, StateFailed, StateCancelled, StateExpired:
		return true
	}
	return false
}

// Repeatable reports whether submitting the same work again starts another
// attempt under the same ID.
func (s State) Repeatable() bool {
	return s == StateFailed || s == StatePartial || s == StateCancelled || s == StateExpired
}

// Valid reports whether s is one of [States].
func (s State) Valid() bool {
	for _, known := range States {
		if s == known {
			return true
		}
	}
	return false
}

// A Transition is the moment at which a job entered a state.
type Transition struct {
	State State     `json:"state"`
	At    time.Time `json:"at"`
}

// A StepState says where one step of a job stands.
type StepState string

// The states of a step.
const (
	StepQueued     StepState = "queued"     // its turn has not come
	StepProcessing StepState = "processing" // being done, or about to be by the next free worker
	StepCompleted  StepState = "completed"
	StepFailed     StepState = "failed"
	StepCancelled  StepState = "cancelled"
	StepSkipped    StepState = "skipped" // the job ended before its turn came
)
