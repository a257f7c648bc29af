package plain

import (
	"bufio"
	"encoding/json"
	"io"
)

// The navigation and the search index are classic scripts that define one
// value each, because a page in a sandbox (an opaque origin) may load scripts
// but may not fetch.

// writeNavigation writes docsNav, the tree of
//
//	[label, segment, [children]]
//
// without the third member for leaves. A page's address is its parent's,
// the segment and a slash.
func writeNavigation(w io.Writer, home *page) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("window.docsNav=")
	writeNode(out, home)
	_, _ = out.WriteString(";\n")
	return out.Flush() // reports the first error of all
}

func writeNode(out *bufio.Writer, p *page) {
	_ = out.WriteByte('[')
	writeJSON(out, p.label)
	_ = out.WriteByte(',')
	writeJSON(out, p.segment)
	if len(p.children) > 0 {
		_, _ = out.WriteString(",[")
		for i, child := range p.children {
			if i > 0 {
				_, _ = out.WriteString(",\n")
			}
			writeNode(out, child)
		}
		_ = out.WriteByte(']')
	}
	_ = out.WriteByte(']')
}

// writeSearch writes docsSearch, a list of
//
//	[address, title, folder title, excerpt, terms, [heading, anchor, …]]
func writeSearch(w io.Writer, pages []*page, share searchBudget) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("window.docsSearch=[")
	for i, p := range pages {
		if i > 0 {
			_, _ = out.WriteString(",\n")
		}
		writeJSON(out, p.searchRecord(share))
	}
	_, _ = out.WriteString("];\n")
	return out.Flush()
}

func (p *page) searchRecord(share searchBudget) []any {
	var in, excerpt, terms string
	headings := []string{}
	if p.parent != nil && p.parent.parent != nil {
		in = p.parent.label
	}
	if p.doc != nil {
		excerpt, terms = p.doc.content.excerpt, p.doc.content.terms
		headings = p.doc.content.searchHeadings(share.sections)
	}
	return []any{p.url, p.title, in, excerpt, terms, headings}
}

func (c *content) searchHeadings(budget int) []string {
	list := []string{}
	for _, s := range c.sections {
		budget -= len(s.title) + len(s.id)
		if budget < 0 {
			break
		}
		list = append(list, s.title, s.id)
	}
	return list
}

func writeJSON(out *bufio.Writer, v any) {
	b, _ := json.Marshal(v) // strings and lists of strings always encode
	_, _ = out.Write(b)
}
