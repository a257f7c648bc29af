package links

import (
	"bufio"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// redirectRule is one line of a _redirects file (Netlify's and Cloudflare Pages' format): a path pattern, a target
// and an optional status.
type redirectRule struct {
	from   []string // the path's segments; ":name" matches one segment, a last "*" any number
	to     string
	status int
	line   int
}

// redirects is the rules of one file, ready to be asked for every address that no file answers.
type redirects struct {
	rules    []redirectRule
	exact    map[string]bool // paths of rules without placeholders, without slashes around them
	patterns []redirectRule
}

// maxPatterns bounds the rules that must be tried one by one; hosts allow far fewer.
const maxPatterns = 1_000

func newRedirects(rules []redirectRule) redirects {
	r := redirects{rules: rules, exact: map[string]bool{}}
	for _, rule := range rules {
		pattern := strings.Join(rule.from, "/")
		if !strings.ContainsAny(pattern, ":*") {
			r.exact[pattern] = true
		} else if len(r.patterns) < maxPatterns {
			r.patterns = append(r.patterns, rule)
		}
	}
	return r
}

// answer reports whether a rule answers for a path of the site, given without leading slash.
func (r *redirects) answer(path string) bool {
	return r.exact[strings.Trim(path, "/")] ||
		slices.ContainsFunc(r.patterns, func(rule redirectRule) bool { return rule.matches(path) })
}

// maxRedirectLine bounds one line of the file; longer ones end the reading.
const maxRedirectLine = 16 << 10

// parseRedirects reads the rules that answer with a page or a redirect. Lines that are none are passed over, as the
// hosts do.
func parseRedirects(r io.Reader, limit int) ([]redirectRule, error) {
	var rules []redirectRule
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxRedirectLine)
	for n := 1; lines.Scan() && len(rules) < limit; n++ {
		if rule, ok := parseRedirect(lines.Text()); ok {
			rule.line = n
			rules = append(rules, rule)
		}
	}
	if err := lines.Err(); err != nil && err != bufio.ErrTooLong {
		return nil, err
	}
	return rules, nil
}

func parseRedirect(line string) (redirectRule, bool) {
	text, _, _ := strings.Cut(line, " #")
	fields := strings.Fields(text)
	if len(fields) < 2 || strings.HasPrefix(fields[0], "#") {
		return redirectRule{}, false
	}
	from, ok := redirectPath(fields[0])
	if !ok {
		return redirectRule{}, false
	}
	rule := redirectRule{from: strings.Split(strings.Trim(from, "/"), "/"), status: 301}
	for _, field := range fields[1:] {
		if rule.to == "" && (strings.HasPrefix(field, "/") || hasHTTPScheme([]byte(field))) {
			rule.to = field
		} else if status, err := strconv.Atoi(strings.TrimSuffix(field, "!")); err == nil && rule.to != "" {
			rule.status = status
			break
		}
	}
	return rule, rule.to != "" && rule.status >= 200 && rule.status < 400
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

// static reports whether the rule sends readers to one address that a static site can be expected to have: no parts
// taken from the request, no rewrite to a program.
func (r *redirectRule) static() bool {
	_, path, absolute := strings.Cut(r.to, "://")
	if !absolute {
		path = r.to
	}
	return r.status >= 300 && !strings.ContainsAny(path, ":*") && !strings.HasPrefix(path, "/.netlify/")
}

// matches reports whether the rule answers for a path of the site, given without leading slash.
func (r *redirectRule) matches(path string) bool {
	rest, more := strings.Trim(path, "/"), true
	for i, part := range r.from {
		if part == "*" && i == len(r.from)-1 {
			return true
		}
		if !more {
			return false
		}
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		if part != segment && !(strings.HasPrefix(part, ":") && segment != "") {
			return false
		}
	}
	return !more
}
