package links_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/links"
)

// page writes page i of n: a heading with text and links to the pages around it, every third one to an anchor.
func page(w io.Writer, i, n, count int) {
	fmt.Fprintf(w, "<!doctype html>\n<html><head><title>Page %d</title></head>\n<body><nav><a href=\"/\">Home</a></nav>\n", i)
	for k := range count - 1 {
		to := (i*7 + k*13) % n
		fragment := ""
		if k%3 == 0 {
			fragment = fmt.Sprintf("#section-%d", k%10)
		}
		fmt.Fprintf(w, "<h2 id=\"section-%d\">Section %d</h2>\n<p>%s <a href=\"../page-%03d/%s\">page %d</a></p>\n",
			k, k, strings.Repeat("Words that fill the page. ", 8), to, fragment, to)
	}
	fmt.Fprint(w, "</body></html>\n")
}

// generate makes a clean site of n pages with the given number of links each, and a home page.
func generate(n, links int) fstest.MapFS {
	files := fstest.MapFS{"robots.txt": {}}
	for i := range n {
		var b strings.Builder
		page(&b, i, n, links)
		files[fmt.Sprintf("page-%03d/index.html", i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	files["index.html"] = &fstest.MapFile{Data: []byte("<!doctype html><a href=page-000/>First page</a>")}
	return files
}

// writeSite writes the site to a folder. DOCJOBS_BENCH_SITE names a folder that keeps it, to compare other programs.
func writeSite(b *testing.B, pages, links int) string {
	dir := os.Getenv("DOCJOBS_BENCH_SITE")
	if dir == "" {
		dir = b.TempDir()
	}
	for name, file := range generate(pages, links) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(b, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(b, os.WriteFile(path, file.Data, 0o644))
	}
	return dir
}

func BenchmarkCheckDir(b *testing.B) {
	dir := writeSite(b, 10_000, 11)
	runtime.GC()
	b.ReportAllocs()
	for b.Loop() {
		report, err := links.CheckDir(b.Context(), dir, links.Options{})
		require.NoError(b, err)
		require.Empty(b, report.Broken)
		b.ReportMetric(float64(report.Links), "links")
	}
}

// BenchmarkCheckBroken checks a site whose navigation is broken on every page, so that every page is read twice only
// as far as the report lists it.
func BenchmarkCheckBroken(b *testing.B) {
	files := generate(2_000, 11)
	files["index.html"] = &fstest.MapFile{}
	delete(files, "page-001/index.html")
	for b.Loop() {
		report, err := links.Check(b.Context(), links.Options{Root: files})
		require.NoError(b, err)
		require.NotEmpty(b, report.Broken)
	}
}
