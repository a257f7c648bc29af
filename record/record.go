package record

import "github.com/docjobs/docjobs/job"

// Version is the version of the format that this code writes.
const Version = 1

// A Record is what is kept of one attempt of a job. While the attempt runs,
// the workflow carries it in its state and its memo.
type Record struct {
	Version int    `json:"version"`
	Tenant  string `json:"tenant"`
	Digest  string `json:"digest"`           // of the work: kind, parameters and inputs; see [job.Params.Identity]
	Keyed   bool   `json:"keyed,omitempty"`  // the Job ID comes from an Idempotency-Key
	Asked   string `json:"asked,omitempty"`  // digest of what was asked for, before a branch or a release was looked up
	RunID   string `json:"run_id,omitempty"` // Temporal's name for the run
	// Notify are the endpoints that are told of this attempt.
	Notify []job.Route `json:"notify,omitempty"`
	// Expected is how long the attempt may take, or nil if nothing is known of that.
	Expected *Expected `json:"expected,omitempty"`
	// Fresh is set when nothing that was done before is used again.
	Fresh bool `json:"fresh,omitempty"`
	// Recovers is set when an earlier attempt failed and none has completed since.
	Recovers bool `json:"recovers,omitempty"`
	// Terms say what becomes of the result; nil where nothing is left to expire.
	Terms *Terms `json:"terms,omitempty"`
	// Renews is set when the attempt before had completed and has expired: of several
	// that want the work done again, one does it.
	Renews bool        `json:"renews,omitempty"`
	Status job.Status  `json:"status"`
	Events []job.Event `json:"events"` // of this attempt
}

// Clone returns a copy that shares nothing which changes.
func (r *Record) Clone() *Record {
	c := *r
	c.Status.Transitions = append([]job.Transition(nil), r.Status.Transitions...)
	c.Status.Steps = append([]job.Step(nil), r.Status.Steps...)
	c.Status.Outputs = append([]job.Output(nil), r.Status.Outputs...)
	c.Events = append([]job.Event(nil), r.Events...)
	return &c
}

// Add appends an event, numbers it, and fills in what every event carries from
// the status.
func (r *Record) Add(e job.Event) {
	r.Status.LastEvent++
	e.Number = r.Status.LastEvent
	e.JobID = r.Status.ID
	e.Attempt = r.Status.Attempt
	e.State = r.Status.State
	r.Status.UpdatedAt = e.At
	r.Events = append(r.Events, e)
}

// Enter moves the job to the state that the event announces, at the time the
// event names.
func (r *Record) Enter(state job.State, e job.Event) {
	r.Status.State = state
	r.Status.Transitions = append(r.Status.Transitions, job.Transition{State: state, At: e.At})
	if state.Terminal() {
		r.Status.FinishedAt = &e.At
		r.Status.Progress = nil
	}
	e.Type = job.StateEvent(state)
	r.Add(e)
}

// CloseSteps says of every step that has not ended what became of it: running
// ones end in the given state, the others never had their turn.
func (r *Record) CloseSteps(running job.StepState) {
	at := r.Status.UpdatedAt
	for i := range r.Status.Steps {
		s := &r.Status.Steps[i]
		switch s.State {
		case job.StepProcessing:
			s.State, s.FinishedAt, s.Progress = running, &at, nil
		case job.StepQueued:
			s.State = job.StepSkipped
		}
	}
}

// Renumber makes the record that of another attempt than it was begun as, its
// events following the given one.
func (r *Record) Renumber(attempt int, lastEvent int64) {
	r.Status.Attempt = attempt
	for i := range r.Events {
		lastEvent++
		r.Events[i].Number = lastEvent
		r.Events[i].Attempt = attempt
	}
	r.Status.LastEvent = lastEvent
}
