package activities

import (
	"context"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// Records are the local activities that keep the records of jobs.
type Records struct {
	Store *record.Store
}

// Claimed is the answer to ClaimAttempt.
type Claimed struct {
	Attempt   int   `json:"attempt"`
	LastEvent int64 `json:"last_event"` // number of the job's last event before this attempt
}

// ClaimAttempt numbers the attempt that the run is. See [record.Store.Claim].
func (r *Records) ClaimAttempt(ctx context.Context, id job.ID, runID string) (Claimed, error) {
	attempt, last, err := r.Store.Claim(ctx, id, runID)
	return Claimed{attempt, last}, err
}

// AdoptAttempt makes an attempt that another run has completed that of the run which
// was to be it, and returns its record. It returns nil if there is none.
func (r *Records) AdoptAttempt(ctx context.Context, id job.ID, attempt int, runID string) (*record.Record, error) {
	return r.Store.Adopt(ctx, id, attempt, runID)
}

// SaveRecord writes the record of an attempt that is about to end.
func (r *Records) SaveRecord(ctx context.Context, rec *record.Record) error {
	return r.Store.Save(ctx, rec)
}
