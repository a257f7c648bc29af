package links

import (
	"bytes"
	"net/url"
	"path"
	"strings"
)

// class is what an address turned out to be, before any file was looked for.
type class int

const (
	classInternal class = iota
	classExternal       // another site; counted
	classOther          // mailto:, data:, javascript: and the like; counted
	classBroken         // cannot work whatever files exist; see address.reason
)

// address is a link resolved against its page.
type address struct {
	class    class
	reason   Reason // for classBroken
	detail   string // for classBroken, what is wrong
	path     string // for classInternal: decoded path in the site, without leading slash; "" is the root
	dir      bool   // the path was written with a trailing slash
	self     bool   // the page itself, by an address without path
	fragment string // as written, without '#'
}

// site is the place in the web that the checked folder takes.
type site struct {
	host   string // lower-case host and port; empty where the base URL names none
	prefix string // base path with leading and trailing slash, "/" for the root
}

// newSite parses the base URL: "https://host/path/", "/path/" or "".
func newSite(baseURL string) (site, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return site{}, err
	}
	prefix := path.Clean("/" + u.Path)
	if prefix != "/" {
		prefix += "/"
	}
	return site{host: trimPort(strings.ToLower(u.Host)), prefix: prefix}, nil
}

// pageBase is what the relative addresses of one page are resolved against.
type pageBase struct {
	dir      string // absolute path in the web with trailing slash, base path included
	doc      string // the base address itself where <base href> sets it: what "" and "#x" are resolved to
	external bool   // <base href> names another site
	href     string // that <base href>
	moved    bool   // <base href> is set: "#x" no longer means the page itself
}

// base returns the page's own base, changed by its <base href> where there is one.
func (s site) base(page string, href *string) pageBase {
	dir := s.prefix
	if d := path.Dir(page); d != "." {
		dir += d + "/"
	}
	own := pageBase{dir: dir, doc: s.prefix + page}
	if href == nil {
		return own
	}
	own.moved = true
	rest, authority, other := splitAuthority([]byte(*href))
	switch {
	case other:
		return own
	case authority != "" && authority != s.host:
		return pageBase{external: true, moved: true, href: *href}
	case authority != "":
		own.dir = "/"
	}
	raw, _, _ := cutFragment(rest)
	if p, err := url.PathUnescape(string(raw)); err == nil {
		own.doc = joinPath(own.dir, p)
		own.dir = own.doc[:strings.LastIndexByte(own.doc, '/')+1]
	}
	return own
}

// joinPath resolves a path reference against a folder, dot segments removed, a trailing slash kept.
func joinPath(dir, ref string) string {
	full := ref
	if !strings.HasPrefix(ref, "/") {
		full = dir + ref
	}
	cleaned := path.Clean("/" + full)
	slash := strings.HasSuffix(full, "/") || strings.HasSuffix(full, "/.") || strings.HasSuffix(full, "/..")
	if slash && cleaned != "/" {
		cleaned += "/"
	}
	return cleaned
}

// resolve finds out what an address means on a page.
func (s site) resolve(base pageBase, href []byte) address {
	href = cleanURL(href)
	rest, authority, other := splitAuthority(href)
	switch {
	case other:
		return otherScheme(href)
	case authority == "//":
		return broken(ReasonMalformed, "the address names no server after //")
	case authority != "":
		return s.absolute(authority, rest)
	case base.external:
		return address{class: classExternal}
	}
	raw, fragment, _ := cutFragment(rest)
	if len(raw) == 0 && !base.moved {
		return address{self: true, fragment: string(fragment)}
	}
	if len(raw) == 0 {
		return s.inside(base.doc, string(fragment))
	}
	decoded, err := url.PathUnescape(string(raw))
	if err != nil {
		return badPath(err)
	}
	return s.inside(joinPath(base.dir, decoded), string(fragment))
}

// inside turns an absolute path into one of the site, or finds that it leaves the base path.
func (s site) inside(full, fragment string) address {
	rel, ok := strings.CutPrefix(full, s.prefix)
	if !ok && full+"/" != s.prefix {
		return address{class: classBroken, reason: ReasonOutside, path: full}
	}
	return address{path: strings.TrimSuffix(rel, "/"), dir: strings.HasSuffix(full, "/"), fragment: fragment}.atRoot(ok)
}

// atRoot makes the base path without its slash the root of the site.
func (a address) atRoot(inside bool) address {
	if !inside {
		a.path = ""
	}
	return a
}

// absolute handles addresses with a server. Other paths on the site's own host belong to other applications.
func (s site) absolute(authority string, rest []byte) address {
	if strings.ContainsAny(authority, " <>\"{}|^`") {
		return broken(ReasonMalformed, "the server's name holds characters that no name can have")
	}
	if s.host == "" || authority != s.host {
		return address{class: classExternal}
	}
	raw, fragment, _ := cutFragment(rest)
	decoded, err := url.PathUnescape(string(raw))
	if err != nil {
		return badPath(err)
	}
	a := s.inside(joinPath("/", decoded), string(fragment))
	if a.reason == ReasonOutside {
		return address{class: classExternal}
	}
	return a
}

func broken(reason Reason, detail string) address {
	return address{class: classBroken, reason: reason, detail: detail}
}

func badPath(err error) address {
	detail := "the path is not correctly percent-encoded"
	if escape, ok := err.(url.EscapeError); ok {
		detail += ": " + string(escape)
	}
	return broken(ReasonMalformed, detail)
}

func otherScheme(href []byte) address {
	scheme := strings.ToLower(string(href[:bytes.IndexByte(href, ':')]))
	switch {
	case scheme == "file" || len(scheme) == 1: // the latter is a Windows drive
		return broken(ReasonLocalFile, "")
	case scheme == "http" || scheme == "https":
		return broken(ReasonMalformed, "after "+scheme+": two slashes are missing")
	}
	return address{class: classOther}
}
