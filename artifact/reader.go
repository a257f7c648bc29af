package artifact

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"gocloud.dev/blob"
)

// Open returns a blob's content for reading. It can be handed to
// [net/http.ServeContent]: the bucket is asked only when bytes are read, from
// the place to which the reader was moved.
//
// A read from the beginning to the end is compared with the digest; if it does
// not match, the last bytes are withheld and a [DamagedError] is returned in
// their stead, so that who gets them misses something. Ranges are not verified.
// Reading ends when ctx does.
func (s *Store) Open(ctx context.Context, ref Ref) (io.ReadSeekCloser, error) {
	there, err := s.Exists(ctx, ref)
	if err != nil {
		return nil, err
	}
	if !there {
		if err := s.absent(ctx, ref); err != nil {
			return nil, err
		}
	}
	return &reader{ctx: ctx, store: s, ref: ref, hash: sha256.New()}, nil
}

// absent tells a missing blob from one that was cut off, and takes one that is in the
// bin out of it.
func (s *Store) absent(ctx context.Context, ref Ref) error {
	attributes, err := findAgain(ctx, s, ref.SHA256, func() (*blob.Attributes, error) {
		return s.bucket.Attributes(ctx, ref.key())
	})
	if err != nil {
		return storeError("open", ref.key(), err)
	}
	if attributes.Size == ref.Size {
		return nil
	}
	return &DamagedError{Key: ref.key(), Reason: fmt.Sprintf("it has %d bytes instead of %d", attributes.Size, ref.Size)}
}

// reader is not safe for concurrent use.
type reader struct {
	ctx    context.Context
	store  *Store
	ref    Ref
	at     int64        // where the next read begins
	source *blob.Reader // the bucket's stream at that place, nil until needed

	hash   hash.Hash
	hashed int64 // how many bytes from the beginning are in hash
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.at == 0 && r.ref.Size == 0 || len(p) == 0 {
		return r.readNothing(p)
	}
	if r.at >= r.ref.Size {
		return 0, io.EOF
	}
	if err := r.connect(); err != nil {
		return 0, err
	}
	if rest := r.ref.Size - r.at; int64(len(p)) > rest {
		p = p[:rest]
	}
	n, err := r.source.Read(p)
	if n == 0 && err != nil {
		return 0, r.failed(err)
	}
	if r.at == r.hashed {
		r.hash.Write(p[:n])
		r.hashed += int64(n)
	}
	r.at += int64(n)
	if err := r.verify(); err != nil {
		r.at -= int64(n)
		return 0, err
	}
	return n, nil
}

func (r *reader) readNothing(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.verify(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

func (r *reader) connect() (err error) {
	if r.source != nil {
		return nil
	}
	if r.at == 0 {
		r.hash.Reset()
		r.hashed = 0
	}
	r.source, err = findAgain(r.ctx, r.store, r.ref.SHA256, func() (*blob.Reader, error) {
		return r.store.bucket.NewRangeReader(r.ctx, r.ref.key(), r.at, -1, nil)
	})
	if err != nil {
		return storeError("read", r.ref.key(), err)
	}
	return nil
}

// verify has an opinion only once every byte passed through the hash in order.
func (r *reader) verify() error {
	if r.at < r.ref.Size || r.hashed < r.ref.Size {
		return nil
	}
	if got := refOf(r.hash, r.hashed); got != r.ref {
		return &DamagedError{Key: r.ref.key(), Reason: "its content has the digest " + got.SHA256}
	}
	return nil
}

func (r *reader) failed(err error) error {
	if errors.Is(err, io.EOF) {
		return &DamagedError{Key: r.ref.key(), Reason: fmt.Sprintf("it ends after %d of %d bytes", r.at, r.ref.Size)}
	}
	return storeError("read", r.ref.key(), err)
}

// Seek moves the place of the next read; it asks nothing of the bucket.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.ref.Size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek in %s to %d, before its beginning", r.ref.key(), offset)
	}
	if offset != r.at {
		r.disconnect()
		r.at = offset
	}
	return offset, nil
}

func (r *reader) disconnect() {
	if r.source != nil {
		_ = r.source.Close()
		r.source = nil
	}
}

// Close releases the connection to the bucket.
func (r *reader) Close() error {
	r.disconnect()
	return nil
}
