package record

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// Documents is where records are kept; [artifact.Documents] is one.
type Documents interface {
	Put(ctx context.Context, key string, v any) error
	Create(ctx context.Context, key string, v any) error
	Get(ctx context.Context, key string, v any) error
	Delete(ctx context.Context, key string) error
	// List yields the keys in a folder and below it, sorted.
	List(ctx context.Context, folder string) iter.Seq2[string, error]
}

// ErrNotFound says that there is no such record.
var ErrNotFound = errors.New("no record")

// ErrVersion says that a record was written by a program of another version.
var ErrVersion = errors.New("this program does not read it")

// A Store keeps records: one for each attempt, and the latest of each job.
type Store struct {
	documents Documents
}

// NewStore returns a store that keeps its records in documents.
func NewStore(documents Documents) *Store { return &Store{documents} }

// Save writes the record of an attempt. Saving it again replaces it.
func (s *Store) Save(ctx context.Context, r *Record) error {
	id, attempt := r.Status.ID, r.Status.Attempt
	if err := s.note(ctx, r); err != nil {
		return err
	}
	// The attempt's own copy goes first: once the latest says that attempt n
	// has ended, attempts 1 to n can all be read.
	for _, key := range []string{attemptKey(id, attempt), latestKey(id)} {
		if err := s.documents.Put(ctx, key, r); err != nil {
			return fmt.Errorf("saving the record of %s, attempt %d: %w", id, attempt, err)
		}
	}
	return nil
}

// Seal writes the record of an attempt that could not write it itself, on
// behalf of whoever found it. Unlike [Store.Save] it never takes the place of
// what is there: of the same attempt's record, or of a later attempt's as the
// latest.
func (s *Store) Seal(ctx context.Context, r *Record) error {
	id, attempt := r.Status.ID, r.Status.Attempt
	err := s.documents.Create(ctx, attemptKey(id, attempt), r)
	if err != nil && !errors.Is(err, artifact.ErrExists) {
		return fmt.Errorf("saving the record of %s, attempt %d: %w", id, attempt, err)
	}
	if err == nil { // what was there has its note
		if err := s.note(ctx, r); err != nil {
			return err
		}
	}
	latest, err := s.Latest(ctx, id)
	if err == nil && latest.Status.Attempt >= attempt {
		return nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := s.documents.Put(ctx, latestKey(id), r); err != nil {
		return fmt.Errorf("saving the record of %s, attempt %d: %w", id, attempt, err)
	}
	return nil
}

// Latest returns the record of the newest ended attempt, with what has become of its
// result since, or [ErrNotFound].
func (s *Store) Latest(ctx context.Context, id job.ID) (*Record, error) {
	return s.load(ctx, id, latestKey(id))
}

// Attempt returns the record of the n-th attempt, or [ErrNotFound].
func (s *Store) Attempt(ctx context.Context, id job.ID, n int) (*Record, error) {
	return s.load(ctx, id, attemptKey(id, n))
}

func (s *Store) load(ctx context.Context, id job.ID, key string) (*Record, error) {
	r, err := s.ended(ctx, id, key)
	if err != nil {
		return nil, err
	}
	return r, s.complete(ctx, r)
}

// ended reads a record as it was written at the end of the attempt.
func (s *Store) ended(ctx context.Context, id job.ID, key string) (*Record, error) {
	var r Record
	err := s.documents.Get(ctx, key, &r)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading the record of %s: %w", id, err)
	}
	if r.Version != Version {
		return nil, fmt.Errorf("the record of %s has version %d, and version %d is needed: %w", id, r.Version, Version, ErrVersion)
	}
	return &r, nil
}

func latestKey(id job.ID) string { return fmt.Sprintf("records/%s/latest.json", id) }

func attemptKey(id job.ID, n int) string { return fmt.Sprintf("records/%s/%06d.json", id, n) }

// A claim is which run of a job's workflow an attempt number belongs to.
type claim struct {
	RunID string `json:"run_id"`
}

// Claim returns the number of the attempt that the run is: one more than the
// attempts that have ended, and never a number that another run was given,
// however many runs ask. Asking again gives the same answer. With it comes the
// number of the job's last event so far.
func (s *Store) Claim(ctx context.Context, id job.ID, runID string) (attempt int, lastEvent int64, err error) {
	latest, err := s.ended(ctx, id, latestKey(id))
	switch {
	case err == nil && latest.RunID == runID:
		return latest.Status.Attempt, latest.Status.LastEvent, nil
	case err == nil:
		attempt = latest.Status.Attempt
		after, err := s.closeSequels(ctx, id, attempt, runID)
		if err != nil {
			return 0, 0, fmt.Errorf("numbering the events of %s: %w", id, err)
		}
		lastEvent = latest.Status.LastEvent + after
	case !errors.Is(err, ErrNotFound):
		return 0, 0, err
	}
	for {
		attempt++
		mine, err := s.claim(ctx, id, attempt, runID)
		if err != nil {
			return 0, 0, fmt.Errorf("numbering the attempt of %s: %w", id, err)
		}
		if mine {
			return attempt, lastEvent, nil
		}
	}
}

// claim reports whether attempt n belongs to the run, taking it if it is free.
func (s *Store) claim(ctx context.Context, id job.ID, n int, runID string) (bool, error) {
	key := claimKey(id, n)
	err := s.documents.Create(ctx, key, claim{runID})
	if !errors.Is(err, artifact.ErrExists) {
		return err == nil, err
	}
	var holder claim
	if err := s.documents.Get(ctx, key, &holder); err != nil {
		return false, err
	}
	return holder.RunID == runID, nil
}

// Claimed reports whether a run has been given the number of the attempt.
func (s *Store) Claimed(ctx context.Context, id job.ID, attempt int) (bool, error) {
	var holder claim
	err := s.documents.Get(ctx, claimKey(id, attempt), &holder)
	if errors.Is(err, artifact.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for attempt %d of %s: %w", attempt, id, err)
	}
	return true, nil
}

func claimKey(id job.ID, n int) string { return fmt.Sprintf("records/%s/%06d-claim.json", id, n) }

// Adopt gives the newest attempt to another run, if it has completed and is the given
// one or a later one. It returns its record, or nil.
func (s *Store) Adopt(ctx context.Context, id job.ID, attempt int, runID string) (*Record, error) {
	latest, err := s.ended(ctx, id, latestKey(id))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || latest.Status.Attempt < attempt || latest.Status.State != job.StateCompleted {
		return nil, err
	}
	latest.RunID = runID
	return latest, s.Save(ctx, latest)
}
