package source

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
)

// tarEntryOverhead bounds what headers, extended headers and padding add to an
// entry in the raw stream, on average.
const tarEntryOverhead = 8 << 10

// tar takes in a tar stream, gzipped or plain.
func (in *intake) tar(ctx context.Context, r io.Reader, format Format) error {
	packed := &counter{r: r}
	var stream io.Reader = packed
	if format == FormatTarGz {
		z, err := gzip.NewReader(bufio.NewReaderSize(packed, 64<<10))
		if err != nil {
			return damaged("", err)
		}
		stream = z
	}
	raw := &meter{r: stream, packed: packed, limits: in.limits, gzipped: format == FormatTarGz}
	tr := tar.NewReader(raw)
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return raw.finish()
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // paths are checked here anyway
			return damaged("", err)
		}
		if err := in.tarEntry(ctx, tr, h); err != nil {
			return err
		}
	}
}

func (in *intake) tarEntry(ctx context.Context, tr *tar.Reader, h *tar.Header) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := in.count(); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil // git archive notes the commit here
	}
	name := cleanName(h.Name)
	if name == "" && h.Typeflag == tar.TypeDir {
		return nil
	}
	if err := in.limits.checkPath(name); err != nil {
		return err
	}
	if Ignored(name) {
		return in.skipFile(ctx, name, decoded{tr, name})
	}
	if err := tarType(name, h); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeDir {
		return in.claim(name, true)
	}
	if err := in.declare(name, h.Size); err != nil {
		return err
	}
	return in.file(ctx, name, decoded{tr, name})
}

func tarType(name string, h *tar.Header) error {
	switch h.Typeflag {
	case tar.TypeReg:
		for key := range h.PAXRecords {
			if strings.HasPrefix(key, "GNU.sparse.") {
				return refuse(ReasonUnsupported, name, "sparse files are not read; pack it without --sparse")
			}
		}
		if strings.HasSuffix(h.Name, "/") {
			return refuse(ReasonConflict, name, "it is both a file and a folder")
		}
		return nil
	case tar.TypeDir:
		return nil
	case tar.TypeSymlink, tar.TypeLink:
		return refuse(ReasonLink, name, "archives with links are not read; pack copies instead (tar -h)")
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return refuse(ReasonDevice, name, "it is a device or a pipe")
	}
	return refuse(ReasonUnsupported, name, "tar entries of type %q are not read", string(rune(h.Typeflag)))
}

// skipFile reads past an ignored entry, at the same limits as a wanted one.
func (in *intake) skipFile(ctx context.Context, path string, r io.Reader) error {
	_, err := in.copy(ctx, path, io.Discard, r)
	return err
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// meter watches the raw tar stream: its expansion, its length, its ending.
type meter struct {
	r       io.Reader
	packed  *counter
	limits  Limits
	gzipped bool
	n       int64
	zeros   int64 // bytes of zero at the end of what was read so far
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	if last := lastNonZero(p[:n]); last < 0 {
		m.zeros += int64(n)
	} else {
		m.zeros = int64(n - 1 - last)
	}
	if m.gzipped {
		if err := m.limits.expands("", m.n, m.packed.n); err != nil {
			return 0, err
		}
	}
	if m.n > m.limits.TotalBytes+int64(m.limits.Entries)*tarEntryOverhead {
		return 0, refuse(ReasonTotalSize, "", "the archive unpacks to more than %d bytes", m.limits.TotalBytes)
	}
	return n, err
}

// finish checks that the archive ends as POSIX wants it, with blocks of zeros,
// and reads on so that gzip's checksum is compared. What follows a finished
// archive (padding, a signature, other garbage) is nobody's business.
func (m *meter) finish() error {
	if m.zeros < 512 {
		return refuse(ReasonCorrupt, "", "the archive ends without its end mark; it was probably cut off, upload it again")
	}
	if !m.gzipped {
		return nil
	}
	if _, err := io.Copy(io.Discard, m); err != nil && !errors.Is(err, gzip.ErrHeader) {
		return damaged("", err)
	}
	return nil
}

func lastNonZero(p []byte) int {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != 0 {
			return i
		}
	}
	return -1
}
