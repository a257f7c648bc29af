package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"sync"
)

// Source is a finished site: what it consists of, and how to read it. A
// caller that already knows every file's digest (from a build cache or a
// stored tree) implements it directly; [Dir] and [FromFS] compute them.
type Source interface {
	// Files lists the whole site, in any order.
	Files() []File
	// Open returns the content of one listed file. It is called from several
	// goroutines, and only for content that the target does not hold yet.
	Open(ctx context.Context, f File) (io.ReadCloser, error)
}

// Folder is the [Source] that [Dir] and [FromFS] return.
type Folder struct {
	fsys  fs.FS
	files []File
	root  *os.Root // closed by Close; nil for FromFS
}

// Dir lists a folder and hashes its files, as many at once as there are
// processors. It fails with a [SourceError] on anything that is neither file
// nor folder: a symbolic link could lead out of the folder, a device or pipe
// has no content to release. Close the result when it is no longer read.
//
// Files that change after they were hashed are noticed while they are
// released, see [MismatchError].
func Dir(ctx context.Context, dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the built site: %w", err)
	}
	src, err := FromFS(ctx, root.FS())
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("built site %s: %w", dir, err)
	}
	src.root = root
	return src, nil
}

// FromFS is [Dir] for any file system.
func FromFS(ctx context.Context, fsys fs.FS) (*Folder, error) {
	files, err := list(ctx, fsys)
	if err != nil {
		return nil, err
	}
	err = each(ctx, files, func(ctx context.Context, f *File) error { return digest(ctx, fsys, f) })
	if err != nil {
		return nil, err
	}
	return &Folder{fsys: fsys, files: files}, nil
}

// Files lists the folder, sorted by path.
func (f *Folder) Files() []File { return f.files }

// Open returns the content of one file.
func (f *Folder) Open(_ context.Context, file File) (io.ReadCloser, error) {
	return f.fsys.Open(file.Path)
}

// Close releases the folder that [Dir] opened.
func (f *Folder) Close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

func list(ctx context.Context, fsys fs.FS) ([]File, error) {
	var files []File
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return &SourceError{Path: p, Reason: fmt.Sprintf("is a %s; only files and folders can be released: replace it by a copy", kind(d.Type()))}
		case len(files) == MaxFiles:
			return &SourceError{Reason: fmt.Sprintf("has more than %d files", MaxFiles)}
		}
		files = append(files, File{Path: p})
		return checkPath(p)
	})
	return files, err
}

func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}

// digest fills in the size and digest of one file.
func digest(ctx context.Context, fsys fs.FS, file *File) error {
	f, err := fsys.Open(file.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := stream(ctx, h, f)
	if err != nil {
		return fmt.Errorf("cannot read %q: %w", file.Path, err)
	}
	file.Size, file.SHA256 = n, hexSum(h)
	return nil
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// buffers spares an allocation for each of many small files.
var buffers = sync.Pool{New: func() any { return new([128 << 10]byte) }}

// stream copies until the end of r, looking at ctx before every read.
// Unlike io.Copy it never allocates and can be cancelled.
func stream(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	buf := buffers.Get().(*[128 << 10]byte)
	defer buffers.Put(buf)
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := r.Read(buf[:])
		if n > 0 {
			total += int64(n)
			if _, werr := w.Write(buf[:n]); werr != nil {
				return total, werr
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
