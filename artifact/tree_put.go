package artifact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// TreeOptions of [Trees.Put]. The zero value is usable.
type TreeOptions struct {
	// Concurrency is how many files are read and stored at once; 0 chooses two per
	// processor for a local store and 32 for a remote one.
	Concurrency int
	// Adopt says that the folder is given to the store: nobody writes to its files
	// any more. A store in a folder of the same file system gives them a second name
	// and makes them read-only, instead of writing their content again.
	Adopt bool
	// Progress is called after each file, by one goroutine at a time.
	Progress func(Progress)
	// Exclude leaves out a file, or a folder with everything in it. The path is
	// relative to the folder, with slashes.
	Exclude func(path string, entry fs.DirEntry) bool
}

// Put stores a folder. Each file is read once, and only those that the store
// does not have are written; files over 1 MiB that it does not have are read a
// second time. Symbolic links, devices and other special files are a
// [FileError]; a large file that changes meanwhile is a [MismatchError].
func (t *Trees) Put(ctx context.Context, dir string, o TreeOptions) (TreeRef, error) {
	root, err := os.OpenRoot(dir) // a link made after the walk cannot lead out of it
	if err != nil {
		return TreeRef{}, fmt.Errorf("store a folder: %w", err)
	}
	defer root.Close()
	paths, err := regularFiles(ctx, root.FS(), o.Exclude)
	if err != nil {
		return TreeRef{}, fmt.Errorf("store the folder %s: %w", dir, err)
	}
	tree := &Tree{Files: make([]File, len(paths))}
	progress := meter{report: o.Progress, sum: Progress{TotalFiles: len(paths)}}
	err = parallel(ctx, t.workers(o.Concurrency), len(paths), func(ctx context.Context, i int) error {
		adopt := ""
		if o.Adopt {
			adopt = filepath.Join(dir, filepath.FromSlash(paths[i]))
		}
		file, written, err := t.putFile(ctx, root, paths[i], adopt)
		if err != nil {
			return fmt.Errorf("store the folder %s: %s: %w", dir, paths[i], err)
		}
		tree.Files[i] = file
		progress.add(file.Size, written)
		return nil
	})
	if err != nil {
		return TreeRef{}, err
	}
	return t.Save(ctx, tree)
}

// regularFiles lists what belongs to a tree, and refuses what cannot.
func regularFiles(ctx context.Context, folder fs.FS, exclude func(string, fs.DirEntry) bool) (paths []string, err error) {
	err = fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || path == "." {
			return err
		}
		if exclude != nil && exclude(path, entry) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		if !entry.Type().IsRegular() {
			return &FileError{path, "is " + describe(entry.Type()) + "; only files and folders can be stored"}
		}
		paths = append(paths, path)
		return checkPath(path)
	})
	return paths, err
}

func describe(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a special file"
}

// putFile stores a file; adopt is its full path if it may be adopted.
func (t *Trees) putFile(ctx context.Context, root *os.Root, path, adopt string) (file File, written bool, err error) {
	f, err := root.Open(path)
	if err != nil {
		return File{}, false, err
	}
	defer f.Close()
	ref, written, err := t.putContent(ctx, f, adopt)
	return File{Path: path, Size: ref.Size, SHA256: ref.SHA256, MediaType: MediaType(path)}, written, err
}

// putContent hashes before it writes: a folder that did not change costs its
// reading only.
func (t *Trees) putContent(ctx context.Context, f *os.File, adopt string) (Ref, bool, error) {
	info, err := f.Stat()
	if err != nil {
		return Ref{}, false, err
	}
	if info.Size() < inMemory {
		return t.putSmall(ctx, f, info.Size(), adopt)
	}
	hash := sha256.New()
	n, err := io.Copy(hash, contextReader{ctx, f})
	if err != nil {
		return Ref{}, false, err
	}
	ref := refOf(hash, n)
	if adopted, err := t.store.adopt(ctx, ref, adopt); adopted || err != nil {
		return ref, adopted, err
	}
	written, err := t.store.PutKnown(ctx, ref, func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, 0, ref.Size)), nil
	})
	return ref, written, err
}

func (t *Trees) putSmall(ctx context.Context, f *os.File, size int64, adopt string) (Ref, bool, error) {
	content := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := content.ReadFrom(io.LimitReader(f, inMemory)); err != nil {
		return Ref{}, false, err
	}
	if int64(content.Len()) != size {
		return Ref{}, false, errors.New("the file changed while it was read; store the folder when nothing writes to it")
	}
	hash := sha256.New()
	hash.Write(content.Bytes())
	ref := refOf(hash, int64(content.Len()))
	if adopted, err := t.store.adopt(ctx, ref, adopt); adopted || err != nil {
		return ref, adopted, err
	}
	written, err := t.store.putBytes(ctx, ref, content.Bytes())
	return ref, written, err
}

func (t *Trees) workers(asked int) int {
	if asked > 0 {
		return asked
	}
	return t.store.workers
}
