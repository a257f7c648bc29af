package activities

import "github.com/docjobs/docjobs/job"

// Job tells an activity for which job it works. Every input embeds it.
type Job struct {
	ID      job.ID `json:"id"`
	Attempt int    `json:"attempt"`
	Fresh   bool   `json:"fresh,omitempty"` // use nothing again that an earlier attempt did
}

// Outcome is what every step says of itself when it is done. Every result
// embeds it.
type Outcome struct {
	Summary string          `json:"summary,omitempty"` // "254 pages, 12.1 MB"
	Reused  bool            `json:"reused,omitempty"`  // an earlier attempt had done it
	Outputs []job.Output    `json:"outputs,omitempty"` // to be fetched by people
	Items   *job.ItemCounts `json:"items,omitempty"`
}

// StepOutcome returns the outcome, for the workflow's bookkeeping.
func (o Outcome) StepOutcome() Outcome { return o }
