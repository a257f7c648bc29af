package links

import "bytes"

// parseSrcset returns the addresses of a srcset attribute, in order (HTML, 4.8.4.2.2 "parse a srcset attribute").
// Descriptors are skipped, not judged.
func parseSrcset(set []byte) [][]byte {
	var urls [][]byte
	for {
		set = bytes.TrimLeft(set, " \t\n\r\f,")
		if len(set) == 0 {
			return urls
		}
		end := bytes.IndexAny(set, " \t\n\r\f")
		if end < 0 {
			end = len(set)
		}
		candidate := set[:end]
		set = set[end:]
		trimmed := bytes.TrimRight(candidate, ",")
		if len(trimmed) > 0 {
			urls = append(urls, trimmed)
		}
		if len(trimmed) == len(candidate) {
			set = skipDescriptors(set)
		}
	}
}

// skipDescriptors moves past the next comma that is not inside parentheses.
func skipDescriptors(set []byte) []byte {
	inside := false
	for i, c := range set {
		switch {
		case c == '(':
			inside = true
		case c == ')':
			inside = false
		case c == ',' && !inside:
			return set[i+1:]
		}
	}
	return nil
}

// parseRefresh returns the address of <meta http-equiv="refresh" content="0; url=next.html">, empty where the page
// only reloads itself (HTML, 4.2.5.3 "shared declarative refresh steps").
func parseRefresh(content []byte) []byte {
	rest := bytes.TrimLeft(content, " \t\n\r\f")
	digits := bytes.TrimLeft(rest, "0123456789.")
	if len(digits) == len(rest) {
		return nil
	}
	rest = bytes.TrimLeft(digits, " \t\n\r\f;,")
	if len(rest) == len(digits) {
		return nil
	}
	if len(rest) >= 3 && bytes.EqualFold(rest[:3], []byte("url")) {
		if after := bytes.TrimLeft(rest[3:], " \t\n\r\f"); len(after) > 0 && after[0] == '=' {
			rest = bytes.TrimLeft(after[1:], " \t\n\r\f")
		}
	}
	return unquote(rest)
}

// unquote removes the quotes around an address; what follows the closing quote is dropped.
func unquote(s []byte) []byte {
	if len(s) == 0 || s[0] != '"' && s[0] != '\'' {
		return bytes.TrimSpace(s)
	}
	inner := s[1:]
	if end := bytes.IndexByte(inner, s[0]); end >= 0 {
		inner = inner[:end]
	}
	return bytes.TrimSpace(inner)
}
