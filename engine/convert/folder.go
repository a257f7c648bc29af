package convert

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is the documents in a folder on disk, as a [Source]. Links out of the
// folder are not followed.
type Folder struct{ root *os.Root }

// OpenFolder opens a folder. The caller closes it.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Open implements [Source].
func (f *Folder) Open(_ context.Context, path string) (File, error) {
	if !fs.ValidPath(path) {
		return nil, fmt.Errorf("%.200q: %w", path, fs.ErrNotExist)
	}
	file, err := f.root.Open(filepath.FromSlash(path))
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &folderFile{file, info.Size()}, nil
}

// folderFile is a file whose size is known.
type folderFile struct {
	*os.File
	size int64
}

// Size implements [File].
func (f *folderFile) Size() int64 { return f.size }
