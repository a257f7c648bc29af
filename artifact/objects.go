package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
)

// An object is what a listing tells of one.
type object struct {
	key      string
	size     int64
	modified time.Time
}

// objects yields everything under a prefix that ends in a slash, unfinished writes
// too, in no order.
func (s *Store) objects(ctx context.Context, prefix string) iter.Seq2[object, error] {
	if s.dir != "" {
		return s.objectsLocal(ctx, prefix)
	}
	return func(yield func(object, error) bool) {
		for token := blob.FirstPageToken; token != nil; {
			page, next, err := s.bucket.ListPage(ctx, token, listPage, &blob.ListOptions{Prefix: prefix})
			if err != nil {
				yield(object{}, fmt.Errorf("list %s: %w", prefix, err))
				return
			}
			for _, o := range page {
				if !yield(object{o.Key, o.Size, o.ModTime}, nil) {
					return
				}
			}
			token = next
		}
	}
}

// objectsLocal is objects of a folder.
func (s *Store) objectsLocal(ctx context.Context, prefix string) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		err := filepath.WalkDir(s.path(prefix), func(file string, entry fs.DirEntry, err error) error {
			var info fs.FileInfo
			if err == nil {
				info, err = entry.Info()
			}
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // it went away meanwhile
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case entry.IsDir():
				return nil
			}
			key := filepath.ToSlash(strings.TrimPrefix(file, s.dir+string(os.PathSeparator)))
			if !yield(object{key, info.Size(), info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(object{}, fmt.Errorf("list %s: %w", prefix, err))
		}
	}
}
