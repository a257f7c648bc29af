package links

import (
	"slices"
	"strings"
)

// Ignore excuses broken links: those to URL that stand on Page. In both, * stands for any characters; empty is any.
type Ignore struct {
	// URL is a target as the report names it, with or without the base path of the site. Without a fragment it excuses
	// links to anchors, too.
	URL string `json:"url,omitempty"`
	// Page is the path of a built page, or of the source that it was made from.
	Page string `json:"page,omitempty"`
	// Reason is for people.
	Reason string `json:"reason,omitempty"`
}

// IgnoreUse says how many links an Ignore excused. One that excuses none can be removed.
type IgnoreUse struct {
	Ignore
	Links int `json:"links"`
}

// external reports whether only links to other sites can match.
func (i *Ignore) external() bool { return hasHTTPScheme([]byte(i.URL)) }

// ignoreID is the position of an Ignore in Options.Ignore, from 1; 0 is none.
type ignoreID int32

// ignores finds the Ignore of a link. The address of a link is the same on many pages, so it is looked up first.
type ignores struct {
	list   []Ignore
	prefix string // base path of the site
}

// forURL lists the ignores whose URL matches.
func (l *ignores) forURL(target string) (found []ignoreID) {
	if len(l.list) == 0 {
		return nil
	}
	forms := []string{target}
	if rest, ok := strings.CutPrefix(target, l.prefix); ok && l.prefix != "/" {
		forms = append(forms, "/"+rest)
	}
	for _, form := range forms {
		if page, _, anchored := strings.Cut(form, "#"); anchored {
			forms = append(forms, page)
		}
	}
	for i := range l.list {
		pattern := l.list[i].URL
		if pattern == "" || slices.ContainsFunc(forms, func(form string) bool { return wildcard(pattern, form) }) {
			found = append(found, ignoreID(i+1))
		}
	}
	return found
}

// onPage returns the first of the candidates that holds on a page, which is known by several names.
func (l *ignores) onPage(candidates []ignoreID, names []string) ignoreID {
	for _, id := range candidates {
		pattern := l.list[id-1].Page
		if pattern == "" || slices.ContainsFunc(names, func(name string) bool { return wildcard(pattern, name) }) {
			return id
		}
	}
	return 0
}

// wildcard reports whether text matches a pattern in which * stands for any characters.
func wildcard(pattern, text string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	text, ok := strings.CutPrefix(text, first)
	if !ok || !more {
		return ok && text == ""
	}
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// pageNames are the names by which an ignore may call a page.
func (c *checker) pageNames(id fileID) []string {
	names := []string{validText(c.index.names[id])}
	if c.options.Source != nil {
		if source, ok := c.options.Source(names[0]); ok {
			names = append(names, source)
		}
	}
	return names
}

// candidates lists the ignores for the target of a finding that is or may turn out broken.
func (c *checker) candidates(f *finding) []ignoreID {
	if len(c.ignores.list) == 0 {
		return nil
	}
	return c.ignores.forURL(c.targetURL(f))
}

// targetURL is the address under which the report lists the target of a finding, if it is broken.
func (c *checker) targetURL(f *finding) string {
	if f.class == classBroken || f.file == noFile {
		return f.url()
	}
	return webPath(f.prefix, c.index.names[f.file]) + "#" + validText(decodeFragment(anchorOf(f.fragment)))
}

// ignoreUses counts what every ignore excused. Where links to other sites are not collected, those for them are left
// out: nothing is known of their use.
func (c *checker) ignoreUses(groups []*group, external []ExternalLink) []IgnoreUse {
	used := make([]int, len(c.ignores.list)+1)
	for _, g := range groups {
		used[g.key.ignore] += g.count
	}
	for _, link := range external {
		used[link.ignore] += link.Links
	}
	var uses []IgnoreUse
	for i, ignore := range c.ignores.list {
		if n := used[i+1]; n > 0 || c.options.External || !ignore.external() {
			uses = append(uses, IgnoreUse{ignore, n})
		}
	}
	return uses
}
