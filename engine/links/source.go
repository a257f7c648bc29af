package links

import (
	"bytes"
	"html"
	"io"
	"net/url"
	"strings"
)

// maxSource bounds how much of a source file is searched.
const maxSource = 4 << 20

// maxLocated bounds how many links of one page are looked up in its source.
const maxLocated = 200

// sourceFinder finds the line of a link in the file that its page was made from.
type sourceFinder struct {
	options *Options
}

func newSourceFinder(o *Options) *sourceFinder { return &sourceFinder{options: o} }

// locate fills in source file and line of the hits on one page. It never fails: without a source the place in the
// built page has to do.
func (s *sourceFinder) locate(page string, hits []hit) {
	if s.options.Source == nil || len(hits) == 0 {
		return
	}
	file, ok := s.options.Source(page)
	if !ok {
		return
	}
	text := s.read(file)
	seen := map[string]int{}
	for i := range hits {
		place := &hits[i].place
		place.Source = file
		if i >= maxLocated {
			continue
		}
		place.SourceLine = sourceLine(text, place.Href, place.Text, seen[place.Href])
		seen[place.Href]++
	}
}

// Locate fills in source file and line of places whose page and href are known, as far as o.Source and o.SourceFS tell.
func (o *Options) Locate(places []*Place) {
	byPage := map[string][]*Place{}
	for _, p := range places {
		byPage[p.Page] = append(byPage[p.Page], p)
	}
	finder := newSourceFinder(o)
	for page, list := range byPage {
		hits := make([]hit, len(list))
		for i, p := range list {
			hits[i].place = *p
		}
		finder.locate(page, hits)
		for i, p := range list {
			*p = hits[i].place
		}
	}
}

func (s *sourceFinder) read(file string) []byte {
	if s.options.SourceFS == nil {
		return nil
	}
	f, err := s.options.SourceFS.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSource))
	if err != nil {
		return nil
	}
	return text
}

// sourceLine searches a source text for a link: as it stands in the built page, in the spellings that a writer uses
// for it, and at last by its text in Markdown brackets. nth counts equal links on the page from 0. It returns 0 where
// nothing is found.
func sourceLine(text []byte, href, label string, nth int) int {
	for _, spelling := range spellingsOf(href) {
		if at := nthDelimited(text, spelling, nth); at >= 0 {
			return lineOf(text, at)
		}
	}
	if label == "" {
		return 0
	}
	if at := bytes.Index(text, []byte("["+label+"]")); at >= 0 {
		return lineOf(text, at)
	}
	return 0
}

// spellingsOf lists how a link may be written in a source: encoded or not, with or without slashes around it.
func spellingsOf(href string) []string {
	spellings := []string{href, html.EscapeString(href)}
	if decoded, err := url.PathUnescape(href); err == nil {
		spellings = append(spellings, decoded)
	}
	if trimmed := strings.Trim(href, "/"); len(trimmed) > 3 {
		spellings = append(spellings, trimmed)
	}
	path, fragment, _ := strings.Cut(href, "#")
	if base := strings.Trim(strings.TrimLeft(path, "./"), "/"); len(base) > 3 && fragment != "" {
		spellings = append(spellings, base+"#"+fragment, base+".md#"+fragment, "#"+fragment)
	} else if len(base) > 3 {
		spellings = append(spellings, base)
	}
	return spellings
}

// nthDelimited returns the offset of the nth occurrence that is not a part of a longer address, the last one where
// there are fewer, -1 where there is none.
func nthDelimited(text []byte, want string, nth int) int {
	found := -1
	if want == "" {
		return found
	}
	for from := 0; from < len(text); {
		i := bytes.Index(text[from:], []byte(want))
		if i < 0 {
			break
		}
		at := from + i
		from = at + len(want)
		if from < len(text) && isAddressByte(text[from]) || at > 0 && isAddressByte(text[at-1]) && want[0] == '#' {
			continue
		}
		found = at
		if nth == 0 {
			break
		}
		nth--
	}
	return found
}

func isAddressByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '%'
}

func lineOf(text []byte, at int) int {
	return 1 + bytes.Count(text[:at], newline)
}
