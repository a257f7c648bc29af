package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
)

// Blobs is where the archives are kept; [artifact.Store] is one.
type Blobs interface {
	PutKnown(ctx context.Context, ref artifact.Ref, open func() (io.ReadCloser, error)) (written bool, err error)
	Open(ctx context.Context, ref artifact.Ref) (io.ReadSeekCloser, error)
}

// Documents is where it is kept which archive an upload is;
// [artifact.Documents] is one.
type Documents interface {
	Put(ctx context.Context, key string, v any) error
	Get(ctx context.Context, key string, v any) error
	List(ctx context.Context, folder string) iter.Seq2[string, error]
}

// Config says what a [Store] stands on.
type Config struct {
	Blobs     Blobs
	Documents Documents
	Limits    source.Limits // of what is in an archive
	MaxSize   int64         // of an archive, in bytes
	TempDir   string        // where archives are put while they are checked; "" is the system's
}

// A Store takes uploads in and gives them out again. It may be used by any
// number of processes at once.
type Store struct{ c Config }

// New returns a store.
func New(c Config) *Store { return &Store{c} }

// stored is an upload as it is kept.
type stored struct {
	Upload  job.Upload   `json:"upload"`
	Archive artifact.Ref `json:"archive"`
	Used    time.Time    `json:"used,omitzero"` // when it was last asked for, to within useAge
}

// prefix of upload IDs; the tree digest follows.
const prefix = "sha256:"

// ID returns the ID of an upload with this tree digest.
func ID(tree string) string { return prefix + tree }

// Tree returns the tree digest in an upload's ID.
func Tree(id string) string { return strings.TrimPrefix(id, prefix) }

// folder is where uploads are noted, and claims who has sent them.
const (
	folder = "uploads/"
	claims = folder + "tenants/"
)

func key(id string) string { return folder + Tree(id) + ".json" }

// notFound says that there is no such upload.
func notFound(id string) error {
	return &job.Error{
		Code:    job.CodeNotFound,
		Cause:   job.CauseRequest,
		Message: fmt.Sprintf("There is no upload %.80q.", id),
		Hint:    "Upload the archive again: POST it to /v1/uploads.",
	}
}

// Find returns the upload, or a *job.Error with CodeNotFound.
func (s *Store) Find(ctx context.Context, id string) (*job.Upload, error) {
	u, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	return &u.Upload, nil
}

func (s *Store) find(ctx context.Context, id string) (*stored, error) {
	if tree := Tree(id); tree == id || len(tree) != 2*sha256.Size || strings.Trim(tree, "0123456789abcdef") != "" {
		return nil, notFound(id)
	}
	var u stored
	err := s.c.Documents.Get(ctx, key(id), &u)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, notFound(id)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up upload %s: %w", id, err)
	}
	// The archive may have expired before the entry.
	archive, err := s.c.Blobs.Open(ctx, u.Archive)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, notFound(id)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up upload %s: %w", id, err)
	}
	_ = archive.Close() // nothing was read
	return &u, s.use(ctx, &u)
}

// useAge is how old the note may get of when an upload was last used.
const useAge = time.Hour

// use notes that an upload is used, so that it is kept for a time from now on.
func (s *Store) use(ctx context.Context, u *stored) error {
	now := time.Now().UTC()
	if now.Sub(u.Used) < useAge {
		return nil
	}
	u.Used = now
	if err := s.c.Documents.Put(ctx, key(u.Upload.ID), u); err != nil {
		return fmt.Errorf("noting that upload %s is used: %w", u.Upload.ID, err)
	}
	return nil
}

// Kept yields the archives of the uploads that were used since the given time, and of
// those whose tree digest something refers to.
func (s *Store) Kept(ctx context.Context, since time.Time, referred func(tree string) bool) iter.Seq2[artifact.Ref, error] {
	return func(yield func(artifact.Ref, error) bool) {
		for key, err := range s.c.Documents.List(ctx, strings.TrimSuffix(folder, "/")) {
			if strings.HasPrefix(key, claims) {
				continue
			}
			var u stored
			if err == nil {
				err = s.c.Documents.Get(ctx, key, &u)
			}
			if err == nil && u.Used.IsZero() { // from before this was noted
				err = s.use(ctx, &u)
			}
			if err != nil {
				yield(artifact.Ref{}, fmt.Errorf("listing uploads: %w", err))
				return
			}
			if (!u.Used.Before(since) || referred(Tree(u.Upload.ID))) && !yield(u.Archive, nil) {
				return
			}
		}
	}
}

