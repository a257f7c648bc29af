package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// stage is a release in the making, in a folder below tmp:
//
//	blobs/<sha256>  content that the target lacks
//	release/        the release as it will be
//
// Nothing outside of that folder changes until commit.
type stage struct {
	t        *FileTarget
	dir      string
	m        *Manifest
	src      Source
	progress Progress

	fresh []File // one file for each content that the target lacks
	isNew map[string]bool
}

// store makes the release m on the target, without switching to it.
func (t *FileTarget) store(ctx context.Context, src Source, m *Manifest, progress Progress) (Result, error) {
	s := &stage{t: t, dir: t.path("tmp", m.ID), m: m, src: src, progress: progress, isNew: make(map[string]bool)}
	for _, dir := range []string{s.dir, s.path("blobs"), s.path("release"), s.path("release", "site")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return Result{}, err
		}
	}
	defer os.RemoveAll(s.dir)
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"fetched", s.fetch},
		{"assembled", s.assemble},
		{"described", s.describe},
		{"synced", s.sync},
		{"promoted", s.promote},
		{"stored", s.commit},
	} {
		if err := step.run(ctx); err != nil {
			return Result{}, err
		}
		t.reached(step.name)
	}
	r := Result{Head: m.Head, NewFiles: len(s.fresh)}
	for _, f := range s.fresh {
		r.NewBytes += f.Size
	}
	return r, nil
}

func (s *stage) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

func (s *stage) site(p string) string {
	return s.path("release", "site", filepath.FromSlash(p))
}

// blob returns where the content of f is while the release is staged.
func (s *stage) blob(f File) string {
	if s.isNew[f.SHA256] {
		return s.path("blobs", f.SHA256)
	}
	return s.t.blobPath(f.SHA256)
}

// fetch reads from the source what the target lacks. A blob of another size
// than its name promises is damaged and counts as lacking.
func (s *stage) fetch(ctx context.Context) error {
	for _, f := range s.m.Files {
		if s.isNew[f.SHA256] {
			continue
		}
		info, err := os.Lstat(s.t.blobPath(f.SHA256))
		switch {
		case err == nil && info.Mode().IsRegular() && info.Size() == f.Size:
		case err == nil || errors.Is(err, fs.ErrNotExist):
			s.isNew[f.SHA256] = true
			s.fresh = append(s.fresh, f)
		default:
			return err
		}
	}
	return each(ctx, s.fresh, func(ctx context.Context, f *File) error { return s.fetchOne(ctx, *f) })
}

func (s *stage) fetchOne(ctx context.Context, f File) error {
	in, err := s.src.Open(ctx, f)
	if err != nil {
		return fmt.Errorf("cannot open source file %q: %w", f.Path, err)
	}
	defer in.Close()
	out, err := os.OpenFile(s.blob(f), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	err = CopyVerified(ctx, out, in, f)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

// assemble builds the site's folder out of blobs.
func (s *stage) assemble(ctx context.Context) error {
	if err := s.makeFolders(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	var done int64
	return each(ctx, s.m.Files, func(ctx context.Context, f *File) error {
		if err := s.place(ctx, *f); err != nil {
			return err
		}
		if s.progress != nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			s.progress(done, int64(len(s.m.Files)))
		}
		return nil
	})
}

// makeFolders makes the site's folders, level by level, and those of a level
// in parallel: sites have about as many folders as pages, and mkdir(2) is the
// slowest call of an unchanged release.
func (s *stage) makeFolders(ctx context.Context) error {
	var levels [][]string
	for dir := range folders(s.m.Files) {
		depth := strings.Count(dir, "/")
		for len(levels) <= depth {
			levels = append(levels, nil)
		}
		levels[depth] = append(levels[depth], dir)
	}
	for _, level := range levels {
		slices.Sort(level) // siblings together, as the file system likes it
		err := each(ctx, level, func(_ context.Context, dir *string) error {
			// On a file system that ignores case, "Docs" and "docs" are one
			// folder, and every file below is still found by either name.
			if err := os.Mkdir(s.site(*dir), 0o755); !errors.Is(err, fs.ErrExist) {
				return err
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// describe writes the manifest and its summary.
func (s *stage) describe(context.Context) error {
	for name, value := range map[string]any{"manifest.json": s.m, "head.json": s.m.Head} {
		data, err := encode(value)
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.path("release", name), data, 0o444); err != nil {
			return err
		}
	}
	return nil
}

// sync comes before the names: whoever finds a blob or a release under its
// name after a power failure may trust the content.
func (s *stage) sync(context.Context) error { return s.t.sync.tree(s.dir) }

// promote moves new blobs to their names. A crash in between leaves blobs
// that no release uses: the retry finds them, or [FileTarget.Prune] does.
func (s *stage) promote(ctx context.Context) error {
	for _, f := range s.fresh {
		if err := ctx.Err(); err != nil {
			return err
		}
		dest := s.t.blobPath(f.SHA256)
		err := os.Rename(s.blob(f), dest)
		if errors.Is(err, fs.ErrNotExist) { // the first blob with these two digits
			if err = os.MkdirAll(filepath.Dir(dest), 0o755); err == nil {
				err = os.Rename(s.blob(f), dest)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// commit gives the release its name.
func (s *stage) commit(context.Context) error {
	if err := os.Rename(s.path("release"), s.t.releaseDir(s.m.ID)); err != nil {
		return err
	}
	return s.t.sync.dir(s.t.path("releases"))
}
