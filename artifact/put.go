package artifact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// inMemory is the size up to which content is held in memory between hashing
// and storing. At most Concurrency such buffers exist in a folder's upload.
const inMemory = 1 << 20

// rawContent keeps the driver from guessing a media type out of the bytes: the
// manifest has it.
const rawContent = "application/octet-stream"

// Put stores what r yields and returns its digest. r is read once; content over
// 1 MiB is spooled to a scratch file, because only its end tells under which key
// it belongs.
func (s *Store) Put(ctx context.Context, r io.Reader) (Ref, error) {
	r = contextReader{ctx, r}
	var head bytes.Buffer
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(&head, hash), io.LimitReader(r, inMemory))
	if err != nil {
		return Ref{}, fmt.Errorf("read the content to store: %w", err)
	}
	if n < inMemory {
		ref := refOf(hash, n)
		_, err := s.putBytes(ctx, ref, head.Bytes())
		return ref, err
	}
	file, err := s.spool()
	if err != nil {
		return Ref{}, err
	}
	defer file.Close()
	if _, err := file.Write(head.Bytes()); err != nil {
		return Ref{}, fmt.Errorf("scratch file for an upload: %w", err)
	}
	rest, err := io.Copy(io.MultiWriter(file, hash), r)
	if err != nil {
		return Ref{}, fmt.Errorf("spool the content to store: %w", err)
	}
	ref := refOf(hash, n+rest)
	_, err = s.PutKnown(ctx, ref, func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(file, 0, ref.Size)), nil
	})
	return ref, err
}

// PutKnown stores content whose digest is known, and does not even open it if it
// is stored already. It tells whether it wrote. Content with another digest or
// size is a [MismatchError], and nothing is stored.
func (s *Store) PutKnown(ctx context.Context, ref Ref, open func() (io.ReadCloser, error)) (written bool, err error) {
	if there, err := s.Exists(ctx, ref); there || err != nil {
		return false, err
	}
	content, err := open()
	if err != nil {
		return false, fmt.Errorf("open the content of %s: %w", ref.key(), err)
	}
	defer content.Close()
	if err := s.write(ctx, ref, content); err != nil {
		return false, err
	}
	return true, nil
}

func (s *Store) putBytes(ctx context.Context, ref Ref, content []byte) (written bool, err error) {
	if there, err := s.Exists(ctx, ref); there || err != nil {
		return false, err
	}
	if err := s.writeKey(ctx, ref.key(), content, false); err != nil {
		return false, err
	}
	return true, nil
}

// write commits the blob only after all of it has passed by and matched.
func (s *Store) write(ctx context.Context, ref Ref, content io.Reader) error {
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	w, err := s.bucket.NewWriter(ctx, ref.key(), &blob.WriterOptions{ContentType: rawContent})
	if err != nil {
		return storeError("store", ref.key(), err)
	}
	hash := sha256.New()
	// One byte more than announced is enough to know that there is too much.
	n, err := io.Copy(io.MultiWriter(w, hash), io.LimitReader(contextReader{ctx, content}, ref.Size+1))
	if err == nil {
		if got := refOf(hash, n); got != ref {
			err = &MismatchError{Want: ref, Got: got}
		}
	}
	if err != nil {
		abort() // closing a writer whose context has ended discards it
		_ = w.Close()
		if _, mismatch := errors.AsType[*MismatchError](err); mismatch {
			return err
		}
		return storeError("store", ref.key(), err)
	}
	if err := w.Close(); err != nil {
		return storeError("store", ref.key(), err)
	}
	return nil
}

// Exists tells whether a blob is stored. A copy of another size does not count:
// it is damaged, and storing the content again replaces it.
func (s *Store) Exists(ctx context.Context, ref Ref) (bool, error) {
	if err := ref.Validate(); err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if s.dir != "" {
		return s.existsLocal(ref)
	}
	attributes, err := s.bucket.Attributes(ctx, ref.key())
	if gcerrors.Code(err) == gcerrors.NotFound {
		return false, nil
	}
	if err != nil {
		return false, storeError("look for", ref.key(), err)
	}
	return attributes.Size == ref.Size, nil
}

// Delete removes a blob; one that is not stored is an [ErrNotFound]. Blobs are
// shared by everything that has the same content: it is for the caller to know
// that nothing refers to this one any more, which [Store.Sweep] finds out.
func (s *Store) Delete(ctx context.Context, ref Ref) error {
	if err := ref.Validate(); err != nil {
		return err
	}
	if err := s.bucket.Delete(ctx, ref.key()); err != nil {
		return storeError("delete", ref.key(), err)
	}
	return nil
}

// contextReader ends a copy soon after its context has ended: readers of files
// do not look at one.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
