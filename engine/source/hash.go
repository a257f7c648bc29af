package source

import (
	"context"
	"crypto/sha256"
	"io"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Digest computes the tree digest of a folder, hashing on all processors. It
// equals the digest of what [Pack] writes.
func Digest(ctx context.Context, dir string, l Limits) (Summary, error) {
	f, err := openFolder(ctx, dir, l)
	if err != nil {
		return Summary{}, err
	}
	defer f.root.Close()
	files := make([]File, len(f.paths))
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(f.paths)) {
		g.Go(func() error {
			buf := make([]byte, 64<<10)
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				file, err := f.hash(ctx, f.paths[i], buf)
				if err != nil {
					return err
				}
				files[i] = file
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return Summary{}, err
	}
	return summarize(FormatFolder, files)
}

func (f *folder) hash(ctx context.Context, name string, buf []byte) (File, error) {
	out := File{Path: name}
	err := f.read(ctx, name, func(size int64, r io.Reader) (int64, error) {
		h := sha256.New()
		// One byte more than expected is enough to notice a growing file.
		n, err := io.CopyBuffer(h, io.LimitReader(r, size+1), buf)
		out.Size = n
		h.Sum(out.SHA256[:0])
		return n, err
	})
	return out, err
}

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
