package plain

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// themeDir is the folder of the built site that belongs to the theme.
const themeDir = "_theme"

// place gives every file and page an address. Files keep their path; pages
// get one that no file and no other page has, also where a file system makes
// no difference between upper and lower case.
func (t *tree) place(files []string, home *page) error {
	taken := map[string]bool{themeDir: true}
	for _, name := range files {
		to := t.fileAddress(name)
		if first, _, _ := strings.Cut(to, "/"); fold(first) == themeDir {
			return &DocumentError{Path: name, Offset: -1,
				Problem: "the folder name " + themeDir + " is kept for the site's own files", Fix: "rename the folder"}
		}
		if fold(to) == "index.html" {
			t.skip(name, "the front page has this address")
			continue
		}
		t.files[name] = to
		taken[fold(to)] = true
	}
	t.placePages(home, taken)
	for i, p := range t.pages {
		p.prepared = fmt.Sprintf("content/p%06d.md", i)
	}
	home.prepared = "content/_index.md"
	return nil
}

// fileAddress is where a file is served: its path below the site's root, or
// its whole path if it lies elsewhere.
func (t *tree) fileAddress(name string) string {
	if t.base != "" {
		if inside, ok := strings.CutPrefix(name, t.base+"/"); ok {
			return inside
		}
	}
	return name
}

// placePages addresses the children of p: folders first, so that a folder
// keeps the plain name beside a file of the same name.
func (t *tree) placePages(p *page, taken map[string]bool) {
	for _, sections := range []bool{true, false} {
		for _, child := range p.children {
			if (child.folder != nil) == sections {
				child.segment = freeSegment(p.url, sourceName(child), taken)
				child.url = p.url + child.segment + "/"
			}
		}
	}
	for _, child := range p.children {
		t.placePages(child, taken)
	}
}

func sourceName(p *page) string {
	if p.folder != nil {
		return path.Base(p.folder.path)
	}
	return stem(p.doc.path)
}

func freeSegment(parent, name string, taken map[string]bool) string {
	base := segment(name)
	for n, free := 2, base; ; n++ {
		at := fold(parent + free)
		if !taken[at] && !taken[at+"/index.html"] {
			taken[at] = true
			return free
		}
		free = fmt.Sprintf("%s-%d", base, n)
	}
}

// segment makes a part of an address that needs no escaping in any place
// but for letters beyond ASCII: everything else than letters, digits, "-",
// "_" and "." becomes a dash.
func segment(name string) string {
	mapped := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("-_.", r) {
			return r
		}
		return ' '
	}, norm.NFC.String(name))
	s := strings.Trim(strings.Join(strings.Fields(mapped), "-"), "-.")
	if s == "" {
		return "page"
	}
	return s
}

func fold(s string) string { return strings.ToLower(norm.NFC.String(s)) }
