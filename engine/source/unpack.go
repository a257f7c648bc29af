package source

import (
	"context"
	"errors"
	"io"
)

// Unpack writes the archive in r to dir, which must not exist or be empty; the
// folder above it must exist. Files get mode 0644, folders 0755 (less the
// process's umask). The files appear under dir when all of them are written and
// checked; on any error, and when ctx ends, nothing is left behind.
//
// The caller compares the digest in the summary with the one it expects.
// progress may be nil.
func Unpack(ctx context.Context, r io.ReaderAt, size int64, dir string, l Limits, progress Progress) (sum Summary, err error) {
	w, err := NewWriter(dir, l, progress)
	if err != nil {
		return Summary{}, err
	}
	defer func() { err = errors.Join(err, w.Abort()) }()
	format, err := w.in.archive(ctx, r, size)
	if err != nil {
		return Summary{}, err
	}
	return w.commit(ctx, format, w.in.topFolder())
}
