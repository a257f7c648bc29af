package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// MaterializeOptions of [Trees.Materialize]. The zero value is usable.
type MaterializeOptions struct {
	Concurrency int            // files at once; 0 chooses as in [TreeOptions]
	Progress    func(Progress) // called after each file, by one goroutine at a time
}

// Materialize writes a stored folder to dir, which must not exist; the folder
// above it must. Every file is compared with its digest. The folder appears
// under its name when it is complete, and after an error nothing is left.
//
// Folders are made with mode 0755 and files with 0644, less the umask.
func (t *Trees) Materialize(ctx context.Context, ref TreeRef, dir string, o MaterializeOptions) (err error) {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write a stored folder to %s: something is there already, remove it or choose another place", dir)
	}
	tree, err := t.Get(ctx, ref)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return fmt.Errorf("write a stored folder to %s: %w", dir, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	if err := t.fill(ctx, tree, temp, o); err != nil {
		return fmt.Errorf("write a stored folder to %s: %w", dir, err)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("write a stored folder to %s: %w", dir, err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("write a stored folder to %s: %w", dir, err)
	}
	return nil
}

func (t *Trees) fill(ctx context.Context, tree *Tree, dir string, o MaterializeOptions) error {
	if err := makeFolders(tree, dir); err != nil {
		return err
	}
	progress := meter{report: o.Progress, sum: Progress{TotalFiles: len(tree.Files)}}
	return parallel(ctx, t.workers(o.Concurrency), len(tree.Files), func(ctx context.Context, i int) error {
		file := tree.Files[i]
		if err := t.writeFile(ctx, file, filepath.Join(dir, filepath.FromSlash(file.Path))); err != nil {
			return fmt.Errorf("%s: %w", file.Path, err)
		}
		progress.add(file.Size, true)
		return nil
	})
}

// makeFolders makes each folder once: files that follow each other share it.
func makeFolders(tree *Tree, dir string) error {
	last := "."
	for _, f := range tree.Files {
		folder := filepath.Dir(filepath.FromSlash(f.Path))
		if folder == last {
			continue
		}
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return err
		}
		last = folder
	}
	return nil
}

// writeFile creates the file anew, which a file system without upper and lower
// case refuses for names that differ in nothing else.
func (t *Trees) writeFile(ctx context.Context, file File, path string) error {
	source, err := t.store.Open(ctx, file.Ref())
	if err != nil {
		return err
	}
	defer source.Close()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(onlyWriter{f}, source)
	return errors.Join(err, f.Close())
}

// onlyWriter keeps io.Copy from asking the file to do the copying, which for a
// source that is no file costs a system call in vain.
type onlyWriter struct{ io.Writer }
