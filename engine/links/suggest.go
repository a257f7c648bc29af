package links

import (
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// spellings finds files whose path differs from an address only in ways that a writer overlooks. It is built when the
// first broken link needs it.
type spellings struct {
	paths map[string]fileID // folded path, of folders the one of their index page
	stems map[string]fileID // folded last part without extension; ambiguous where two files share it
}

// ambiguous marks a stem that more than one file has.
const ambiguous fileID = -2

func newSpellings(names []string) *spellings {
	s := &spellings{paths: map[string]fileID{}, stems: map[string]fileID{}}
	for i, name := range names {
		id := fileID(i)
		folded := foldPath(name)
		s.paths[folded] = id
		if path.Base(folded) == "index.html" {
			s.paths[path.Dir(folded)] = id
		}
		stem := stemOf(folded)
		if _, twice := s.stems[stem]; twice {
			id = ambiguous
		}
		s.stems[stem] = id
	}
	return s
}

// file returns the file whose path is p but for case and Unicode normal form.
func (s *spellings) file(p string) fileID {
	if id, ok := s.paths[foldPath(p)]; ok {
		return id
	}
	return noFile
}

// foldPath makes paths equal that a reader takes for the same: macOS writes decomposed names, Linux compares bytes.
func foldPath(p string) string {
	return strings.ToLower(norm.NFC.String(p))
}

// stemOf is the part of a path that names the document: "guide" of "a/guide.md", "guide.html" and "guide/index.html".
// Other files keep their extension: a picture is no suggestion for a page.
func stemOf(p string) string {
	base := path.Base(p)
	ext := path.Ext(base)
	if ext != ".html" && ext != ".htm" && !sourceExtensions[ext] {
		return base
	}
	stem := strings.TrimSuffix(base, ext)
	if stem == "index" || stem == "_index" || stem == "readme" {
		return path.Base(path.Dir(p))
	}
	return stem
}

// sourceExtensions are those of documents that a site builder turns into pages.
var sourceExtensions = map[string]bool{".md": true, ".mdx": true, ".markdown": true, ".rst": true, ".adoc": true}

// suggestPath returns the file that the writer probably meant by a path without file.
func (x *index) suggestPath(p string) fileID {
	similar := x.similar()
	candidates := []string{p, p + ".html"}
	if ext := path.Ext(p); sourceExtensions[strings.ToLower(ext)] {
		stem := strings.TrimSuffix(p, ext)
		candidates = append(candidates, stem, stem+".html")
		if name := strings.ToLower(path.Base(stem)); name == "readme" || name == "index" || name == "_index" {
			candidates = append(candidates, path.Dir(stem))
		}
	}
	for _, candidate := range candidates {
		if id := similar.file(candidate); id != noFile {
			return id
		}
	}
	if id, ok := similar.stems[stemOf(foldPath(p))]; ok && id != ambiguous && p != "" {
		return id
	}
	return noFile
}

// closestAnchor returns the anchor that equals the wanted one but for case and punctuation, or else the only one that
// begins like it; "" where none does.
func closestAnchor(wanted string, anchors []string) string {
	key := foldAnchor(wanted)
	if key == "" {
		return ""
	}
	found := ""
	for _, anchor := range anchors {
		folded := foldAnchor(anchor)
		if folded == key {
			return anchor
		}
		if len(folded) < 4 || len(key) < 4 || !strings.HasPrefix(folded, key) && !strings.HasPrefix(key, folded) {
			continue
		}
		if found != "" {
			return ""
		}
		found = anchor
	}
	return found
}

func foldAnchor(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFC.String(s))
}
