package source

import (
	"context"
	"crypto/sha256"
	"io"
	"strings"
)

// place is what intake knows of a path that it has seen.
type place struct {
	spelling string
	dir      bool
}

// intake is the gate that every file of every format passes: it checks the
// path, counts, hashes, and hands the bytes to a sink.
type intake struct {
	limits   Limits
	progress Progress
	create   func(path string) (io.WriteCloser, error) // nil: nothing is written
	seen     map[string]place
	entries  int
	total    int64
	files    []File
	buf      []byte
}

func newIntake(l Limits, create func(string) (io.WriteCloser, error), p Progress) *intake {
	return &intake{limits: l, progress: p, create: create, seen: map[string]place{}, buf: make([]byte, 64<<10)}
}

// count charges one entry of any kind against the limit.
func (in *intake) count() error {
	in.entries++
	if in.entries > in.limits.Entries {
		return refuse(ReasonEntries, "", "it has more than %d entries", in.limits.Entries)
	}
	return nil
}

// declare charges a size that a header announces, before it is believed.
func (in *intake) declare(path string, size int64) error {
	if size < 0 {
		return refuse(ReasonCorrupt, path, "its size is negative")
	}
	if size > in.limits.FileBytes {
		return refuse(ReasonFileSize, path, "it is larger than %d bytes", in.limits.FileBytes)
	}
	if size > in.limits.TotalBytes-in.total {
		return refuse(ReasonTotalSize, path, "all files together are larger than %d bytes", in.limits.TotalBytes)
	}
	return nil
}

// claim books path and the folders above it, and refuses clashes.
func (in *intake) claim(path string, dir bool) error {
	for i := range len(path) {
		if path[i] == '/' {
			if err := in.claimOne(path[:i], true); err != nil {
				return err
			}
		}
	}
	return in.claimOne(path, dir)
}

func (in *intake) claimOne(path string, dir bool) error {
	key := foldKey(path)
	old, ok := in.seen[key]
	switch {
	case !ok:
		in.seen[key] = place{strings.Clone(path), dir}
		return nil
	case old.spelling != path:
		return refuse(ReasonCaseDuplicate, path, "it differs from %q only in case or Unicode form; macOS and Windows hold just one of them, rename one", old.spelling)
	case old.dir != dir:
		return refuse(ReasonConflict, path, "it is both a file and a folder")
	case !dir:
		return refuse(ReasonDuplicate, path, "it is listed twice")
	}
	return nil
}

// file takes one file. path has passed checkPath; r ends where the file ends.
func (in *intake) file(ctx context.Context, path string, r io.Reader) error {
	if err := in.claim(path, false); err != nil {
		return err
	}
	var sink io.WriteCloser = discard{}
	if in.create != nil {
		var err error
		if sink, err = in.create(path); err != nil {
			return err
		}
	}
	f := File{Path: strings.Clone(path)}
	h := sha256.New()
	n, err := in.copy(ctx, path, io.MultiWriter(h, sink), r)
	if cerr := sink.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	f.Size = n
	h.Sum(f.SHA256[:0])
	in.files = append(in.files, f)
	if in.progress != nil {
		in.progress(len(in.files), in.total)
	}
	return nil
}

// copy moves real bytes, counting them against the limits whatever was declared.
func (in *intake) copy(ctx context.Context, path string, w io.Writer, r io.Reader) (n int64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return n, context.Cause(ctx)
		}
		k, rerr := r.Read(in.buf)
		if n += int64(k); n > in.limits.FileBytes {
			return n, refuse(ReasonFileSize, path, "it is larger than %d bytes", in.limits.FileBytes)
		}
		if in.total += int64(k); in.total > in.limits.TotalBytes {
			return n, refuse(ReasonTotalSize, path, "all files together are larger than %d bytes", in.limits.TotalBytes)
		}
		if _, err := w.Write(in.buf[:k]); err != nil {
			return n, err
		}
		if rerr == io.EOF {
			return n, nil
		}
		if rerr != nil {
			return n, rerr
		}
	}
}

// topFolder is the one folder in which all files lie, or "".
func (in *intake) topFolder() string {
	top := ""
	for i, f := range in.files {
		first, _, nested := strings.Cut(f.Path, "/")
		if !nested || i > 0 && first != top {
			return ""
		}
		top = first
	}
	return top
}

// strip removes top from all paths.
func (in *intake) strip(top string) {
	if top == "" {
		return
	}
	for i := range in.files {
		in.files[i].Path = in.files[i].Path[len(top)+1:]
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
