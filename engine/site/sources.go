package site

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxListBytes is room for what Hugo lists: some 300,000 pages.
const maxListBytes = 64 << 20

// hugoSources asks Hugo for the source file of each page. It runs beside the
// Hugo that builds, and keeps its caches apart.
func (s *setup) hugoSources(ctx context.Context) (map[string]string, error) {
	asked := *s
	asked.o.Work = filepath.Join(s.o.Work, "listing")
	asked.o.Limits.LogBytes = max(asked.o.Limits.LogBytes, maxListBytes)
	for _, dir := range []string{"home", "tmp", "cache"} {
		if err := os.MkdirAll(filepath.Join(asked.o.Work, dir), 0o700); err != nil {
			return nil, fmt.Errorf("list the pages' sources: %w", err)
		}
	}
	var out strings.Builder
	argv := append(s.hugoArgv(), "list", "all", "--source", s.site)
	if _, err := asked.hugo(ctx, argv, func(l string) { out.WriteString(l + "\n") }); err != nil {
		return nil, fmt.Errorf("list the pages' sources: %w", err)
	}
	return s.parseList(out.String()), nil
}

func (s *setup) plainSources() map[string]string {
	pages := map[string]string{}
	for _, p := range s.plain.Pages {
		if p.Source != "" {
			pages[p.Output] = path.Join(s.found.Dir, p.Source)
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
