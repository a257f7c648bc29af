package release

import (
	"path"
	"regexp"
	"strings"
)

var (
	// A part of a name, between dots and dashes, that is a digest in hex.
	hexDigest = regexp.MustCompile(`^[0-9a-f]{8,64}$`)
	// The digest that Vite and its kin put at the end of a name, such as
	// app.CkD3f9x_.js or index-DiwrgTda.css.
	viteDigest = regexp.MustCompile(`[.-][0-9A-Za-z_-]{8}(\.lean)?\.[a-z0-9]+$`)
	// The folders in which they do.
	viteFolders = regexp.MustCompile(`(^|/)(assets|_astro|_app|_nuxt)/`)
)

// Fingerprinted reports whether a file of a site is named by its content, so that
// another content has another name: main.6543a935.min.css. Such a file may be cached
// for ever, and those of older releases are kept for the pages that name them. Pages
// are never counted among them.
func Fingerprinted(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case "", ".html", ".htm", ".xhtml":
		return false
	}
	for part := range strings.FieldsFuncSeq(path.Base(name), func(r rune) bool { return r == '.' || r == '-' }) {
		if hexDigest.MatchString(part) && strings.ContainsAny(part, "0123456789") && strings.ContainsAny(part, "abcdef") {
			return true
		}
	}
	return viteFolders.MatchString(name) && viteDigest.MatchString(path.Base(name)) && mixed(viteDigest.FindString(path.Base(name)))
}

// mixed reports whether a digest of Vite looks like one: a word has no capital after
// its first letter, and no digit before others.
func mixed(s string) bool {
	digest := s[1:9]
	return strings.ToLower(digest[1:]) != digest[1:] || strings.ContainsAny(digest[:7], "0123456789")
}
