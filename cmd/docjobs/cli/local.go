package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/docjobs/docjobs/engine/source"
)

// A localSource is documentation on this machine.
type localSource interface {
	// identify returns the ID that the content has as an upload.
	identify(ctx context.Context) (string, error)
	// bytes is how much there will be to send, for show; known after identify.
	bytes() int64
	// open returns the content as archive and tells how much has been read.
	open(ctx context.Context, done func(int64)) (io.ReadCloser, error)
}

// limits bound what is read on this machine. They are far above the usual ones
// of a server, which has the last word.
func limits() source.Limits {
	l := source.DefaultLimits()
	l.Entries, l.TotalBytes, l.FileBytes = 5_000_000, 64<<30, 16<<30
	return l
}

// folder is a source that is packed on its way.
type folder struct {
	dir     string
	content int64
}

func (f *folder) identify(ctx context.Context) (string, error) {
	sum, err := source.Digest(ctx, f.dir, limits())
	f.content = sum.Bytes
	return "sha256:" + sum.Digest, err
}

func (f *folder) bytes() int64 { return f.content }

func (f *folder) open(ctx context.Context, done func(int64)) (io.ReadCloser, error) {
	r, w := io.Pipe()
	go func() {
		_, err := source.Pack(ctx, f.dir, w, source.PackOptions{
			Limits: limits(), Progress: func(_ int, bytes int64) { done(bytes) },
		})
		w.CloseWithError(err)
	}()
	return r, nil
}

// archive is a source that is sent as it is.
type archive struct {
	path string
	size int64
}

func (a *archive) identify(ctx context.Context) (string, error) {
	file, err := os.Open(filepath.Clean(a.path))
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum, err := source.Inspect(ctx, file, a.size, limits())
	return "sha256:" + sum.Digest, err
}

func (a *archive) bytes() int64 { return a.size }

func (a *archive) open(_ context.Context, done func(int64)) (io.ReadCloser, error) {
	file, err := os.Open(filepath.Clean(a.path))
	if err != nil {
		return nil, err
	}
	return &countingFile{file: file, done: done}, nil
}

// countingFile tells how much of a file has been read. It does not embed the
// file, whose WriteTo would go past it.
type countingFile struct {
	file *os.File
	n    int64
	done func(int64)
}

// Read implements io.Reader.
func (c *countingFile) Read(b []byte) (int, error) {
	n, err := c.file.Read(b)
	c.n += int64(n)
	c.done(c.n)
	return n, err
}

// Close implements io.Closer.
func (c *countingFile) Close() error { return c.file.Close() }
