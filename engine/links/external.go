package links

import (
	"bytes"
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// ExternalLink is an address on another site with the first places that lead to it.
type ExternalLink struct {
	URL    string  `json:"url"` // absolute, without fragment
	Links  int     `json:"links"`
	Places []Place `json:"places"` // by page, line and column; without text

	ignore ignoreID
}

// Bounds of what is kept of links to other sites. Links to further addresses are counted
// in Report.External, and their addresses not kept.
const (
	maxExternal       = 100_000
	maxExternalPlaces = 5
	maxExternalURL    = 2048
)

// externalKey tells the addresses apart, and those that an ignore leaves alone from those that none does.
type externalKey struct {
	url    string
	ignore ignoreID
}

// externalPlaces is how often an address is linked, and where first.
type externalPlaces struct {
	links  int
	places []externalPlace
}

type externalPlace struct {
	file         fileID
	line, column int
	element      string
	attr         string
}

func (p externalPlace) compare(q externalPlace) int {
	return cmp.Or(cmp.Compare(p.file, q.file), cmp.Compare(p.line, q.line), cmp.Compare(p.column, q.column))
}

// add keeps the first places, in whatever order pages are read.
func (e *externalPlaces) add(p externalPlace) {
	at, _ := slices.BinarySearchFunc(e.places, p, externalPlace.compare)
	if at >= maxExternalPlaces {
		return
	}
	e.places = slices.Insert(e.places, at, p)
	e.places = e.places[:min(len(e.places), maxExternalPlaces)]
}

// external collects a link to another site.
func (col *collector) external(r *reference) {
	target := absoluteURL(col.base, r.url)
	if target == "" {
		return
	}
	key := externalKey{url: target}
	if candidates := col.c.ignores.forURL(target); len(candidates) > 0 {
		key.ignore = col.c.ignores.onPage(candidates, col.names())
	}
	known := col.externals[key]
	if known == nil {
		if len(col.externals) >= maxExternal {
			return
		}
		known = &externalPlaces{}
		col.externals[key] = known
	}
	known.links++
	known.add(externalPlace{col.doc.id, r.line, r.column, r.element, r.attr})
}

// absoluteURL returns the address that a browser fetches, without fragment; "" where there is none.
func absoluteURL(base pageBase, href []byte) string {
	href = cleanURL(href)
	u, err := url.Parse(string(bytes.ReplaceAll(href, []byte(" "), []byte("%20"))))
	if err != nil || len(href) > maxExternalURL {
		return ""
	}
	if base.external {
		root, err := url.Parse(base.href)
		if err != nil {
			return ""
		}
		u = root.ResolveReference(u)
	}
	if u.Scheme == "" {
		u.Scheme = "https" // of a site that is served as sites are
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	u.Fragment, u.RawFragment, u.User = "", "", nil
	if u.Host == "" {
		return ""
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}

// addExternals adds what one collector found to what the others did.
func (c *checker) addExternals(found map[externalKey]*externalPlaces) {
	c.externalsMu.Lock()
	defer c.externalsMu.Unlock()
	for key, places := range found {
		known := c.externals[key]
		if known == nil {
			if len(c.externals) < maxExternal {
				c.externals[key] = places
			}
			continue
		}
		known.links += places.links
		for _, p := range places.places {
			known.add(p)
		}
	}
}

// externalLinks returns the links to other sites, sorted by address.
func (c *checker) externalLinks() []ExternalLink {
	keys := slices.SortedFunc(maps.Keys(c.externals), func(a, b externalKey) int {
		return cmp.Or(strings.Compare(a.url, b.url), cmp.Compare(a.ignore, b.ignore))
	})
	found := make([]ExternalLink, 0, len(keys))
	for _, key := range keys {
		link := ExternalLink{URL: key.url, Links: c.externals[key].links, ignore: key.ignore}
		for _, p := range c.externals[key].places {
			link.Places = append(link.Places, Place{
				Page: validText(c.index.names[p.file]), Line: p.line, Column: p.column,
				Href: key.url, Element: p.element, Attribute: p.attr,
			})
		}
		found = append(found, link)
	}
	return found
}