// Receive takes an archive in: .zip, .tar.gz or .tar. created is false when the
// same content was known. An archive that breaks a rule is a *job.Error with
// CodeInvalid or CodeTooLarge, and leaves nothing behind.
func (s *Store) Receive(ctx context.Context, body io.Reader) (u *job.Upload, created bool, err error) {
	file, ref, err := s.spool(ctx, body)
	if err != nil {
		return nil, false, err
	}
	defer discard(file)
	sum, err := source.Inspect(ctx, file, ref.Size, s.c.Limits)
	if err != nil {
		return nil, false, refusal(err)
	}
	if known, err := s.Find(ctx, ID(sum.Digest)); err == nil {
		return known, false, nil
	}
	u, err = s.keep(ctx, file, ref, sum)
	return u, err == nil, err
}

// keep stores an archive that was found good.
func (s *Store) keep(ctx context.Context, file *os.File, ref artifact.Ref, sum source.Summary) (*job.Upload, error) {
	_, err := s.c.Blobs.PutKnown(ctx, ref, func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(file, 0, ref.Size)), nil
	})
	if err != nil {
		return nil, fmt.Errorf("storing the upload: %w", err)
	}
	u := stored{
		Upload: job.Upload{
			ID: ID(sum.Digest), Format: string(sum.Format), Files: sum.Files, Bytes: sum.Bytes, Size: ref.Size,
		},
		Archive: ref, Used: time.Now().UTC(),
	}
	if err := s.c.Documents.Put(ctx, key(u.Upload.ID), u); err != nil {
		return nil, fmt.Errorf("storing the upload: %w", err)
	}
	return &u.Upload, nil
}

// spool writes the body to a temporary file and returns it with its digest.
func (s *Store) spool(ctx context.Context, body io.Reader) (_ *os.File, _ artifact.Ref, err error) {
	file, err := os.CreateTemp(s.c.TempDir, "upload-*")
	if err != nil {
		return nil, artifact.Ref{}, fmt.Errorf("making room for the upload: %w", err)
	}
	defer func() {
		if err != nil {
			discard(file)
		}
	}()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, hash), &cancellable{ctx, io.LimitReader(body, s.c.MaxSize+1)})
	if err != nil {
		return nil, artifact.Ref{}, broken(ctx, err)
	}
	if size > s.c.MaxSize {
		return nil, artifact.Ref{}, &job.Error{
			Code:    job.CodeTooLarge,
			Cause:   job.CauseRequest,
			Message: fmt.Sprintf("The upload is larger than %d MiB.", s.c.MaxSize>>20),
			Hint:    "Leave out what the documentation does not need, or ask the operator to raise the limit.",
		}
	}
	return file, artifact.Ref{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size}, nil
}

// broken says why a body could not be read to its end.
func broken(ctx context.Context, err error) error {
	var ours *job.Error
	if errors.As(err, &ours) || ctx.Err() != nil {
		return err
	}
	return &job.Error{
		Code:      job.CodeInvalid,
		Cause:     job.CauseRequest,
		Message:   "The upload broke off before its end.",
		Hint:      "Send it again.",
		Retryable: true,
		Detail:    err.Error(),
	}
}

// refusal puts the refusal of an archive in the words of the API.
func refusal(err error) error {
	var refused *source.Refused
	if !errors.As(err, &refused) {
		return err
	}
	code := job.CodeInvalid
	switch refused.Reason {
	case source.ReasonEntries, source.ReasonFileSize, source.ReasonTotalSize, source.ReasonRatio:
		code = job.CodeTooLarge
	}
	return &job.Error{
		Code:    code,
		Cause:   job.CauseContent,
		File:    refused.Path,
		Message: "The archive is refused: " + refused.Detail,
		Hint:    "Mend the archive and upload it again; nothing of it was kept.",
		Detail:  string(refused.Reason),
	}
}

// Archive is an upload's archive, open for reading.
type Archive struct {
	*os.File
	Size int64
}

// Close removes the copy that was read.
func (a *Archive) Close() error { discard(a.File); return nil }

// Open returns the archive of an upload in a temporary file, because archives
// are read from several places at once.
func (s *Store) Open(ctx context.Context, id string) (*Archive, error) {
	u, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	blob, err := s.c.Blobs.Open(ctx, u.Archive)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	file, err := os.CreateTemp(s.c.TempDir, "archive-*")
	if err != nil {
		return nil, fmt.Errorf("making room for the archive: %w", err)
	}
	if _, err := io.Copy(file, &cancellable{ctx, blob}); err != nil {
		discard(file)
		return nil, fmt.Errorf("reading the archive of %s: %w", id, err)
	}
	return &Archive{file, u.Archive.Size}, nil
}

// discard closes and removes a temporary file.
func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// cancellable stops reading when ctx ends.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
