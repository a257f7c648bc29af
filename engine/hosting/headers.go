package hosting

import (
	"bufio"
	"io"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Header is one header of a rule.
type Header struct {
	Name  string `json:"name"` // in canonical form
	Value string `json:"value"`
}

// HeaderRule is one block of a _headers file: headers for the paths that match.
type HeaderRule struct {
	Path    string   `json:"path"` // decoded; ":name" stands for one segment, "*" for anything
	Headers []Header `json:"headers"`
}

// Headers are the rules of a _headers file, in its order.
type Headers []HeaderRule

// ParseHeaders reads at most limit rules. What is no header that may be sent is
// passed over.
func ParseHeaders(r io.Reader, limit int) (Headers, error) {
	var rules Headers
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	known := false // whether headers belong to the last rule
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case lines.Text()[0] != ' ' && lines.Text()[0] != '\t':
			var path string
			if path, known = redirectPath(text); known {
				if len(rules) == limit {
					return rules, nil
				}
				rules = append(rules, HeaderRule{Path: path})
			}
		case known:
			if header, ok := parseHeader(text); ok {
				last := &rules[len(rules)-1]
				last.Headers = append(last.Headers, header)
			}
		}
	}
	return rules, readError(lines)
}

func parseHeader(text string) (Header, bool) {
	name, value, found := strings.Cut(text, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !found || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
		return Header{}, false
	}
	return Header{Name: http.CanonicalHeaderKey(name), Value: value}, true
}

// For returns what the rules say for a path that begins with a slash. The values of
// one header in several rules are joined by commas, as the hosts do.
func (h Headers) For(path string) map[string]string {
	found := map[string]string{}
	for _, rule := range h {
		if !matches(rule.Path, path) {
			continue
		}
		for _, header := range rule.Headers {
			if before, again := found[header.Name]; again {
				header.Value = before + ", " + header.Value
			}
			found[header.Name] = header.Value
		}
	}
	return found
}

// matches compares a path with a pattern. Backtracking is bounded: after a "*" only
// the last one is ever tried anew.
func matches(pattern, path string) bool {
	p, s, star, from := 0, 0, -1, 0
	for s < len(path) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, s
			p++
			continue
		case p < len(pattern) && pattern[p] == ':' && p > 0 && pattern[p-1] == '/' && path[s] != '/':
			p = segmentEnd(pattern, p)
			s = segmentEnd(path, s)
			continue
		case p < len(pattern) && pattern[p] == path[s]:
			p, s = p+1, s+1
			continue
		case star < 0:
			return false
		}
		from++
		p, s = star+1, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func segmentEnd(s string, from int) int {
	if i := strings.IndexByte(s[from:], '/'); i >= 0 {
		return from + i
	}
	return len(s)
}
