package docx

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// maxChunk bounds the content of another format that is taken in.
const maxChunk = 16 << 20

// chunk reads a w:altChunk (ECMA-376-1, 17.17.2.1): a file of another format that
// Word takes into the document when it opens it. Word documents are read, and the
// words of plain text and web pages; what else there is is flagged.
func (s *story) chunk(k *sink, e element) {
	part := s.rels[e.attr("r:id")].target
	f, err := s.r.pkg.part(part, maxChunk)
	if errors.Is(err, fs.ErrNotExist) {
		s.r.missing(part, "included content")
		return
	}
	if err != nil {
		s.x.err = err
		return
	}
	defer f.Close()
	kind, _, _ := strings.Cut(s.r.pkg.types.of(part), ";")
	switch kind = strings.TrimSpace(kind); {
	case strings.Contains(kind, "wordprocessingml") && s.r.included >= 0:
		err = s.documentChunk(k, part, f)
	case kind == "text/plain":
		s.find("alt-chunk", "the document includes plain text, which was read")
		err = s.plainChunk(k, f)
	case kind == "text/html", kind == "application/xhtml+xml":
		s.find("alt-chunk", "the document includes a web page; its words were kept, not its formatting")
		err = s.htmlChunk(k, f)
	default:
		s.unreadChunk(k, part)
	}
	if err != nil && s.x.err == nil {
		s.x.err = err
	}
}

func (s *story) unreadChunk(k *sink, part string) {
	s.find("alt-chunk", "the document includes a file that is not read; open it in Word and save it again")
	s.words(k, "Normal", 0, &Object{Kind: "included file", Name: part})
}

// words adds a paragraph from a chunk.
func (s *story) words(k *sink, style string, outline int, in Inline) {
	s.node()
	k.add(&Paragraph{
		Style: style, Lineage: []string{style}, Outline: outline, Part: s.part, Ordinal: s.ordinal, Content: []Inline{in},
	})
}

func (s *story) plainChunk(k *sink, r io.Reader) error {
	utf8, err := charset.NewReader(r, "text/plain")
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(utf8)
	lines.Buffer(nil, maxChunk)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			s.words(k, "Normal", 0, &Text{Text: line})
		}
	}
	return lines.Err()
}

// A htmlWords splits a web page into paragraphs at its block elements.
type htmlWords struct {
	s     *story
	k     *sink
	text  strings.Builder
	level int // of the heading in hand
	quiet int // depth of elements whose text is none
}

func (s *story) htmlChunk(k *sink, r io.Reader) error {
	utf8, err := charset.NewReader(r, "text/html")
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	w := &htmlWords{s: s, k: k}
	z := html.NewTokenizer(utf8)
	z.SetMaxBuf(tokenBytes)
	for s.x.err == nil {
		switch z.Next() {
		case html.ErrorToken:
			w.flush()
			if errors.Is(z.Err(), io.EOF) {
				return nil
			}
			return z.Err()
		case html.TextToken:
			if w.quiet == 0 {
				w.text.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			w.start(string(name))
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(string(name))
		}
	}
	return nil
}

func (w *htmlWords) start(name string) {
	switch {
	case quietElements[name]:
		w.quiet++
	case !phrasing[name]:
		w.flush()
		w.level = 0
		if len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' {
			w.level = int(name[1] - '0')
		}
	}
}

func (w *htmlWords) end(name string) {
	switch {
	case quietElements[name]:
		w.quiet = max(0, w.quiet-1)
	case !phrasing[name]:
		w.flush()
		w.level = 0
	}
}

func (w *htmlWords) flush() {
	text := strings.Join(strings.Fields(html.UnescapeString(w.text.String())), " ")
	w.text.Reset()
	if text == "" {
		return
	}
	style := "Normal"
	if w.level > 0 {
		style = fmt.Sprintf("Heading %d", w.level)
	}
	w.s.words(w.k, style, w.level, &Text{Text: text})
}

var (
	quietElements = makeSet("script style title head template")
	phrasing      = makeSet("a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong sub sup time tt u var")
)
