package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/job"
)

// downloads is how many files are fetched at the same time.
const downloads = 4

// download fetches every file of a result into a folder and returns how many
// there were and their bytes. The server is not trusted with paths: all are
// checked before the first file is fetched, and the folder is opened as a root
// (os.Root) that not even links inside of it can lead out of. Files that were
// there are replaced, whole or not at all.
func download(ctx context.Context, c Client, r *job.Result, dir string, show func(total int64) *meter) (int, int64, error) {
	files, total, err := listFiles(ctx, c, r)
	if err != nil {
		return 0, 0, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, 0, fmt.Errorf("the folder %s cannot be made: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, 0, fmt.Errorf("the folder %s cannot be opened: %w", dir, err)
	}
	defer root.Close()
	var done atomic.Int64
	m := show(total)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(downloads)
	for _, file := range files {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := fetch(ctx, c, r, file, root); err != nil {
				return located(err, file.Path)
			}
			m.set(done.Add(file.Size))
			return nil
		})
	}
	err = g.Wait()
	m.close(err == nil)
	return len(files), total, err
}

// listFiles returns every file of the result, after a look at all the paths.
func listFiles(ctx context.Context, c Client, r *job.Result) (files []job.Artifact, total int64, err error) {
	seen := map[string]bool{}
	for file, err := range c.Artifacts(ctx, r.ID, r.Attempt) {
		if err != nil {
			return nil, 0, err
		}
		if !safePath(file.Path) || file.Size < 0 || seen[file.Path] {
			return nil, 0, &job.Error{
				Code: job.CodeForbidden, Cause: job.CauseService, JobID: r.ID,
				Message: fmt.Sprintf("The server names a file %q, which could do harm here; nothing was fetched.", file.Path),
				Hint:    "Tell whoever runs the server.",
			}
		}
		seen[file.Path] = true
		files = append(files, file)
		total += file.Size
	}
	return files, total, nil
}

// safePath reports whether a path names a file below a folder, on every
// platform, in characters that can be shown.
func safePath(name string) bool {
	return fs.ValidPath(name) && name != "." && filepath.IsLocal(filepath.FromSlash(name)) &&
		!strings.ContainsAny(name, `\:`) && !strings.ContainsFunc(name, hostile)
}

// fetch fetches one file: to a temporary name, and to its own when size and
// digest are right.
func fetch(ctx context.Context, c Client, r *job.Result, file job.Artifact, root *os.Root) (err error) {
	folder := path.Dir(file.Path)
	if err := root.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	temp := path.Join(folder, ".docjobs-"+rand.Text())
	out, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(temp)
		}
	}()
	w := &verifier{w: out, left: file.Size, sum: sha256.New()}
	err = c.Download(ctx, r.ID, r.Attempt, file.Path, w)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if !w.matches(file.SHA256) {
		return &job.Error{
			Code: job.CodeUnavailable, Cause: job.CauseService, JobID: r.ID, Retryable: true,
			Message: "It was damaged on its way: its size or SHA-256 is not the one in the manifest.", Hint: "Fetch it again.",
		}
	}
	return root.Rename(temp, file.Path)
}

// located returns the error with the file that it is about.
func located(err error, path string) error {
	var known *job.Error
	if !errors.As(err, &known) || known.File != "" {
		return fmt.Errorf("%s: %w", path, err)
	}
	placed := *known
	placed.File = path
	return &placed
}

// verifier passes on at most the bytes that were announced, and sums them up.
type verifier struct {
	w    io.Writer
	left int64
	sum  hash.Hash
}

// Write implements io.Writer.
func (v *verifier) Write(b []byte) (int, error) {
	if int64(len(b)) > v.left {
		return 0, errors.New("it is longer than the manifest says")
	}
	n, err := v.w.Write(b)
	v.sum.Write(b[:n])
	v.left -= int64(n)
	return n, err
}

// matches reports whether everything came and has the digest.
func (v *verifier) matches(digest string) bool {
	return v.left == 0 && hex.EncodeToString(v.sum.Sum(nil)) == digest
}

// saveArchive writes everything as one archive.
func saveArchive(ctx context.Context, c Client, r *job.Result, format, name string) error {
	return saveFile(name, func(w io.Writer) error { return c.Archive(ctx, r.ID, r.Attempt, format, w) })
}

// saveFile writes a file that appears under its name when it is whole.
func saveFile(name string, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(name), ".docjobs-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	if err = errors.Join(write(out), out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), name)
}
