package plain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// document is one Markdown file: what the site needs to know of it while the
// other files are read. Its text is read again when the page is written.
type document struct {
	path string
	meta Meta
	// bodyStart and bodyLine tell where the Markdown begins in the file
	// (after a byte order mark, which offsets do not count).
	bodyStart, bodyLine int
	bodyHash            uint64
	content             content
}

// readDocuments fills in all documents, several at a time.
func readDocuments(ctx context.Context, source *os.Root, inv *inventory, limits Limits) error {
	faults := make([]*DocumentError, len(inv.documents))
	share := searchShare(limits.SearchBytes, len(inv.documents))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, doc := range inv.documents {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := doc.read(source, limits.DocumentBytes, share)
			if errors.As(err, &faults[i]) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return collect(compact(faults))
}

func compact(faults []*DocumentError) []*DocumentError {
	kept := faults[:0]
	for _, f := range faults {
		if f != nil {
			kept = append(kept, f)
		}
	}
	return kept
}

func (d *document) read(source *os.Root, limit int64, share searchBudget) error {
	src, err := readMarkdown(source, d.path, limit)
	if err != nil {
		return err
	}
	matter, err := splitFrontMatter(src)
	if err != nil {
		return d.locate(err)
	}
	d.meta = newMeta(matter.values)
	d.bodyStart, d.bodyLine = matter.bodyStart, matter.bodyLine
	body := src[d.bodyStart:]
	d.bodyHash = hash(body)
	d.content = parse(body, share)
	return nil
}

func (d *document) locate(err error) error {
	var f *fault
	if !errors.As(err, &f) {
		return err
	}
	return &DocumentError{Path: d.path, Line: f.line, Offset: -1, Problem: f.problem, Fix: f.fix}
}

var errChanged = errors.New("the file changed while the site was being prepared; run it again")

// body reads the Markdown again for writing.
func (d *document) body(source *os.Root, limit int64) ([]byte, error) {
	src, err := readMarkdown(source, d.path, limit)
	if err != nil {
		return nil, err
	}
	if len(src) < d.bodyStart || hash(src[d.bodyStart:]) != d.bodyHash {
		return nil, fmt.Errorf("%s: %w", d.path, errChanged)
	}
	return src[d.bodyStart:], nil
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// readMarkdown reads a file of at most limit bytes, which must be UTF-8,
// without its byte order mark.
func readMarkdown(source *os.Root, name string, limit int64) ([]byte, error) {
	f, err := source.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read Markdown: %w", err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read Markdown: %w", err)
	}
	if int64(len(src)) > limit {
		return nil, &DocumentError{Path: name, Offset: -1,
			Problem: fmt.Sprintf("the file is larger than %d bytes", limit), Fix: "split it into several pages"}
	}
	if at := invalidUTF8(src); at >= 0 {
		return nil, &DocumentError{Path: name, Line: 1 + bytes.Count(src[:at], []byte("\n")), Offset: int64(at),
			Problem: "the file is not UTF-8 text", Fix: "save it with the encoding UTF-8"}
	}
	return bytes.TrimPrefix(src, byteOrderMark), nil
}

// invalidUTF8 is the offset of the first byte that is no UTF-8, or -1.
func invalidUTF8(src []byte) int {
	if utf8.Valid(src) {
		return -1
	}
	for at := 0; at < len(src); {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}
