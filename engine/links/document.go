package links

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// format is how a document is read.
type format int

const (
	formatPage format = iota
	formatCSS
	formatSitemap
	formatRedirects
)

// document is what the first phase keeps of one file: numbers and hashes, no text.
type document struct {
	id         fileID
	format     format
	base       *string  // the page's <base href>
	anchors    []uint64 // hashes of its anchors, sorted
	incomplete string   // why the anchors are not all known; links to them are not judged
	refs       []anchorRef
	broken     []missRef
	refresh    fileID // where a meta refresh leads; noFile outside of the site
	refreshes  bool
	styles     []fileID // stylesheets it uses
	counts     counts
}

type counts struct{ links, internal, external, other int }

// anchorRef is a link to an anchor of a page, to be judged once all anchors are known.
type anchorRef struct {
	file     fileID
	count    uint32
	raw, dec uint64 // hashes of the fragment as written and percent-decoded
	ignore   ignoreID
}

// missRef is a link found broken without looking into any page.
type missRef struct {
	missKey
	count uint32
}

// missKey is a broken address by its hash, and what excuses it.
type missKey struct {
	hash   uint64
	ignore ignoreID
}

// reader opens documents and hands their links to a sink. Its buffers serve one document after the other.
type reader struct {
	c       *checker
	buffer  *bufio.Reader
	scanner pageScanner
}

func newReader(c *checker, keepText bool) *reader {
	return &reader{
		c:       c,
		buffer:  bufio.NewReaderSize(nil, 32<<10),
		scanner: pageScanner{limits: c.options.Limits, keepText: keepText},
	}
}

// read scans one file; base is the page's <base href> where it is known. Errors are *ReadError, *incompleteError or
// errRestart.
func (r *reader) read(id fileID, f format, base *string, out sink) error {
	if f == formatRedirects {
		r.redirects(out)
		return nil
	}
	name := r.c.index.names[id]
	if !utf8.ValidString(name) {
		return &incompleteError{"its file name is not valid UTF-8"}
	}
	file, err := r.c.index.root.Open(name)
	if err != nil {
		return &ReadError{File: name, Err: err}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return &ReadError{File: name, Err: err}
	}
	if limit := r.c.options.Limits.FileBytes; info.Size() > limit {
		return &incompleteError{fmt.Sprintf("the file is larger than %d bytes", limit)}
	}
	return r.wrap(name, r.scan(io.LimitReader(file, r.c.options.Limits.FileBytes), f, base, out))
}

// wrap names the file in an error of the world and leaves the scanner's own errors alone.
func (r *reader) wrap(name string, err error) error {
	var incomplete *incompleteError
	if err == nil || err == errRestart || errors.As(err, &incomplete) {
		return err
	}
	return &ReadError{File: name, Err: err}
}

func (r *reader) scan(file io.Reader, f format, base *string, out sink) error {
	r.buffer.Reset(file)
	text := decodeUTF16(r.buffer)
	switch f {
	case formatCSS:
		style, err := io.ReadAll(text)
		if err != nil {
			return err
		}
		return scanCSS(style, false, position{1, 1}, func(url []byte, kind Kind, at position) error {
			out.reference(&reference{url: url, element: "style", kind: kind, line: at.line, column: at.column})
			return nil
		})
	case formatSitemap:
		return scanSitemap(text, out, r.c.options.Limits)
	}
	r.scanner = pageScanner{
		out: out, limits: r.scanner.limits, keepText: r.scanner.keepText, attrs: tagAttrs{list: r.scanner.attrs.list},
	}
	return r.scanner.scan(text, base)
}

// decodeUTF16 converts documents that begin with a UTF-16 byte order mark; everything else is read as UTF-8.
func decodeUTF16(b *bufio.Reader) io.Reader {
	mark, _ := b.Peek(2)
	if bytes.Equal(mark, []byte{0xFE, 0xFF}) || bytes.Equal(mark, []byte{0xFF, 0xFE}) {
		return transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	}
	return b
}

// redirects hands over the targets of rules that always lead to the same place.
func (r *reader) redirects(out sink) {
	for i := range r.c.index.redirects.rules {
		if rule := &r.c.index.redirects.rules[i]; rule.static() {
			out.reference(&reference{
				url: []byte(rule.to), element: redirectsFile, kind: KindRedirect, line: rule.line, column: 1,
			})
		}
	}
}
