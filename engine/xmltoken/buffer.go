package xmltoken

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// A buffer is a window on a file. What it holds before pos is done with; the token in
// hand begins there, and offsets in the token stay good when more is read.
type buffer struct {
	src      io.Reader
	bytes    []byte
	pos, end int
	limit    int   // bytes of one token
	over     error // what ended the source
	recoded  bool  // an encoding was declared
}

// bufferBytes is what a buffer begins with; a longer token makes it grow.
const bufferBytes = 16 << 10

// maxKept is how long a buffer may be that is used for another file.
const maxKept = 8 * bufferBytes

// reset makes it a window on another file.
func (b *buffer) reset(src io.Reader) {
	b.src, b.pos, b.end, b.over, b.recoded = src, 0, 0, nil, false
	if len(b.bytes) > maxKept {
		b.bytes = nil
	}
}

// at returns the byte at an offset; 0, which no markup has, if there is none.
func (b *buffer) at(i int) byte {
	for b.pos+i >= b.end {
		if !b.fill() {
			return 0
		}
	}
	return b.bytes[b.pos+i]
}

// window returns what is there of the token from an offset on.
func (b *buffer) window(from int) []byte { return b.bytes[min(b.pos+from, b.end):b.end] }

// find returns the offset of the next s, from i on; -1 if there is none.
func (b *buffer) find(i int, s string) int {
	for {
		window := b.window(i)
		if n := bytes.Index(window, []byte(s)); n >= 0 {
			return i + n
		}
		i += max(0, len(window)-len(s)+1) // s may have begun
		if !b.fill() {
			return -1
		}
	}
}

// run returns the offset behind a run of bytes of a set.
func (b *buffer) run(i int, set *byteSet) int {
	for {
		window := b.window(i)
		for n, c := range window {
			if !set[c] {
				return i + n
			}
		}
		i += len(window)
		if !b.fill() {
			return i
		}
	}
}

// fill reads more; false if there is no more.
func (b *buffer) fill() bool {
	if b.over != nil {
		return false
	}
	switch {
	case b.end < len(b.bytes):
	case b.pos > 0:
		b.end = copy(b.bytes, b.bytes[b.pos:b.end])
		b.pos = 0
	case b.end >= b.limit:
		b.over = ErrTooLong
		return false
	default:
		b.bytes = append(b.bytes, make([]byte, max(len(b.bytes), bufferBytes))...)
	}
	for range 100 {
		n, err := b.src.Read(b.bytes[b.end:])
		b.end += n
		b.over = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	b.over = io.ErrNoProgress
	return false
}

// decode reads the rest of the file through a decoder.
func (b *buffer) decode(through func(io.Reader) (io.Reader, error)) error {
	rest := io.Reader(bytes.NewReader(bytes.Clone(b.window(0))))
	switch {
	case b.over == nil:
		rest = io.MultiReader(rest, b.src)
	case !errors.Is(b.over, io.EOF):
		return b.over
	}
	src, err := through(rest)
	if err != nil {
		return err
	}
	b.src, b.pos, b.end, b.over = src, 0, 0, nil
	return nil
}

// begin tells UTF-16 by its first bytes, and skips the byte order mark of UTF-8
// (appendix F.1).
func (b *buffer) begin() error {
	b.at(3)
	first := b.window(0)
	order := unicode.BigEndian
	switch {
	case bytes.HasPrefix(first, []byte("\xEF\xBB\xBF")):
		b.pos += 3
		return nil
	case len(first) < 4:
		return nil
	case first[0] == 0xFE && first[1] == 0xFF, first[0] == 0 && first[1] == '<':
	case first[0] == 0xFF && first[1] == 0xFE, first[0] == '<' && first[1] == 0:
		order = unicode.LittleEndian
	default:
		return nil
	}
	return b.decode(func(r io.Reader) (io.Reader, error) {
		return transform.NewReader(r, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), nil
	})
}

// declared reads on in the encoding that a declaration names (4.3.3). Of UTF-16 the
// first bytes have told. Once: a file of declarations would be decoded through them all.
func (b *buffer) declared(label string) error {
	lower := strings.ToLower(label)
	if lower == "" || lower == "utf-8" || strings.HasPrefix(lower, "utf-16") {
		return nil
	}
	if b.recoded {
		return errors.New("xml: the encoding is declared again")
	}
	b.recoded = true
	return b.decode(func(r io.Reader) (io.Reader, error) {
		decoded, err := charset.NewReaderLabel(label, r)
		if err != nil {
			return nil, fmt.Errorf("xml: opening charset %q: %w", label, err)
		}
		return decoded, nil
	})
}
