package source

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// Inspect checks an archive by reading all of it, without writing anything.
// It refuses exactly what [Unpack] refuses, and its digest is the one that
// Unpack will return. r must not change meanwhile.
func Inspect(ctx context.Context, r io.ReaderAt, size int64, l Limits) (Summary, error) {
	if err := l.Validate(); err != nil {
		return Summary{}, err
	}
	in := newIntake(l, nil, nil)
	format, err := in.archive(ctx, r, size)
	if err != nil {
		return Summary{}, err
	}
	in.strip(in.topFolder())
	return summarize(format, in.files)
}

// archive takes in every file of the archive in r.
func (in *intake) archive(ctx context.Context, r io.ReaderAt, size int64) (Format, error) {
	format, err := sniff(r, size)
	if err != nil {
		return "", err
	}
	body := &ctxReaderAt{ctx, r}
	if format == FormatZip {
		err = in.zip(ctx, body, size)
	} else {
		err = in.tar(ctx, io.NewSectionReader(body, 0, size), format)
	}
	if cause := context.Cause(ctx); cause != nil {
		return "", cause // decoders may have wrapped or swallowed it
	}
	return format, err
}

// sniff tells the format by its magic number: zip APPNOTE 4.3.7 and 4.3.16,
// gzip RFC 1952 section 2.3.1, and POSIX ustar's magic at offset 257.
func sniff(r io.ReaderAt, size int64) (Format, error) {
	head := make([]byte, min(size, 512))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return "", err
	}
	switch {
	case len(head) == 0:
		return "", refuse(ReasonEmpty, "", "the archive has no bytes")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return FormatZip, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return FormatTarGz, nil
	case len(head) == 512 && bytes.Equal(head[257:262], []byte("ustar")):
		return FormatTar, nil
	case len(head) == 512 && bytes.Count(head, []byte{0}) == 512:
		return FormatTar, nil // an archive of nothing: refused as empty later
	}
	return "", refuse(ReasonFormat, "", "it is neither .zip nor .tar.gz nor .tar; pack the folder as one of these")
}

// ctxReaderAt ends reading when ctx ends, also inside a decoder.
type ctxReaderAt struct {
	ctx context.Context
	io.ReaderAt
}

func (c *ctxReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.ReaderAt.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = &worldError{err}
	}
	return n, err
}

// worldError marks a failure of the disk or network below a decoder, so that
// it is not mistaken for a damaged archive.
type worldError struct{ err error }

func (w *worldError) Error() string { return "reading the archive: " + w.err.Error() }
func (w *worldError) Unwrap() error { return w.err }

// damaged turns a decoder's error into a refusal, unless it is the world's or a
// refusal already.
func damaged(path string, err error) error {
	var world *worldError
	var refused *Refused
	if err == nil || errors.As(err, &world) || errors.As(err, &refused) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return refuse(ReasonCorrupt, path, "the archive is damaged or cut off (%v); pack or upload it again", err)
}

// decoded marks every error of r as damage, so that a failing sink is not.
type decoded struct {
	r    io.Reader
	path string
}

func (d decoded) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(d.path, err)
	}
	return n, err
}
