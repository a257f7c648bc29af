package links

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// ReportVersion is the version of the report's JSON form. It grows when a reader of the old form would be misled.
const ReportVersion = 2

// Reason says in one word why a link is broken.
type Reason string

// The reasons.
const (
	ReasonMissing   Reason = "missing"       // nothing answers at that address
	ReasonCase      Reason = "case"          // a file is there, but for upper and lower case
	ReasonNoIndex   Reason = "no-index"      // a folder is there, but no index.html in it
	ReasonAnchor    Reason = "anchor"        // the page is there, but not the place in it
	ReasonOutside   Reason = "outside"       // the address leaves the base path of the site
	ReasonMalformed Reason = "malformed"     // no browser can make sense of the address
	ReasonLocalFile Reason = "local-file"    // file: addresses and drive letters only work on the writer's own machine
	ReasonEmpty     Reason = "empty-address" // a picture without address
	ReasonIntegrity Reason = "integrity"     // the file is there, but is not what the integrity attribute says
)

// Report is the outcome of a check. It is clean when Broken is empty.
type Report struct {
	Version  int    `json:"version"`
	BaseURL  string `json:"base_url"`
	Pages    int    `json:"pages"`       // HTML pages read
	Styles   int    `json:"stylesheets"` // stylesheets read
	Links    int    `json:"links"`       // all addresses found, each occurrence counted
	Internal int    `json:"internal"`    // judged
	External int    `json:"external"`    // other sites; not judged
	Other    int    `json:"other"`       // mailto:, data: and the like; not judged
	Ignored  int    `json:"ignored"`     // broken links that Options.Ignore excuses

	// BrokenLinks and BrokenTargets are the true numbers, also where Broken lists fewer.
	BrokenLinks   int      `json:"broken_links"`
	BrokenTargets int      `json:"broken_targets"`
	Broken        []Target `json:"broken"` // most frequent first, then by address

	// What [Report.Compare] found. Without it all are zero.
	ComparedWith string `json:"compared_with,omitempty"` // the release that has the known breakage
	NewLinks     int    `json:"new_links"`               // broken now and not there
	NewTargets   int    `json:"new_targets"`
	Mended       int    `json:"mended"` // broken there and not now, one a target and page

	IgnoredTargets []Target     `json:"ignored_targets,omitempty"` // what Options.Ignore excuses, as Broken
	Ignores        []IgnoreUse  `json:"ignores,omitempty"`         // what each of them excused
	Incomplete     []Incomplete `json:"incomplete,omitempty"`      // pages not read to the end, at most 100

	// ExternalLinks are the links to other sites, where Options.External asks for them; those that are ignored are
	// counted in Ignores only.
	ExternalLinks []ExternalLink `json:"-"`
}

// Target is one broken address with the places that lead to it.
type Target struct {
	URL        string `json:"url"` // path in the web with base path and fragment; as written where it has no path
	Kind       Kind   `json:"kind"`
	Reason     Reason `json:"reason"`
	Message    string `json:"message"`              // the reason as a sentence
	Suggestion string `json:"suggestion,omitempty"` // an address that exists and was probably meant
	Links      int    `json:"links"`                // links that lead to it, also those not listed
	Pages      int    `json:"pages"`                // pages that these stand on
	New        int    `json:"new,omitempty"`        // links that [Report.Compare] found to be new
	Because    string `json:"because,omitempty"`    // why it is ignored, in the words of the source
	// Template is true where the link stands on several pages and in none of their sources: look in the theme.
	Template bool    `json:"template,omitempty"`
	Places   []Place `json:"places"` // by page, line and column

	detail string
	file   fileID
	path   string
	anchor string
}

// Place is where a broken link stands.
type Place struct {
	Page       string `json:"page"`   // path of the built file
	Line       int    `json:"line"`   // of the element's start in the built file, from 1
	Column     int    `json:"column"` // in bytes, from 1
	Href       string `json:"href"`   // as written
	Text       string `json:"text,omitempty"`
	Element    string `json:"element"`
	Attribute  string `json:"attribute,omitempty"`
	Source     string `json:"source,omitempty"` // the file that the page was made from
	SourceLine int    `json:"source_line,omitempty"`
	New        bool   `json:"new,omitempty"` // see [Report.Compare]
}

// Incomplete is a page that was not read to its end. Links to anchors in it are taken for good.
type Incomplete struct {
	Page   string `json:"page"`
	Reason string `json:"reason"`
}

// maxIncomplete bounds the list of incomplete pages.
const maxIncomplete = 100

// report is the last phase: it looks at the broken places again and writes everything down.
func (c *checker) report(ctx context.Context, groups []*group) (*Report, error) {
	r := &Report{Version: ReportVersion, BaseURL: c.options.BaseURL, Broken: []Target{}}
	c.countDocuments(r)
	var broken, ignored []*group
	for _, g := range groups {
		if g.key.ignore != 0 {
			ignored = append(ignored, g)
			r.Ignored += g.count
			continue
		}
		broken = append(broken, g)
		r.BrokenLinks += g.count
	}
	r.BrokenTargets = len(broken)
	c.addExternalLinks(r, groups)
	broken, ignored = budget(broken, c.options.Limits), budget(ignored, c.options.Limits)
	hits, err := c.locate(ctx, slices.Concat(broken, ignored))
	if err != nil {
		return nil, err
	}
	anchors := c.anchorNames(ctx)
	if r.Broken, err = c.targets(ctx, broken, hits, anchors); err != nil {
		return nil, err
	}
	r.IgnoredTargets, err = c.targets(ctx, ignored, hits, func(fileID) []string { return nil })
	return r, err
}

