package links

import (
	"io"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/hosting"
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

// parseRedirects reads the rules that answer with a page or a redirect.
func parseRedirects(r io.Reader, limit int) ([]redirectRule, error) {
	parsed, err := hosting.ParseRedirects(r, limit)
	rules := make([]redirectRule, len(parsed))
	for i, p := range parsed {
		rules[i] = redirectRule{from: strings.Split(strings.Trim(p.From, "/"), "/"), to: p.To, status: p.Status, line: p.Line}
	}
	return rules, err
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
