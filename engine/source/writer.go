package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// Writer builds a folder out of files from an untrusted source, with all the
// checks that [Unpack] makes. The folder appears under its final name when
// [Writer.Commit] succeeds, whole, or never. A Writer is for one goroutine.
type Writer struct {
	in   *intake
	root *os.Root
	temp string
	dir  string
	made map[string]bool // folders that exist already
}

// NewWriter starts a folder that is to become dir, which must not exist or be
// empty. The folder above it must exist; the work is done in a temporary folder
// there. Call [Writer.Abort] when done, whatever happened.
func NewWriter(dir string, l Limits, p Progress) (*Writer, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := vacant(dir); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".source-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary folder beside %s: %w", dir, err)
	}
	w := &Writer{temp: temp, dir: dir, made: map[string]bool{".": true}}
	tree := filepath.Join(temp, "tree")
	if err = os.Mkdir(tree, 0o755); err == nil {
		w.root, err = os.OpenRoot(tree)
	}
	if err != nil {
		_ = os.RemoveAll(temp)
		return nil, err
	}
	w.in = newIntake(l, w.create, p)
	return w, nil
}

func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("the folder %s is not empty; give one that does not exist yet", dir)
	}
	return nil
}

// Check refuses a path, of a file or a folder, that [Writer.File] would refuse.
func (w *Writer) Check(path string) error { return w.in.limits.checkPath(path) }

// File adds one file: path with slashes, size as announced, r up to the end of
// the file. It reports false if the path is [Ignored] and was left out.
func (w *Writer) File(ctx context.Context, path string, size int64, r io.Reader) (bool, error) {
	if err := w.in.count(); err != nil {
		return false, err
	}
	if err := w.in.limits.checkPath(path); err != nil {
		return false, err
	}
	if Ignored(path) {
		return false, nil
	}
	if err := w.in.declare(path, size); err != nil {
		return false, err
	}
	return true, w.in.file(ctx, path, r)
}

// Commit closes the tree and gives it its final name.
func (w *Writer) Commit(ctx context.Context, format Format) (Summary, error) {
	return w.commit(ctx, format, "")
}

func (w *Writer) commit(ctx context.Context, format Format, top string) (Summary, error) {
	w.in.strip(top)
	sum, err := summarize(format, w.in.files)
	if err != nil {
		return Summary{}, err
	}
	if ctx.Err() != nil {
		return Summary{}, context.Cause(ctx)
	}
	if err := w.root.Close(); err != nil {
		return Summary{}, err
	}
	// os.Rename replaces an empty folder, and nothing else, on every Unix.
	if err := os.Rename(filepath.Join(w.temp, "tree", top), w.dir); err != nil {
		return Summary{}, fmt.Errorf("putting the finished source in place: %w", err)
	}
	return sum, nil
}

// Abort removes everything temporary. After a Commit it takes nothing away.
func (w *Writer) Abort() error {
	return errors.Join(w.root.Close(), os.RemoveAll(w.temp))
}

// create makes the folders of a file and opens it, inside the root only.
func (w *Writer) create(name string) (io.WriteCloser, error) {
	dir := path.Dir(name)
	if !w.made[dir] {
		if err := w.root.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		w.made[dir] = true
	}
	return w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}
