package source

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// packTop is the top folder in every archive that [Pack] writes. It is what
// [Inspect] and [Unpack] remove, so that nothing of the user's own is.
const packTop = "source/"

// PackOptions are the choices of [Pack]. The zero value is good.
type PackOptions struct {
	Limits   Limits // zero: [DefaultLimits]
	Progress Progress
}

// Pack writes dir as a .tar.gz stream to w. The stream is the same for the same
// content, and so is its digest, the one that [Digest] computes. What
// [Ignored] names is left out.
//
// Refused, with the reason, are: a folder without files, links that leave the
// folder or lead to folders (links to files inside are followed and packed as
// copies), devices, sockets and pipes, and whatever is over the limits. A file
// that changes while it is read ends in [ErrChanged]; what was written to w is
// of no use then.
func Pack(ctx context.Context, dir string, w io.Writer, o PackOptions) (Summary, error) {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	f, err := openFolder(ctx, dir, o.Limits)
	if err != nil {
		return Summary{}, err
	}
	defer f.root.Close()
	// Speed over size: documentation shrinks well and the network is near.
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return Summary{}, err
	}
	p := &packer{tw: tar.NewWriter(z), buf: make([]byte, 64<<10)}
	for _, name := range f.paths {
		if err := p.add(ctx, f, name); err != nil {
			return Summary{}, err
		}
		if o.Progress != nil {
			o.Progress(len(p.files), p.bytes)
		}
	}
	if err := errors.Join(p.tw.Close(), z.Close()); err != nil {
		return Summary{}, err
	}
	return summarize(FormatTarGz, p.files)
}

type packer struct {
	tw    *tar.Writer
	files []File
	bytes int64
	buf   []byte
}

func (p *packer) add(ctx context.Context, f *folder, name string) error {
	return f.read(ctx, name, func(size int64, r io.Reader) (int64, error) {
		h := tar.Header{Typeflag: tar.TypeReg, Name: packTop + name, Size: size, Mode: 0o644}
		if err := p.tw.WriteHeader(&h); err != nil {
			return 0, err
		}
		sum := sha256.New()
		n, err := io.CopyBuffer(io.MultiWriter(sum, p.tw), r, p.buf)
		if errors.Is(err, tar.ErrWriteTooLong) {
			err = fmt.Errorf("%s: %w", name, ErrChanged)
		}
		file := File{Path: name, Size: n}
		sum.Sum(file.SHA256[:0])
		p.files = append(p.files, file)
		p.bytes += n
		return n, err
	})
}
