package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

// folder is a listed source folder. Files are opened through an [os.Root], so
// that a link swapped in meanwhile cannot lead out of it.
type folder struct {
	root  *os.Root
	paths []string // sorted, without what is ignored
}

// openFolder lists dir.
//
// A symbolic link to a file inside the folder counts as a copy of that file,
// as writers use links to show one page in two places. Links that leave the
// folder, lead nowhere or lead to a folder (which could go in circles) are
// refused.
func openFolder(ctx context.Context, dir string, l Limits) (*folder, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	// What Pack makes of it has one folder above it, and must pass the same limits.
	l.Depth--
	l.PathBytes -= len(packTop)
	f := &folder{root: root}
	if err := f.list(ctx, newIntake(l, nil, nil)); err != nil {
		_ = root.Close()
		return nil, err
	}
	return f, nil
}

func (f *folder) list(ctx context.Context, in *intake) error {
	err := fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if Ignored(name) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return f.admit(in, name, d)
	})
	if err != nil {
		return err
	}
	if len(f.paths) == 0 {
		return refuse(ReasonEmpty, "", "there is not one file in the folder; give the one that holds the documentation")
	}
	slices.SortFunc(f.paths, strings.Compare) // WalkDir sorts "a/b" before "a.md"
	return nil
}

func (f *folder) admit(in *intake, name string, d fs.DirEntry) error {
	if err := in.count(); err != nil {
		return err
	}
	if err := in.limits.checkPath(name); err != nil {
		return err
	}
	if err := in.claim(name, d.IsDir()); err != nil || d.IsDir() {
		return err
	}
	info, err := f.stat(name, d)
	if err != nil {
		return err
	}
	if err := in.declare(name, info.Size()); err != nil {
		return err
	}
	in.total += info.Size()
	f.paths = append(f.paths, name)
	return nil
}

// stat follows links, within the root only.
func (f *folder) stat(name string, d fs.DirEntry) (fs.FileInfo, error) {
	isLink := d.Type()&fs.ModeSymlink != 0
	info, err := f.root.Stat(name)
	switch {
	case err != nil && isLink:
		return nil, refuse(ReasonLink, name, "the link leaves the folder or leads nowhere; put a copy of the file in its place")
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, refuse(ReasonLink, name, "links to folders are not followed; put a copy of the folder in its place")
	case !info.Mode().IsRegular():
		return nil, refuse(ReasonDevice, name, "it is a device, a socket or a pipe")
	}
	return info, nil
}

// read passes one file to use and makes sure that it is at rest meanwhile.
// The size that use is told is exactly the number of bytes that r must yield.
func (f *folder) read(ctx context.Context, name string, use func(size int64, r io.Reader) (int64, error)) error {
	file, before, err := f.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	n, err := use(before.Size(), ctxReader{ctx, file})
	if err != nil {
		return err
	}
	after, err := file.Stat()
	if err != nil {
		return err
	}
	if n != before.Size() || after.Size() != n || !after.ModTime().Equal(before.ModTime()) {
		return fmt.Errorf("%s: %w", name, ErrChanged)
	}
	return nil
}

func (f *folder) open(name string) (*os.File, fs.FileInfo, error) {
	// Without O_NONBLOCK a pipe put in the file's place would block for ever.
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: %w", name, ErrChanged)
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", name, ErrChanged)
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, info, nil
}
