package site

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// maxListBytes is room for what Hugo lists: some 300,000 pages.
const maxListBytes = 64 << 20

// Sources gives the source file of each built page, both relative, with
// slashes ("guide/index.html": "content/guide.md"). It asks Hugo again and is
// meant for when there is something to report. The options are those of the
// build, with a Work folder of its own.
func Sources(ctx context.Context, o BuildOptions) (map[string]string, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	o.Limits.LogBytes = max(o.Limits.LogBytes, maxListBytes)
	s, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if s.plain != nil {
		return s.plainSources(), nil
	}
	if s.found.Generator != Hugo {
		return nil, nil // no other generator says so
	}
	var out strings.Builder
	argv := append(s.hugoArgv(), "list", "all", "--source", s.site)
	if _, err := s.hugo(ctx, argv, func(l string) { out.WriteString(l + "\n") }); err != nil {
		return nil, fmt.Errorf("list the pages' sources: %w", err)
	}
	return s.parseList(out.String()), nil
}

func (s *setup) plainSources() map[string]string {
	pages := map[string]string{}
	for _, p := range s.plain.Pages {
		if p.Source != "" {
			pages[p.Output] = path.Join(s.o.Dir, p.Source)
		}
	}
	return pages
}

// parseList reads the CSV of "hugo list all", which may follow warnings.
func (s *setup) parseList(out string) map[string]string {
	pages := map[string]string{}
	i := strings.Index(out, "path,slug,title,")
	if i < 0 {
		return pages
	}
	base := strings.TrimSuffix(s.o.BaseURL, "/") + "/"
	r := csv.NewReader(strings.NewReader(out[i:]))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	for row, err := r.Read(); err == nil; row, err = r.Read() {
		if len(row) < 8 || row[0] == "path" {
			continue
		}
		source, _, known := s.place(filepath.ToSlash(row[0]), 0)
		built, ours := strings.CutPrefix(row[7], base)
		if name, err := url.PathUnescape(built); err == nil && known && ours {
			pages[outputOf(name)] = source
		}
	}
	return pages
}

// outputOf is the file that Hugo writes for an address.
func outputOf(address string) string {
	if address == "" || strings.HasSuffix(address, "/") {
		return address + "index.html"
	}
	return address
}
