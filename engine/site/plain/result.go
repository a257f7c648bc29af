package plain

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Result describes a prepared site.
type Result struct {
	// Title is the site's title as it was found or given.
	Title string
	// Pages are the site's pages in reading order, the front page first.
	Pages []Page
	// Files maps the source path of every copied file to its path in the
	// built site.
	Files map[string]string
	// Skipped are the files that are not part of the site; at most about
	// 1,000 are named.
	Skipped []Skipped

	site     string
	prepared map[string]origin
}

// Page is one page of the site. All paths are relative, with slashes.
type Page struct {
	// Source is the Markdown file; empty for the page of a folder that has
	// no file for it.
	Source string
	// Prepared is the page's file in the Hugo site.
	Prepared string
	// Output is the built file in Hugo's destination: guide/setup/index.html.
	Output string
	// Title is the page's full title.
	Title string
}

type origin struct {
	source string
	// shift is added to a prepared line to get the source line.
	shift int
}

func newResult(site string, t *tree) *Result {
	r := &Result{Title: t.title, Files: t.files, Skipped: t.skipped, site: site,
		Pages: make([]Page, 0, len(t.pages)), prepared: make(map[string]origin, len(t.pages))}
	for _, p := range t.pages {
		out := Page{Prepared: p.prepared, Output: p.url + "index.html", Title: p.title}
		if p.doc != nil {
			out.Source = p.doc.path
			r.prepared[p.prepared] = origin{p.doc.path, p.doc.bodyLine - 1 - headLines}
		}
		r.Pages = append(r.Pages, out)
	}
	return r
}

// Original gives the source file and line, from 1, for a place in a prepared
// file as Hugo names it: a path in the site folder, absolute or relative to
// it. The line of the prepared front matter becomes 1. An unknown path is
// returned as it is with its line, ok is false.
func (r *Result) Original(preparedPath string, line int) (source string, sourceLine int, ok bool) {
	name := filepath.ToSlash(preparedPath)
	if filepath.IsAbs(preparedPath) {
		if rel, err := filepath.Rel(r.site, preparedPath); err == nil {
			name = filepath.ToSlash(rel)
		}
	}
	from, ok := r.prepared[strings.TrimPrefix(name, "./")]
	if !ok {
		return preparedPath, line, false
	}
	if line <= headLines {
		return from.source, min(line, 1), true
	}
	return from.source, line + from.shift, true
}

func sortedKeys(m map[string]string) []string {
	return slices.Sorted(maps.Keys(m))
}
