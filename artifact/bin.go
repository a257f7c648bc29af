package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gocloud.dev/gcerrors"
)

// The bin is where blobs go that nothing seems to need any more, for as long as
// anybody may be about to say that they do. Whoever opens one takes it out again.
//
//	bin/<aa>/<sha256>.<when it came there, in milliseconds since 1970>
const binPrefix = "bin/"

// binned is a blob in the bin.
type binned struct {
	key    string
	digest string
	since  time.Time
}

// parseBinned is the reverse of binKey.
func parseBinned(key string) (binned, bool) {
	name := key[strings.LastIndexByte(key, '/')+1:]
	digest, since, _ := strings.Cut(name, ".")
	ms, err := strconv.ParseInt(since, 10, 64)
	return binned{key, digest, time.UnixMilli(ms)}, err == nil && validDigest(digest)
}

func binFolder(digest string) string { return binPrefix + digest[:2] + "/" }

func blobKey(digest string) string { return Ref{SHA256: digest}.key() }

// discard moves a blob into the bin. One that is gone was moved by somebody else.
func (s *Store) discard(ctx context.Context, digest string, now time.Time) error {
	key := binFolder(digest) + digest + "." + strconv.FormatInt(now.UnixMilli(), 10)
	if s.dir == "" {
		return s.moveRemote(ctx, blobKey(digest), key)
	}
	_, err := s.moveLocal(blobKey(digest), key)
	return err
}

// retrieve takes a blob out of the bin, if it is there.
func (s *Store) retrieve(ctx context.Context, digest string) (found bool, err error) {
	for key, err := range s.list(ctx, binFolder(digest)+digest+".", "") {
		if err != nil {
			return false, err
		}
		if s.dir == "" {
			err = s.bucket.Copy(ctx, blobKey(digest), key, nil) // the sweep removes the other one
			if gcerrors.Code(err) == gcerrors.NotFound {
				continue
			}
			if err != nil {
				return false, storeError("take back", key, err)
			}
			return true, nil
		}
		if found, err = s.moveLocal(key, blobKey(digest)); err != nil {
			return false, err
		}
		if found { // it is as if it had been stored now
			now := time.Now()
			err = os.Chtimes(s.path(blobKey(digest)), now, now)
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			return true, err
		}
	}
	return false, nil
}

// findAgain does what needs a blob. Where the blob is not found it is taken out of the
// bin, if it is there. While somebody moves it, it may be missed in both places.
func findAgain[R any](ctx context.Context, s *Store, digest string, find func() (R, error)) (R, error) {
	const moves = 3
	for range moves {
		found, err := find()
		if gcerrors.Code(err) != gcerrors.NotFound {
			return found, err
		}
		if _, err := s.retrieve(ctx, digest); err != nil {
			return found, err
		}
	}
	return find()
}

// moveLocal renames an object of a folder and reports whether it was there.
func (s *Store) moveLocal(from, to string) (moved bool, err error) {
	err = os.Rename(s.path(from), s.path(to))
	if errors.Is(err, fs.ErrNotExist) { // the object, or the folder it goes to
		if err = os.MkdirAll(filepath.Dir(s.path(to)), 0o700); err == nil {
			err = os.Rename(s.path(from), s.path(to))
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("move %s: %w", from, err)
	}
	return true, nil
}

// moveRemote copies an object and deletes it where it was. One that is stored in
// both places is no harm.
func (s *Store) moveRemote(ctx context.Context, from, to string) error {
	err := s.bucket.Copy(ctx, to, from, nil)
	if err == nil {
		err = s.bucket.Delete(ctx, from)
	}
	if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return storeError("move", from, err)
	}
	return nil
}
