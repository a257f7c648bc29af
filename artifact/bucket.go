package artifact

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// object is something in the bucket.
type object struct {
	Key      string
	Size     int64
	Modified time.Time
}

// listPage is larger than gocloud's default because a page of a file bucket
// costs a walk over everything, and because that walk can lose keys at the
// border of two pages. Services cut it to their own limit.
const listPage = 10_000

// list yields what begins with a prefix; with a delimiter, folders instead of
// what is in them, by keys that end in it. It leaves out unfinished writes.
func (s *Store) list(ctx context.Context, prefix, delimiter string) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		token := blob.FirstPageToken
		for token != nil {
			page, next, err := s.bucket.ListPage(ctx, token, listPage, &blob.ListOptions{Prefix: prefix, Delimiter: delimiter})
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(object{}, fmt.Errorf("list %s: %w", prefix, err))
				return
			}
			slices.SortFunc(page, func(a, b *blob.ListObject) int { return strings.Compare(a.Key, b.Key) })
			for _, o := range page {
				if !temporary(o.Key) && !yield(object{o.Key, o.Size, o.ModTime}, nil) {
					return
				}
			}
			token = next
		}
	}
}

// readKey reads a small object whole.
func (s *Store) readKey(ctx context.Context, key string, limit int64) ([]byte, error) {
	r, err := s.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, storeError("read", key, err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(contextReader{ctx, r}, limit+1))
	if err != nil {
		return nil, storeError("read", key, err)
	}
	if int64(len(content)) > limit {
		return nil, &DamagedError{Key: key, Reason: fmt.Sprintf("it has more than %d bytes", limit)}
	}
	return content, nil
}

// deleteAll removes everything under a prefix. What another one removed at the
// same time is not missed.
func (s *Store) deleteAll(ctx context.Context, prefix string) error {
	for o, err := range s.list(ctx, prefix, "") {
		if err != nil {
			return err
		}
		if err := s.bucket.Delete(ctx, o.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return storeError("delete", o.Key, err)
		}
	}
	return nil
}
