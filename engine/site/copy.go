package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/docjobs/docjobs/engine/site/sourceconfig"
)

// copySite copies a finished site. Names with a dot in front are left out but
// for .well-known, and so is docjobs.yaml.
func (s *setup) copySite(ctx context.Context, dir string) (*Result, error) {
	root, err := os.OpenRoot(s.site) // what links lead to must be inside
	if err != nil {
		return nil, fmt.Errorf("copy the site: %w", err)
	}
	defer root.Close()
	var copied Result
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		base := path.Base(name)
		switch {
		case name == ".":
			return nil
		case strings.HasPrefix(base, ".") && base != ".well-known", name == sourceconfig.Name:
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.Mkdir(filepath.Join(dir, filepath.FromSlash(name)), 0o755)
		}
		copied.Files++
		n, err := copyFile(root, name, filepath.Join(dir, filepath.FromSlash(name)))
		copied.Bytes += n
		return errors.Join(err, s.o.Limits.allow(&copied))
	})
	if err != nil {
		return nil, s.copyFailed(ctx, err)
	}
	return s.result(ctx, dir, nil)
}

// copyFailed says whose fault it is that a copy failed.
func (s *setup) copyFailed(ctx context.Context, err error) error {
	var limit *LimitError
	var special *BuildError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &limit):
		return limit
	case errors.As(err, &special):
		special.Generator = s.found.Generator
		return special
	}
	return fmt.Errorf("copy the site: %w", err)
}

// copyFile copies a regular file.
func copyFile(root *os.Root, name, to string) (int64, error) {
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return 0, &BuildError{File: name, Message: "this is not a file, or a link that leads out of the folder",
			Fix: "put a copy of the file in its place"}
	}
	in, err := root.Open(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	return n, errors.Join(err, out.Close())
}
