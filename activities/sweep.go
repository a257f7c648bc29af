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
	Log         *slog.Logger // for what concerns the operator
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
	if err := s.adopt(ctx); err != nil {
		return Swept{}, err
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

// adoptedKey is the document that says that all jobs hold what they need.
const adoptedKey = "adopted.json"

// adopt makes jobs that ended before jobs held anything hold all that they have. They
// never expire. It is done once.
func (s *Sweep) adopt(ctx context.Context) error {
	documents := s.Store.Documents()
	var done time.Time
	err := documents.Get(ctx, adoptedKey, &done)
	if !errors.Is(err, artifact.ErrNotFound) {
		return err
	}
	for _, folder := range []string{"records", "checkpoints"} {
		for key, err := range documents.List(ctx, folder) {
			if err != nil {
				return err
			}
			if err := s.adoptDocument(ctx, key); err != nil {
				return fmt.Errorf("holding what %s refers to: %w", key, err)
			}
		}
	}
	return documents.Put(ctx, adoptedKey, time.Now().UTC())
}

// adoptDocument makes a job hold what a record without terms, or a checkpoint, names. A
// checkpoint of a job that expires is let go of with it.
func (s *Sweep) adoptDocument(ctx context.Context, key string) error {
	folder, rest, _ := strings.Cut(key, "/")
	id, _, _ := strings.Cut(rest, "/")
	var value any
	if err := s.Store.Documents().Get(ctx, key, &value); err != nil {
		return err
	}
	if fields, ok := value.(map[string]any); ok && folder == "records" && fields["terms"] != nil {
		return nil
	}
	return s.Store.Holds().Put(ctx, id, 1, "adopted", value)
}
