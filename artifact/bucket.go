package artifact

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"gocloud.dev/blob"
)

// listPage is larger than gocloud's default: services cut it to their own limit.
const listPage = 10_000

// list yields the keys that begin with a prefix; with a delimiter, folders instead of
// what is in them, by keys that end in it. It leaves out unfinished writes.
func (s *Store) list(ctx context.Context, prefix, delimiter string) iter.Seq2[string, error] {
	if s.dir != "" {
		return s.listLocal(ctx, prefix, delimiter)
	}
	return func(yield func(string, error) bool) {
		token := blob.FirstPageToken
		for token != nil {
			page, next, err := s.bucket.ListPage(ctx, token, listPage, &blob.ListOptions{Prefix: prefix, Delimiter: delimiter})
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield("", fmt.Errorf("list %s: %w", prefix, err))
				return
			}
			slices.SortFunc(page, func(a, b *blob.ListObject) int { return strings.Compare(a.Key, b.Key) })
			for _, o := range page {
				if !temporary(o.Key) && !yield(o.Key, nil) {
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
