package activities

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/upload"
)

// Sweep is the activity that deletes what no job needs any more.
type Sweep struct {
	Store   *artifact.Store
	Records *record.Store
	Uploads *upload.Store
	Grace   time.Duration // see [artifact.SweepOptions]
	Every   time.Duration // how long the time between two sweeps is
	// KeepUploads is how long uploads are kept that no job refers to, from when they were
	// last asked for.
	KeepUploads time.Duration
	// Open returns a job that runs and whose run began before the given time, or "".
	Open func(ctx context.Context, before time.Time) (job.ID, error)
	Log  *slog.Logger // for what concerns the operator
}

// Swept is the result of [Sweep.SweepArtifacts].
type Swept struct {
	artifact.SweepReport
	Next time.Duration `json:"next"` // after which to sweep again
}

// SweepArtifacts deletes what no job needs any more. It is safe to kill it, and to run
// it twice at once.
func (s *Sweep) SweepArtifacts(ctx context.Context) (Swept, error) {
	var progress atomic.Pointer[artifact.SweepReport]
	defer heartbeats(ctx, func() any { return progress.Load() })()
	adopted, err := s.adopt(ctx)
	if err != nil {
		s.Log.Error("Nothing is swept, because it is not known what jobs from before an upgrade need. Repair what the error names, or restore it from a backup.", "error", err)
		return Swept{}, err
	}
	if !adopted {
		return Swept{Next: s.Every}, nil
	}
	report, err := s.Store.Sweep(ctx, artifact.SweepOptions{
		Grace: s.Grace,
		Also: func(ctx context.Context, held func(string) bool) iter.Seq2[artifact.Ref, error] {
			return s.Uploads.Kept(ctx, time.Now().Add(-s.KeepUploads), held)
		},
		Progress: func(r artifact.SweepReport) { progress.Store(&r) },
	})
	if err != nil {
		s.Log.Error("Artifacts could not be swept; nothing that is needed was deleted.", "error", err)
		return Swept{}, err
	}
	if report.Deleted > 0 {
		if err := s.forgetConversions(ctx); err != nil {
			return Swept{}, err
		}
	}
	return Swept{report, s.Every}, nil
}

// forgetConversions removes what is kept of the conversion of documents where what was
// made of them is deleted.
func (s *Sweep) forgetConversions(ctx context.Context) error {
	documents := s.Store.Documents()
	for key, err := range documents.List(ctx, strings.TrimSuffix(conversionsFolder, "/")) {
		var kept struct {
			Tree artifact.TreeRef `json:"tree"`
		}
		if err == nil {
			err = documents.Get(ctx, key, &kept)
		}
		there := true
		if err == nil && kept.Tree.SHA256 != "" {
			there, err = s.Store.Exists(ctx, artifact.Ref{SHA256: kept.Tree.SHA256, Size: kept.Tree.Size})
		}
		if err == nil && !there {
			err = documents.Delete(ctx, key)
		}
		if err != nil && !errors.Is(err, artifact.ErrNotFound) {
			return fmt.Errorf("forgetting conversions: %w", err)
		}
	}
	return nil
}

// adoptedKey is the document that says that all jobs hold what they need, adoptingKey
// the one that says since when it is waited for that.
const (
	adoptedKey  = "adopted.json"
	adoptingKey = "adopting.json"
)

// adopt makes jobs that began before jobs held anything hold all that they have. They
// never expire. It reports whether that is done, which it is once none of them runs any
// more: what such a job has made may be known to its workflow alone until it ends. Those
// that begin within a grace time after the first sweep count with them, because workers
// of the version before may still run.
func (s *Sweep) adopt(ctx context.Context) (done bool, err error) {
	documents := s.Store.Documents()
	var at time.Time
	if err := documents.Get(ctx, adoptedKey, &at); !errors.Is(err, artifact.ErrNotFound) {
		return err == nil, err
	}
	now := time.Now().UTC()
	since := now
	if err := documents.Create(ctx, adoptingKey, since); errors.Is(err, artifact.ErrExists) {
		err = documents.Get(ctx, adoptingKey, &since)
		if err != nil {
			return false, err
		}
	} else if err != nil {
		return false, err
	}
	until := since.Add(s.Grace)
	open, err := s.Open(ctx, until)
	if err != nil {
		return false, fmt.Errorf("looking for jobs that began before %s: %w", until.Format(time.RFC3339), err)
	}
	some, err := s.adoptAll(ctx) // after that look: who has ended before it has a record
	if err != nil {
		return false, err
	}
	switch {
	case open != "":
		s.Log.Info("Nothing is swept until a job has ended that began before an upgrade or soon after it.", "job_id", open, "before", until)
		return false, nil
	case some && now.Before(until):
		return false, nil
	}
	return true, documents.Put(ctx, adoptedKey, now)
}

// adoptAll makes jobs hold what their records and checkpoints name, and reports whether
// there are any.
func (s *Sweep) adoptAll(ctx context.Context) (some bool, err error) {
	for _, folder := range []string{"records", "checkpoints"} {
		for key, err := range s.Store.Documents().List(ctx, folder) {
			if err != nil {
				return some, err
			}
			some = true
			if folder == "records" && strings.Contains(key, "-items-") {
				continue // kept of a result that has expired
			}
			if err := s.adoptDocument(ctx, key); err != nil {
				return some, fmt.Errorf("holding what %s refers to: %w", key, err)
			}
		}
	}
	return some, nil
}

// adoptDocument makes a job hold what a record without terms, or a checkpoint, names. A
// checkpoint of a job that expires is let go of with it, and one that is deleted
// meanwhile is none.
func (s *Sweep) adoptDocument(ctx context.Context, key string) error {
	folder, rest, _ := strings.Cut(key, "/")
	id, _, _ := strings.Cut(rest, "/")
	var value any
	err := s.Store.Documents().Get(ctx, key, &value)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if fields, ok := value.(map[string]any); ok && folder == "records" && fields["terms"] != nil {
		return nil
	}
	return s.Store.Holds().Put(ctx, id, 1, "adopted", value)
}
