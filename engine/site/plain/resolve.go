package plain

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// resolve gives the address, relative to page from, for a link as written in
// its source: relative to the source file or, with a leading slash, to the
// source folder. What is no link to a file of the folder stays as it is.
func (t *tree) resolve(from *page, written string) (string, bool) {
	if from.doc == nil || written == "" || strings.ContainsRune("#?", rune(written[0])) ||
		strings.HasPrefix(written, "//") || scheme.MatchString(written) {
		return "", false
	}
	for _, cut := range []func(string) (string, string){whole, beforeFragment} {
		name, suffix := cut(written)
		for _, candidate := range t.candidates(from.doc.path, name) {
			if to, ok := t.lookup(candidate); ok {
				return relative(from.url, to) + suffix, true
			}
		}
	}
	return "", false
}

// whole takes "#" and "?" for parts of the file name.
func whole(s string) (name, suffix string) {
	return s, ""
}

func beforeFragment(s string) (name, suffix string) {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// candidates are the source paths that a link may mean, the likeliest first.
func (t *tree) candidates(source, name string) []string {
	var list []string
	spellings := []string{name}
	if decoded, err := url.PathUnescape(name); err == nil && decoded != name {
		spellings = []string{decoded, name}
	}
	for _, s := range spellings {
		if rooted, ok := strings.CutPrefix(s, "/"); ok {
			list = append(list, t.rooted(rooted)...)
			continue
		}
		dir := path.Dir(source)
		list = append(list, path.Join(dir, s))
		if strings.EqualFold(stem(source), "index") || strings.EqualFold(stem(source), "readme") {
			continue
		}
		// As from the page's address on a site, one level deeper.
		list = append(list, path.Join(dir, stem(source), s))
	}
	return list
}

// rooted tries the source folder, the site's root, and the source folder as
// part of a repository: /docs/x.md in a source that was the folder docs.
func (t *tree) rooted(name string) []string {
	list := []string{path.Clean(name), path.Join(t.base, name)}
	if first, rest, ok := strings.Cut(name, "/"); ok && t.folders[first] == nil {
		list = append(list, path.Clean(rest))
	}
	return list
}

// lookup gives the unescaped address of a source path, which may lack the
// extension or have that of a built page.
func (t *tree) lookup(name string) (string, bool) {
	if name == "." {
		name = ""
	}
	if p := t.folders[name]; p != nil {
		return p.url, true
	}
	if to, ok := t.files[name]; ok {
		return to, true
	}
	bare := strings.TrimSuffix(strings.TrimSuffix(name, ".html"), ".htm")
	for _, doc := range []string{name, bare + ".md", bare + ".markdown"} {
		if p := t.byPath[doc]; p != nil {
			return p.url, true
		}
	}
	return "", false
}

// relative gives the way from one page to an address, escaped. Both are
// addresses on the site without a leading slash.
func relative(from, to string) string {
	fromParts, toParts := strings.Split(from, "/"), strings.Split(to, "/")
	n := 0
	for n < len(fromParts)-1 && n < len(toParts)-1 && fromParts[n] == toParts[n] {
		n++
	}
	up := strings.Repeat("../", len(fromParts)-1-n)
	down := escapePath(strings.Join(toParts[n:], "/"))
	if up == "" && (down == "" || strings.Contains(strings.SplitN(down, "/", 2)[0], ":")) {
		return "./" + down // a colon would read as a scheme
	}
	return up + down
}

// escapePath percent-encodes a path (RFC 3986, section 3.3).
func escapePath(p string) string { return (&url.URL{Path: p}).EscapedPath() }
