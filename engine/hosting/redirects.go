package hosting

import (
	"bufio"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// Names of the files, at the top of a site.
const (
	RedirectsFile = "_redirects"
	HeadersFile   = "_headers"
)

// maxLine bounds one line in bytes; a longer one ends the reading.
const maxLine = 16 << 10

// Redirect is one line of a _redirects file.
type Redirect struct {
	From   string `json:"from"`   // path, decoded; ":name" stands for one segment, a last "*" for any number
	To     string `json:"to"`     // path or address, as it is written
	Status int    `json:"status"` // 200 to 399; 200 answers with the other page
	Line   int    `json:"-"`      // in the file, from 1

	// Conditional: the rule holds only for some queries, countries, languages or
	// signed-in readers.
	Conditional bool `json:"conditional,omitempty"`
}

// Plain reports whether the rule sends everybody from one address to one other.
func (r *Redirect) Plain() bool {
	_, path, absolute := strings.Cut(r.To, "://")
	if !absolute {
		path = r.To
	}
	return r.Status >= 300 && !r.Conditional && !strings.ContainsAny(r.From, ":*") && !strings.ContainsAny(path, ":*")
}

// ParseRedirects reads at most limit rules that answer with a page or a redirect.
func ParseRedirects(r io.Reader, limit int) ([]Redirect, error) {
	var rules []Redirect
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; len(rules) < limit && lines.Scan(); n++ {
		if rule, ok := parseRedirect(lines.Text()); ok {
			rule.Line = n
			rules = append(rules, rule)
		}
	}
	return rules, readError(lines)
}

// readError is why reading ended, unless the file did or a line was too long.
func readError(lines *bufio.Scanner) error {
	if err := lines.Err(); err != nil && err != bufio.ErrTooLong {
		return err
	}
	return nil
}

func parseRedirect(line string) (rule Redirect, ok bool) {
	text, _, _ := strings.Cut(line, " #")
	fields := strings.Fields(text)
	if len(fields) < 2 || strings.HasPrefix(fields[0], "#") {
		return rule, false
	}
	rule.Status = 301
	if rule.From, ok = redirectPath(fields[0]); !ok {
		return rule, false
	}
	statusSeen := false
	for _, field := range fields[1:] {
		status, err := strconv.Atoi(strings.TrimSuffix(field, "!"))
		switch {
		case rule.To == "" && isTarget(field):
			rule.To = field
		case rule.To != "" && !statusSeen && err == nil:
			rule.Status, statusSeen = status, true
		default:
			rule.Conditional = true
		}
	}
	return rule, rule.To != "" && rule.Status >= 200 && rule.Status < 400
}

func isTarget(field string) bool {
	lower := strings.ToLower(field)
	return strings.HasPrefix(field, "/") || strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}

// redirectPath returns the decoded path of a rule's pattern, which may also be a whole address.
func redirectPath(from string) (string, bool) {
	if strings.HasPrefix(from, "/") {
		decoded, err := url.PathUnescape(from)
		return decoded, err == nil
	}
	u, err := url.Parse(from)
	if err != nil || u.Host == "" {
		return "", false
	}
	return u.Path, true
}
