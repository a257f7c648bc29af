package record

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// Terms say what becomes of the result of an attempt. They are settled when it is
// started.
type Terms struct {
	Keep    int64  `json:"keep_seconds"`           // how long the result is kept after the end
	Warn    int64  `json:"warn_seconds,omitempty"` // how long before its expiry it is announced; 0 for never
	Archive string `json:"archive,omitempty"`      // where a copy is kept
}

// A Retention is what has become of a job's result since the end of its newest
// attempt. It stands beside the records, which it does not change, and only the job's
// retention workflow writes it.
type Retention struct {
	Attempt   int           `json:"attempt"`              // whose result it is about
	ExpiresAt *time.Time    `json:"expires_at,omitempty"` // nil while it is pinned
	Pinned    bool          `json:"pinned,omitempty"`
	FetchedAt *time.Time    `json:"fetched_at,omitempty"`
	Archive   *job.Archived `json:"archive,omitempty"`
	// Events are those that have happened after the end of an attempt, of every
	// attempt.
	Events []job.Event `json:"events,omitempty"`
}

// retentionKey is where the retention of a job is. That of a batch is its job's.
func retentionKey(id job.ID) string {
	if parent := id.Parent(); parent != "" {
		id = parent
	}
	return fmt.Sprintf("records/%s/retention.json", id)
}

// Retention returns what has become of a job's result, or [ErrNotFound] while
// nothing has.
func (s *Store) Retention(ctx context.Context, id job.ID) (*Retention, error) {
	var r Retention
	err := s.documents.Get(ctx, retentionKey(id), &r)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading what became of the result of %s: %w", id, err)
	}
	return &r, nil
}

// SaveRetention writes what has become of a job's result, and notes it in the journal.
func (s *Store) SaveRetention(ctx context.Context, id job.ID, r *Retention) error {
	if err := s.documents.Put(ctx, retentionKey(id), r); err != nil {
		return fmt.Errorf("saving what became of the result of %s: %w", id, err)
	}
	rec, err := s.Latest(ctx, id)
	if err != nil {
		return fmt.Errorf("noting what became of the result of %s: %w", id, err)
	}
	return s.note(ctx, rec)
}

// itemsADocument is how many items are kept in one document.
const itemsADocument = 5000

func itemsKey(id job.ID, attempt, n int) string {
	return fmt.Sprintf("records/%s/%06d-items-%04d.json", id, attempt, n)
}

// KeepItems keeps the items of an attempt with its record. Keeping them again replaces
// them.
func (s *Store) KeepItems(ctx context.Context, id job.ID, attempt int, items []job.Item) error {
	n := 0
	for chunk := range slices.Chunk(items, itemsADocument) {
		if err := s.documents.Put(ctx, itemsKey(id, attempt, n), chunk); err != nil {
			return fmt.Errorf("keeping the items of %s: %w", id, err)
		}
		n++
	}
	return nil
}

// Items yields the items that are kept with the record of an attempt; none when none
// are. It ends after the first error.
func (s *Store) Items(ctx context.Context, id job.ID, attempt int) iter.Seq2[job.Item, error] {
	return func(yield func(job.Item, error) bool) {
		for n := 0; ; n++ {
			var items []job.Item
			err := s.documents.Get(ctx, itemsKey(id, attempt, n), &items)
			if errors.Is(err, artifact.ErrNotFound) {
				return
			}
			if err != nil {
				yield(job.Item{}, fmt.Errorf("reading the items of %s: %w", id, err))
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// complete adds to a record what has become of the result since.
func (s *Store) complete(ctx context.Context, rec *Record) error {
	if rec.Terms == nil && rec.Status.Parent == "" {
		return nil // it never expires
	}
	r, err := s.Retention(ctx, rec.Status.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		r.apply(rec)
	}
	return err
}

// apply adds to the record of an attempt, or of a batch in it.
func (r *Retention) apply(rec *Record) {
	status := &rec.Status
	if status.Attempt <= r.Attempt {
		status.ExpiresAt, status.Pinned = r.ExpiresAt, r.Pinned
	}
	if status.Attempt == r.Attempt {
		status.FetchedAt = r.FetchedAt
		if r.Archive != nil {
			status.Archive = r.Archive
		}
	}
	for _, e := range r.Events {
		if e.Type == job.StateEvent(job.StateExpired) && e.Attempt >= status.Attempt && status.State != job.StateExpired {
			at := e.At
			status.State, status.ExpiresAt, status.Pinned = job.StateExpired, &at, false
			status.Transitions = append(status.Transitions, job.Transition{State: job.StateExpired, At: at})
			status.UpdatedAt = at
		}
		if e.Attempt == status.Attempt && status.Parent == "" {
			rec.Events = append(rec.Events, e)
			status.LastEvent = e.Number
		}
	}
}

// A sequel is what comes after the last event of an attempt: another event, or the
// run that begins the next attempt, after which there are no more.
type sequel struct {
	Event *job.Event `json:"event,omitempty"`
	RunID string     `json:"run_id,omitempty"`
}

// maxSequels bounds the events after the end of one attempt.
const maxSequels = 10_000

// ErrMovedOn says that the next attempt has begun.
var ErrMovedOn = errors.New("the next attempt has begun")

// Append numbers an event that happens to a job after the end of an attempt, so that
// it follows the ones before without a gap. Asking again, with the same time, gives
// the same number. Once the next attempt has begun it is [ErrMovedOn].
func (s *Store) Append(ctx context.Context, e job.Event) (job.Event, error) {
	rec, err := s.ended(ctx, e.JobID, attemptKey(e.JobID, e.Attempt))
	if err != nil {
		return e, err
	}
	for n := 1; n <= maxSequels; n++ {
		e.Number = rec.Status.LastEvent + int64(n)
		there, err := s.sequel(ctx, e.JobID, e.Attempt, n, sequel{Event: &e})
		switch {
		case err != nil:
			return e, err
		case there.Event == nil:
			return e, ErrMovedOn
		case there.Event.Type == e.Type && there.Event.At.Equal(e.At):
			return *there.Event, nil
		}
	}
	return e, fmt.Errorf("%s has more than %d events after its end", e.JobID, maxSequels)
}

// closeSequels makes sure that no more events come after the attempt, and returns how
// many there are.
func (s *Store) closeSequels(ctx context.Context, id job.ID, attempt int, runID string) (events int64, err error) {
	for n := 1; ; n++ {
		there, err := s.sequel(ctx, id, attempt, n, sequel{RunID: runID})
		if err != nil || there.Event == nil {
			return int64(n - 1), err
		}
	}
}

// sequel returns the n-th sequel of an attempt, which is the given one if there was
// none.
func (s *Store) sequel(ctx context.Context, id job.ID, attempt, n int, next sequel) (sequel, error) {
	key := fmt.Sprintf("records/%s/%06d-then-%04d.json", id, attempt, n)
	err := s.documents.Create(ctx, key, next)
	if !errors.Is(err, artifact.ErrExists) {
		return next, err
	}
	var there sequel
	return there, s.documents.Get(ctx, key, &there)
}
