package source

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// zip takes in a zip file. The central directory is walked once by hand before
// archive/zip, which would allocate for every entry, is let near it.
func (in *intake) zip(ctx context.Context, r io.ReaderAt, size int64) error {
	dir, err := readZipDirectory(r, size, in.limits.Entries)
	if err != nil {
		return damaged("", err)
	}
	zr, err := zip.NewReader(r, dir.fileEnd)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // paths are checked here anyway
		return damaged("", err)
	}
	if len(zr.File) != dir.entries {
		return refuse(ReasonCorrupt, "", "its directory is ambiguous: %d or %d entries", dir.entries, len(zr.File))
	}
	if err := checkOverlap(ctx, zr.File, dir.start); err != nil {
		return err
	}
	for _, f := range zr.File {
		if err := in.zipEntry(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (in *intake) zipEntry(ctx context.Context, f *zip.File) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := in.count(); err != nil {
		return err
	}
	name := cleanName(f.Name)
	if name == "" {
		return refuse(ReasonName, f.Name, "an entry has no name")
	}
	if err := in.limits.checkPath(name); err != nil {
		return err
	}
	if Ignored(name) {
		return nil // zip entries are read by choice: nothing to skip over
	}
	if err := zipType(name, f); err != nil {
		return err
	}
	if strings.HasSuffix(f.Name, "/") {
		return in.claim(name, true)
	}
	return in.zipFile(ctx, name, f)
}

func zipType(name string, f *zip.File) error {
	const encrypted, strong = 0x1, 0x40 // APPNOTE 4.4.4, bits 0 and 6
	mode := f.Mode()
	switch {
	case f.Flags&(encrypted|strong) != 0:
		return refuse(ReasonEncrypted, name, "it is protected by a password; pack it without one")
	case mode&fs.ModeSymlink != 0:
		return refuse(ReasonLink, name, "archives with links are not read; pack copies instead")
	case mode&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket|fs.ModeCharDevice|fs.ModeIrregular) != 0:
		return refuse(ReasonDevice, name, "it is a device, a socket or a pipe")
	case mode.IsDir() != strings.HasSuffix(f.Name, "/"):
		return refuse(ReasonConflict, name, "it is both a file and a folder")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return refuse(ReasonUnsupported, name, "compression method %d is not read; pack it with the usual one (deflate)", f.Method)
	}
	return nil
}

func (in *intake) zipFile(ctx context.Context, name string, f *zip.File) error {
	if f.UncompressedSize64 > uint64(in.limits.FileBytes) {
		return refuse(ReasonFileSize, name, "it is larger than %d bytes", in.limits.FileBytes)
	}
	if err := in.declare(name, int64(f.UncompressedSize64)); err != nil {
		return err
	}
	if err := in.limits.expands(name, int64(f.UncompressedSize64), int64(f.CompressedSize64)); err != nil {
		return err
	}
	rc, err := f.Open()
	if err != nil {
		return damaged(name, err)
	}
	defer rc.Close()
	// The header may lie: one byte more than it says is proof enough.
	honest := &exact{r: decoded{rc, name}, left: int64(f.UncompressedSize64), path: name}
	return in.file(ctx, name, honest)
}

// exact refuses a stream that is longer than its header said. Shorter ones, and
// wrong checksums, are found by archive/zip.
type exact struct {
	r    io.Reader
	left int64
	path string
}

func (e *exact) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if e.left -= int64(n); e.left < 0 {
		return 0, refuse(ReasonCorrupt, e.path, "it holds more bytes than its header says")
	}
	return n, err
}

// checkOverlap refuses entries that share bytes with one another or with the
// directory. That is how zip bombs without nesting reach ratios of millions
// (D. Fifield, "A better zip bomb", 2019).
func checkOverlap(ctx context.Context, files []*zip.File, dirStart int64) error {
	type span struct {
		from, to int64
		name     string
	}
	const localHeader = 30 // without name and extra field
	spans := make([]span, 0, len(files))
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := f.DataOffset()
		if err != nil {
			return damaged(f.Name, err)
		}
		if f.CompressedSize64 > uint64(dirStart) || data+int64(f.CompressedSize64) > dirStart {
			return refuse(ReasonOverlap, f.Name, "its data run past the end of the archive's data")
		}
		spans = append(spans, span{data - localHeader - int64(len(f.Name)), data + int64(f.CompressedSize64), f.Name})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return refuse(ReasonOverlap, spans[i].name, "it shares bytes with %.200q, as zip bombs do", spans[i-1].name)
		}
	}
	return nil
}
