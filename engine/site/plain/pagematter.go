package plain

import (
	"encoding/json"
	"fmt"
	"strings"
)

// pageMatter is the front matter of a prepared page: all that the theme's
// templates know of it. Keys are lower case because Hugo lowers them.
type pageMatter struct {
	Title  string     `json:"title"`
	URL    string     `json:"url"`
	Params pageParams `json:"params"`
}

type pageParams struct {
	// Root leads from the page to the front page: "../../", "" there.
	Root        string `json:"root"`
	Address     string `json:"address"`
	Source      string `json:"source,omitempty"`
	Description string `json:"summary_text,omitempty"`
	// PrintTitle asks the template for the heading that the text lacks.
	PrintTitle bool `json:"print_title,omitempty"`
	TOC        bool `json:"toc,omitempty"`
	// Guarded and Tasks ask the template to finish the text, see protect.go.
	Guarded  bool   `json:"guarded,omitempty"`
	Tasks    bool   `json:"tasks,omitempty"`
	Crumbs   []link `json:"crumbs,omitempty"`
	Previous *link  `json:"previous,omitempty"`
	Next     *link  `json:"next,omitempty"`
	// Nearby is a bounded part of the folder for readers without scripts.
	Nearby []link `json:"nearby,omitempty"`
	// Children are what a section page lists.
	Children []link `json:"children,omitempty"`
	// Links maps the hash of an address as written to that on the site.
	Links map[string]string `json:"links,omitempty"`
}

type link struct {
	Title string `json:"t"`
	// URL is relative to the page that holds the link; empty for itself.
	URL  string `json:"u,omitempty"`
	Text string `json:"d,omitempty"`
}

func (t *tree) matter(p *page) pageMatter {
	m := pageMatter{Title: p.title, URL: "/" + p.url, Params: pageParams{
		Root: rootOf(p), Address: p.url, Description: p.description(), PrintTitle: p.printTitle(),
		Crumbs: crumbs(p), Previous: linkTo(p, p.before), Next: linkTo(p, p.after),
		Nearby: nearby(p), Links: t.links(p),
	}}
	for _, child := range p.children {
		m.Params.Children = append(m.Params.Children,
			link{child.label, relative(p.url, child.url), child.description()})
	}
	if p.doc != nil {
		m.Params.Source = p.doc.path
		m.Params.Guarded, m.Params.Tasks = p.doc.content.guarded, p.doc.content.tasks
		m.Params.TOC = p.doc.content.tocEntries > 1
	}
	return m
}

// description is the page's own, its first paragraph, or what it contains.
func (p *page) description() string {
	if p.doc != nil && p.doc.meta.Description != "" {
		return shorten(p.doc.meta.Description, 400)
	}
	if p.doc != nil && p.doc.content.lead != "" {
		return p.doc.content.lead
	}
	var names []string
	for _, child := range p.children[:min(len(p.children), 5)] {
		names = append(names, child.label)
	}
	if len(p.children) > len(names) {
		names = append(names, "…")
	}
	return strings.Join(names, " · ")
}

// printTitle tells whether the text has no heading that names the page.
func (p *page) printTitle() bool {
	if p.doc == nil {
		return true
	}
	c := p.doc.content
	if p.doc.meta.Title == "" {
		return c.heading == ""
	}
	return !c.opens && !(c.headingLeads && c.heading == p.title)
}

func rootOf(p *page) string {
	if p.url == "" {
		return "./"
	}
	return relative(p.url, "")
}

func linkTo(from, to *page) *link {
	if to == nil {
		return nil
	}
	return &link{Title: to.label, URL: relative(from.url, to.url)}
}

// crumbs lead from the front page to the page's parent.
func crumbs(p *page) []link {
	var trail []link
	for up := p.parent; up != nil; up = up.parent {
		trail = append([]link{*linkTo(p, up)}, trail...)
	}
	return trail
}

const nearbyPages = 9

// nearby are at most nearbyPages pages of the same folder around p.
func nearby(p *page) []link {
	if p.parent == nil {
		return nil
	}
	all := p.parent.children
	from := max(0, min(p.position-nearbyPages/2, len(all)-nearbyPages))
	var list []link
	for _, sibling := range all[from:min(from+nearbyPages, len(all))] {
		l := *linkTo(p, sibling)
		if sibling == p {
			l.URL = ""
		}
		list = append(list, l)
	}
	return list
}

func (t *tree) links(p *page) map[string]string {
	if p.doc == nil {
		return nil
	}
	found := map[string]string{}
	for _, written := range p.doc.content.destinations {
		if to, ok := t.resolve(p, written); ok {
			found[linkKey(written)] = to
		}
	}
	return found
}

// linkKey is what the theme's link hooks compute with hash.XxHash. The
// address itself cannot be a key, since Hugo lowers the case of keys.
func linkKey(written string) string { return fmt.Sprintf("%016x", hash([]byte(written))) }

// encode gives the front matter as one line of JSON: the text then begins in
// line 2 of every prepared file.
func (m pageMatter) encode() ([]byte, error) {
	b, err := json.Marshal(m)
	return append(b, '\n'), err
}

// headLines is the number of lines before the text in a prepared file.
const headLines = 1
