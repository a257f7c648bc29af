package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob"
)

// A store over a local folder goes around fileblob in these places; the layout is
// fileblob's own (valid keys are relative paths and need no escaping):
//
//   - creating a key that must not exist: fileblob looks and then renames, so that
//     two writers can both succeed. A hard link is atomic, across processes too.
//   - writing and looking for small objects: fileblob makes the folder, looks for
//     attributes and removes its temporary file each time. For a site of 10,000
//     files BenchmarkPutTree shows a third of the time saved on the first upload
//     and almost three quarters on one that changes nothing.
//   - adopting files: a link is many times cheaper than a new file, above all on
//     ext4 where many files were deleted in the last minutes.

func (s *Store) path(key string) string { return filepath.Join(s.dir, filepath.FromSlash(key)) }

func (s *Store) existsLocal(ref Ref) (bool, error) {
	info, err := os.Stat(s.path(ref.key()))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", ref.key(), err)
	}
	return info.Mode().IsRegular() && info.Size() == ref.Size, nil
}

// writeKey stores a small object whole. With create set, a key that exists is an
// [ErrExists] and keeps its content, whoever else is writing.
func (s *Store) writeKey(ctx context.Context, key string, content []byte, create bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.dir != "" {
		return s.writeLocal(key, content, create)
	}
	w, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: rawContent, IfNotExist: create})
	if err != nil {
		return storeError("store", key, err)
	}
	_, err = w.Write(content)
	if closed := w.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return storeError("store", key, err)
	}
	return nil
}

// adopt gives a file, which has the content of ref and will not be written to
// again, its second name in a local store. It reports whether it did: not for
// content that is stored already, without a file, and where files cannot be
// linked.
func (s *Store) adopt(ctx context.Context, ref Ref, file string) (bool, error) {
	if s.dir == "" || file == "" {
		return false, nil
	}
	if there, err := s.Exists(ctx, ref); there || err != nil {
		return false, err
	}
	// It is as old as its storing, which the sweep goes by.
	now := time.Now()
	if errors.Join(os.Chmod(file, 0o400), os.Chtimes(file, now, now)) != nil {
		return false, nil // then it is copied
	}
	place := s.path(ref.key())
	err := os.Link(file, place)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
			return false, fmt.Errorf("store %s: %w", ref.key(), err)
		}
		err = os.Link(file, place)
	}
	return err == nil, nil
}

// listLocal is [Store.list] of a folder.
func (s *Store) listLocal(ctx context.Context, prefix, delimiter string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		keys, err := s.keysLocal(ctx, prefix, delimiter)
		if err != nil {
			yield("", fmt.Errorf("list %s: %w", prefix, err))
			return
		}
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	}
}

// keysLocal returns the sorted keys under a prefix. What goes away while it looks
// was not there.
func (s *Store) keysLocal(ctx context.Context, prefix, delimiter string) ([]string, error) {
	root := s.path(path.Dir(prefix + "x")) // the folder that the prefix reaches into
	var keys []string
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case file == root:
			return nil
		}
		key := filepath.ToSlash(strings.TrimPrefix(file, s.dir+string(filepath.Separator)))
		switch {
		case !entry.IsDir() && strings.HasPrefix(key, prefix) && !temporary(key):
			keys = append(keys, key)
		case entry.IsDir() && !strings.HasPrefix(key, prefix):
			return fs.SkipDir
		case entry.IsDir() && delimiter != "":
			keys = append(keys, key+delimiter)
			return fs.SkipDir
		}
		return nil
	})
	slices.Sort(keys)
	return keys, err
}

// writeLocal prepares the object beside its place, under a name that listings
// leave out, and moves or links it there.
func (s *Store) writeLocal(key string, content []byte, create bool) error {
	place := s.path(key)
	temp, err := createBeside(place)
	if err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	defer temp.Close()
	_, err = temp.Write(content)
	if err == nil && durable(key) {
		err = temp.Sync()
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	switch {
	case err != nil:
	case create:
		err = os.Link(temp.Name(), place)
	default:
		err = os.Rename(temp.Name(), place)
	}
	if err != nil || create {
		_ = os.Remove(temp.Name())
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", key, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	return nil
}

// durable reports whether an object must outlive a power cut. Documents must:
// the record of a job cannot be made again, as artifacts can.
func durable(key string) bool {
	return !strings.HasPrefix(key, blobsPrefix) && !strings.HasPrefix(key, logsPrefix) && !strings.HasPrefix(key, binPrefix)
}

// createBeside makes the folder only when it turns out to be missing: all but
// the first few writes find it there.
func createBeside(file string) (*os.File, error) {
	dir, pattern := filepath.Dir(file), filepath.Base(file)+".*.tmp"
	temp, err := os.CreateTemp(dir, pattern)
	if !errors.Is(err, fs.ErrNotExist) {
		return temp, err
	}
	for range 100 { // who deletes the last document of a folder removes it, and those above it
		if err = os.MkdirAll(dir, 0o700); err == nil {
			temp, err = os.CreateTemp(dir, pattern)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return temp, err
}

// removeEmpty removes the folders that nothing is left in above a key.
func (s *Store) removeEmpty(key string) {
	for folder := path.Dir(key); folder != "."; folder = path.Dir(folder) {
		if os.Remove(s.path(folder)) != nil {
			return // it is not empty
		}
	}
}
