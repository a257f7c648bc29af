package links

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// finding is an address with the file that answers it.
type finding struct {
	address
	file    fileID
	written string // the address as written, for targets that have no path
	prefix  string
}

// judge resolves a reference on a page and looks its path up. Anchors are judged later.
func (c *checker) judge(page fileID, base pageBase, r *reference) finding {
	f := finding{address: c.site.resolve(base, r.url), file: noFile, prefix: c.site.prefix}
	switch {
	case f.self && r.kind == KindImage && len(cleanURL(r.url)) == 0:
		f.address = broken(ReasonEmpty, "")
		return f
	case f.self:
		f.file = page
		f.path = c.index.names[page]
	case f.class == classInternal:
		f.file, f.reason = c.index.lookup(f.path, f.dir)
		if f.reason != "" {
			f.class = classBroken
			f.misplaced(r.url)
		}
	case f.class == classBroken:
		f.written = string(cleanURL(r.url))
	}
	if f.class == classInternal && f.file != noFile && len(r.integrity) > 0 &&
		!c.integrities.matches(c.index, f.file, string(r.integrity), c.options.Limits.FileBytes) {
		f.class, f.reason = classBroken, ReasonIntegrity
	}
	return f
}

// misplaced recognises a whole address that ended up inside a path, as "(https://…" does. Relative to each page it
// would be another missing page; it is one mistake.
func (f *finding) misplaced(href []byte) {
	if i := bytes.Index(href, []byte("://")); i > 0 && !hasHTTPScheme(cleanURL(href)) && f.reason == ReasonMissing {
		path, _, _ := cutFragment(href)
		if i < len(path) {
			f.address = broken(ReasonMalformed, "a whole address stands where a path belongs")
			f.written = string(cleanURL(href))
		}
	}
}

// url is the target as the web knows it, base path and path without fragment.
func (f *finding) url() string {
	if f.written != "" {
		if f.reason == ReasonOutside {
			return escapePath(f.path)
		}
		return strings.ToValidUTF8(f.written, "\uFFFD")
	}
	if f.reason == ReasonEmpty {
		return ""
	}
	u := webPath(f.prefix, f.path)
	if f.dir && !strings.HasSuffix(u, "/") {
		u += "/"
	}
	return u
}

// webPath is the address of a file: an index page is known by its folder.
func webPath(prefix, file string) string {
	if file == "index.html" || strings.HasSuffix(file, "/index.html") {
		file = strings.TrimSuffix(file, "index.html")
	}
	return escapePath(prefix + file)
}

func escapePath(p string) string {
	return (&url.URL{Path: p}).EscapedPath()
}

// hash identifies a broken target. It is the same in every run, so that a shortened report is, too.
func (f *finding) hash() uint64 {
	return xxhash.Sum64String(string(f.reason) + "\x00" + f.url())
}