// addExternalLinks adds the links to other sites, and what every ignore excused.
func (c *checker) addExternalLinks(r *Report, groups []*group) {
	found := c.externalLinks()
	r.Ignores = c.ignoreUses(groups, found)
	r.ExternalLinks = slices.DeleteFunc(found, func(l ExternalLink) bool { return l.ignore != 0 })
}

// targets describes broken targets, the most frequent first, then by address.
func (c *checker) targets(ctx context.Context, groups []*group, hits map[int32][]hit, anchors func(fileID) []string) ([]Target, error) {
	targets := []Target{}
	for _, g := range groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if target, ok := gather(g, hits); ok {
			c.explain(&target, anchors)
			if g.key.ignore != 0 {
				target.Because = c.ignores.list[g.key.ignore-1].Reason
			}
			targets = append(targets, target)
		}
	}
	slices.SortStableFunc(targets, func(a, b Target) int {
		return cmp.Or(cmp.Compare(b.Links, a.Links), strings.Compare(a.URL, b.URL), strings.Compare(string(a.Reason), string(b.Reason)))
	})
	return targets, nil
}

func (c *checker) countDocuments(r *Report) {
	for _, doc := range c.docs {
		switch doc.format {
		case formatPage:
			r.Pages++
		case formatCSS:
			r.Styles++
		}
		r.Links += doc.counts.links
		r.Internal += doc.counts.internal
		r.External += doc.counts.external
		r.Other += doc.counts.other
		if doc.incomplete != "" && len(r.Incomplete) < maxIncomplete {
			r.Incomplete = append(r.Incomplete, Incomplete{validText(c.index.names[doc.id]), doc.incomplete})
		}
	}
}

// gather makes a target of a group and its hits.
func gather(g *group, hits map[int32][]hit) (Target, bool) {
	var target Target
	for _, doc := range g.docs {
		if doc > g.last {
			break
		}
		for _, h := range hits[doc] {
			if h.key != g.key || len(target.Places) >= g.keep {
				continue
			}
			places := target.Places
			if places == nil {
				target = h.target
			}
			target.Places = append(places, h.place)
		}
	}
	target.Links, target.Pages = g.count, len(g.docs)
	return target, len(target.Places) > 0
}

// explain writes the sentence and the suggestion of a target.
func (c *checker) explain(t *Target, anchors func(fileID) []string) {
	switch t.Reason {
	case ReasonAnchor:
		if close := closestAnchor(t.anchor, anchors(t.file)); close != "" {
			t.Suggestion = webPath(c.site.prefix, c.index.names[t.file]) + "#" + close
		}
	case ReasonCase:
		t.Suggestion = c.webFile(c.index.similar().file(t.path))
	case ReasonMissing:
		t.Suggestion = c.webFile(c.index.suggestPath(t.path))
		if href := t.Places[0].Href; strings.HasPrefix(href, "www.") {
			t.Suggestion = "https://" + href
		}
	case ReasonOutside:
		t.Suggestion = c.suggestInside(t.path)
	}
	t.Message = t.message(c.site.prefix)
	t.Template = t.Pages > 1 && t.Places[0].Source != "" &&
		!slices.ContainsFunc(t.Places, func(p Place) bool { return p.SourceLine > 0 })
}

// suggestInside adds the forgotten base path.
func (c *checker) suggestInside(full string) string {
	id, reason := c.index.lookup(strings.Trim(full, "/"), strings.HasSuffix(full, "/"))
	if reason != "" {
		return ""
	}
	return c.webFile(id)
}

func (c *checker) webFile(id fileID) string {
	if id < 0 {
		return ""
	}
	return webPath(c.site.prefix, c.index.names[id])
}

func (t *Target) message(prefix string) string {
	switch t.Reason {
	case ReasonMissing:
		return "The site has no page or file at this address."
	case ReasonCase:
		return fmt.Sprintf("The site has %s; upper and lower case (or accents) are written differently.", t.Suggestion)
	case ReasonNoIndex:
		return "The folder exists, but it has no index.html, so there is no page at this address."
	case ReasonAnchor:
		return fmt.Sprintf("The page exists, but nothing in it has the ID %q.", t.anchor)
	case ReasonOutside:
		return fmt.Sprintf("The address leaves the site, which begins at %s. Use a relative link or add that path.", prefix)
	case ReasonLocalFile:
		return "The address names a file on the computer of the person who wrote it; no reader can open it."
	case ReasonEmpty:
		return "The picture has no address."
	case ReasonIntegrity:
		return "The file is there, but its content is not what the integrity attribute says; browsers do not load it."
	case ReasonMalformed:
		return "The address cannot be read: " + t.detail + "."
	}
	return string(t.Reason)
}

// maxHref is the length of an address kept in the report, in bytes.
const maxHref = 1024

func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// cut shortens a text that is too long for a report.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
