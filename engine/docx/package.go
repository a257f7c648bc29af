package docx

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
)

// A Package is an open Word file (ISO/IEC 29500-2, Open Packaging Conventions).
// It is as good as the ReaderAt under it: close that one only when all is read. Media
// may be called at the same time as itself, but not as Read.
type Package struct {
	src    *watchedSource
	limits Limits
	parts  map[string]*zip.File // by name in lower case: names of parts ignore it (8.2.2)
	twice  map[string]bool      // names that more than one entry has
	types  contentTypes
	main   string       // the part that is the document
	read   atomic.Int64 // unpacked so far

	// included are the documents that the document takes in (w:altChunk), by part.
	included map[string]*Package
}

// Open opens a Word file and finds its document. What is no such file, or would
// harm whoever reads it, is an [*Error].
func Open(ctx context.Context, r io.ReaderAt, size int64, l Limits) (*Package, error) {
	p := &Package{src: &watchedSource{r: r, size: size}, limits: l.withDefaults(), parts: map[string]*zip.File{}, twice: map[string]bool{}}
	if size > p.limits.FileBytes {
		return nil, refuse(TooLarge, "the file has %d MiB; the limit is %d MiB", size>>20, p.limits.FileBytes>>20)
	}
	if err := p.open(ctx, size); err != nil {
		if world := p.src.failure(); world != nil {
			return nil, world
		}
		return nil, err
	}
	return p, nil
}

func (p *Package) open(ctx context.Context, size int64) error {
	if err := refuseOtherKinds(p.src, size); err != nil {
		return err
	}
	z, err := zip.NewReader(p.src, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return refuse(Damaged, "the file is damaged: its end is missing or its list of parts cannot be read; "+
			"get an intact copy").because(err)
	}
	if len(z.File) > p.limits.Parts {
		return refuse(Bomb, "the file has %d parts; the limit is %d", len(z.File), p.limits.Parts)
	}
	if err := p.index(z); err != nil {
		return err
	}
	if p.types, err = p.readContentTypes(ctx); err != nil {
		return err
	}
	return p.findDocument(ctx)
}

// index lists the parts and refuses a package whose directory alone shows that
// it must not be read.
func (p *Package) index(z *zip.Reader) error {
	var total uint64
	for _, f := range z.File {
		name, err := partName(f.Name)
		if err != nil {
			return err
		}
		if total += f.UncompressedSize64; total > uint64(p.limits.Bytes) || f.UncompressedSize64 > uint64(p.limits.Bytes) {
			return refuse(TooLarge, "unpacked the document has more than %d MiB, which is the limit", p.limits.Bytes>>20)
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		key := strings.ToLower(name)
		if _, ok := p.parts[key]; ok {
			p.twice[key] = true
			continue
		}
		p.parts[key] = f
	}
	return nil
}

// partName is the name of a zip entry as a part: some writers of old used
// backslashes or a slash in front.
func partName(name string) (string, error) {
	clean := strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/")
	if !fs.ValidPath(strings.TrimSuffix(clean, "/")) || strings.ContainsAny(clean, ":\x00") {
		return "", refuse(UnsafeName, "a part of the file has a name that leads out of it, as only attacks have").in(name)
	}
	return clean, nil
}

// has tells whether there is such a part.
func (p *Package) has(part string) bool {
	_, ok := p.parts[strings.ToLower(part)]
	return ok
}

// size is the unpacked size of a part as the directory has it; 0 if there is no
// such part.
func (p *Package) size(part string) int64 {
	if f, ok := p.parts[strings.ToLower(part)]; ok {
		return int64(f.UncompressedSize64)
	}
	return 0
}

// part opens a part as a stream that ends with an [*Error] at a limit.
// fs.ErrNotExist if there is no such part.
func (p *Package) part(name string, limit int64) (io.ReadCloser, error) {
	key := strings.ToLower(name)
	f, ok := p.parts[key]
	switch {
	case !ok:
		return nil, fmt.Errorf("part %.200q: %w", name, fs.ErrNotExist)
	case p.twice[key]:
		return nil, refuse(DuplicatePart, "the file holds the same part twice, so that programs disagree on what it says; "+
			"open it in Word and save it again").in(name)
	case f.Flags&1 != 0:
		return nil, refuse(Encrypted, "the file is protected by a password; save it without one").in(name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, p.unreadable(name, err)
	}
	return &partReader{p: p, name: name, packed: int64(f.CompressedSize64), limit: limit, r: r}, nil
}

// unreadable tells a damaged part from a broken world.
func (p *Package) unreadable(part string, err error) error {
	if world := p.src.failure(); world != nil {
		return world
	}
	return refuse(Damaged, "the file is damaged: a part of it cannot be unpacked; get an intact copy").in(part).because(err)
}

// A partReader counts what it unpacks.
type partReader struct {
	p                   *Package
	name                string
	packed, read, limit int64
	r                   io.ReadCloser
}

func (r *partReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.read += int64(n)
	l, total := r.p.limits, r.p.read.Add(int64(n))
	switch {
	case r.read > l.RatioFloor && r.read/l.Ratio > r.packed:
		return 0, refuse(Bomb, "a part of the file expands more than %d times, which no document does", l.Ratio).in(r.name)
	case r.read > r.limit:
		return 0, refuse(TooLarge, "a part of the document has more than %d MiB, which is the limit", r.limit>>20).in(r.name)
	case total > l.Bytes:
		return 0, refuse(TooLarge, "unpacked the document has more than %d MiB, which is the limit", l.Bytes>>20)
	case err != nil && !errors.Is(err, io.EOF):
		return n, r.p.unreadable(r.name, damage(err))
	}
	return n, err
}

func (r *partReader) Close() error { return r.r.Close() }

// damage says what is wrong with packed data without the offsets of a library.
func damage(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) {
		return errors.New("the packed data is corrupt")
	}
	return err
}

// A watchedSource remembers a failure of the disk or the network under a file,
// so that it is not taken for damage of the file.
type watchedSource struct {
	r    io.ReaderAt
	size int64
	err  atomic.Pointer[error]
}

func (w *watchedSource) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off > w.size {
		return 0, io.ErrUnexpectedEOF // the directory of the file leads astray
	}
	n, err := w.r.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err.CompareAndSwap(nil, &err)
	}
	return n, err
}

func (w *watchedSource) failure() error {
	if err := w.err.Load(); err != nil {
		return fmt.Errorf("read the document: %w", *err)
	}
	return nil
}
