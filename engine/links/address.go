package links

import (
	"bytes"
	"strings"
)

// cleanURL does what browsers do before they read an address: spaces and controls around it and line breaks and tabs
// inside it go (URL Standard, 4.4), a backslash in the path is a slash.
func cleanURL(href []byte) []byte {
	href = bytes.TrimFunc(href, func(r rune) bool { return r <= ' ' })
	if !bytes.ContainsAny(href, "\t\n\r\\") {
		return href
	}
	out := make([]byte, 0, len(href))
	inPath := true
	for _, c := range href {
		switch {
		case c == '\t' || c == '\n' || c == '\r':
			continue
		case c == '?' || c == '#' || c == ':' && len(out) > 0:
			inPath = false
		case c == '\\' && inPath:
			c = '/'
		}
		out = append(out, c)
	}
	return out
}

// splitAuthority cuts scheme and server off an http(s) or protocol-relative address. The authority is lower-case,
// without user and default port; it is "//" where it is empty. other is true for every other scheme.
func splitAuthority(href []byte) (rest []byte, authority string, other bool) {
	rest = href
	if n := schemeLength(href); n > 0 {
		if !hasHTTPScheme(href) {
			return nil, "", true
		}
		rest = href[n+1:]
	}
	if !bytes.HasPrefix(rest, []byte("//")) {
		return rest, "", false
	}
	rest = rest[2:]
	end := bytes.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority = strings.ToLower(string(rest[:end]))
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	authority = trimPort(authority)
	if authority == "" {
		authority = "//"
	}
	return rest[end:], authority, false
}

// trimPort removes the ports that http and https imply; the two schemes are the same site here.
func trimPort(authority string) string {
	return strings.TrimSuffix(strings.TrimSuffix(authority, ":443"), ":80")
}

func hasHTTPScheme(href []byte) bool {
	n := schemeLength(href)
	return n > 0 && (bytes.EqualFold(href[:n], []byte("http")) || bytes.EqualFold(href[:n], []byte("https"))) &&
		bytes.HasPrefix(href[n+1:], []byte("//"))
}

// schemeLength is the length of the scheme (RFC 3986, 3.1), 0 where the address is relative.
func schemeLength(href []byte) int {
	for i, c := range href {
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

// cutFragment cuts an address into path and fragment; the query is dropped, a static site has no use for it.
func cutFragment(href []byte) (path, fragment []byte, found bool) {
	path, fragment, found = bytes.Cut(href, []byte{'#'})
	path, _, _ = bytes.Cut(path, []byte{'?'})
	return path, fragment, found
}

// decodeFragment decodes percent escapes and leaves wrong ones as they are (URL Standard, "percent-decode").
func decodeFragment(fragment string) string {
	if strings.IndexByte(fragment, '%') < 0 {
		return fragment
	}
	out := make([]byte, 0, len(fragment))
	for i := 0; i < len(fragment); i++ {
		if fragment[i] == '%' && i+2 < len(fragment) && isHex(fragment[i+1]) && isHex(fragment[i+2]) {
			out = append(out, unhex(fragment[i+1])<<4|unhex(fragment[i+2]))
			i += 2
			continue
		}
		out = append(out, fragment[i])
	}
	return string(out)
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// anchorOf returns the name that a fragment asks for, "" where every page satisfies it: the top of the page, a text
// fragment alone, or a route of a script ("#/…", "#!…").
func anchorOf(fragment string) string {
	fragment, _, _ = strings.Cut(fragment, ":~:")
	if strings.EqualFold(fragment, "top") || strings.HasPrefix(fragment, "/") || strings.HasPrefix(fragment, "!") {
		return ""
	}
	return fragment
}
