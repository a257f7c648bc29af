package plain_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site/plain"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// folder writes files, by path, into a new folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

// prepare runs Prepare on files and returns the result and the site folder.
func prepare(t testing.TB, files map[string]string) (*plain.Result, string) {
	t.Helper()
	site := filepath.Join(t.TempDir(), "site")
	r, err := plain.Prepare(context.Background(), plain.Options{Source: folder(t, files), Site: site})
	require.NoError(t, err)
	return r, site
}

// dump shows every prepared file that is not part of the theme.
func dump(t testing.TB, site string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(site, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(site, path)
		name = filepath.ToSlash(name)
		if err != nil || d.IsDir() || strings.HasPrefix(name, "layouts/") ||
			strings.HasSuffix(name, ".css") || strings.HasSuffix(name, "early.js") || strings.HasSuffix(name, "site.js") {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "-- %s --\n%s\n", name, data)
		return err
	}))
	return b.String()
}

func TestPreparedSites(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]string{
		"small": {
			"README.md":          "# Handbook\n\nSee [setup](guide/setup.md#install) and ![logo](guide/logo.png).\n",
			"guide/setup.md":     "---\ntitle: Setting up\nnav_title: Setup\ndescription: How to begin.\n---\n## Install\n\nBack [home](../README.md).\n",
			"guide/02-second.md": "Second things.\n",
			"guide/01-first.md":  "First things.\n",
			"guide/logo.png":     "not really a picture",
			".github/x.md":       "hidden",
			"LICENSE":            "text",
		},
		"repository with docs folder": {
			"docs/index.md":  "# Front\n",
			"docs/a/x.md":    "# X\n\n[root](/docs/index.md), [site](/a/x.md), [out](../../LICENSE)\n",
			"LICENSE":        "text",
			"docs/page.html": "<p>copied</p>",
		},
		"foreign syntax": {
			"index.md": "# {{< h >}}\n\n`{{% a %}}` {{<b>}}\n\n```{r, echo=FALSE}\n{{{< c >}}}\n```\n\n```js {1,3}\nx\n```\n\n- [ ] todo\n",
			"raw.md":   "# Raw\n\n<a\n  href=\"index.md\">x</a> <img src='a b.png' alt=\"\">\n\n<div src=index.md>\n<a HREF=\"./index.md#x\">y</a></div>\n\n<!-- <a href=\"index.md\"> -->\n",
			"a b.png":  "x",
		},
		"collisions": {
			"a.md": "# File a\n", "a/README.md": "# Folder a\n", "a/b.md": "# B\n",
			"c.md": "# File c, page of folder c\n", "c/d.md": "# D\n",
			"x y.md": "# One\n", "x-y.md": "# Two\n", "X-Y.md": "# Three\n",
			"e/index.md": "# E\n", "e/README.md": "# Read me of e\n", "e/Index.markdown": "# Other index\n",
			"index.html": "<p>left out</p>", "s/index.html": "kept", "s.md": "# S\n",
		},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, site := prepare(t, files)
			golden := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".golden")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, []byte(dump(t, site)), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), dump(t, site))
		})
	}
}

func TestSameInputGivesTheSameSite(t *testing.T) {
	t.Parallel()
	files := many(60)
	_, first := prepare(t, files)
	_, second := prepare(t, files)
	require.Equal(t, dump(t, first), dump(t, second))
}

func TestPagesAreListedInReadingOrder(t *testing.T) {
	t.Parallel()
	r, _ := prepare(t, map[string]string{
		"README.md":        "# Home",
		"step10.md":        "# Ten",
		"step2.md":         "# Two",
		"guide/index.md":   "---\nweight: 1\n---\n# Guide",
		"guide/zebra.md":   "+++\norder = -3\n+++\n# Zebra",
		"guide/apple.MD":   "{\"sidebar_position\": \"2\"}\n# Apple",
		"guide/2 pear.md":  "",
		"draft.md":         "---\ndraft: true\n---\n# Draft",
		"unpublished.md":   "---\npublished: false\n---\n",
		"2024-05-06-at.md": "text without heading",
	})
	var titles []string
	for _, p := range r.Pages {
		titles = append(titles, p.Title)
	}
	require.Equal(t, []string{"Home", "Guide", "Zebra", "Apple", "Pear", "2024-05-06-at", "Two", "Ten"}, titles)
	require.Equal(t, []plain.Skipped{
		{Path: "draft.md", Reason: "marked as a draft"},
		{Path: "unpublished.md", Reason: "marked as a draft"},
	}, r.Skipped)
	require.Equal(t, "guide/zebra/index.html", r.Pages[2].Output)
	require.Equal(t, "guide/zebra.md", r.Pages[2].Source)
}

func TestOriginalLeadsBackToTheSource(t *testing.T) {
	t.Parallel()
	r, site := prepare(t, map[string]string{
		"index.md": "no front matter\nline two\n",
		"yaml.md":  "---\r\ntitle: T\r\n---\r\nline four\r\n",
		"json.md":  "{\n\"title\": \"J\"\n}\n\nline five\n",
		"toml.md":  "\ufeff+++\ntitle = 'T'\n+++\nline four\n",
	})
	for _, p := range r.Pages {
		prepared, err := os.ReadFile(filepath.Join(site, p.Prepared))
		require.NoError(t, err)
		source := map[string]string{"index.md": "line two", "yaml.md": "line four", "json.md": "line five", "toml.md": "line four"}[p.Source]
		want := map[string]int{"index.md": 2, "yaml.md": 4, "json.md": 5, "toml.md": 4}[p.Source]
		line := 1 + strings.Count(string(prepared)[:strings.LastIndex(string(prepared), source)], "\n")

		path, got, ok := r.Original(filepath.Join(site, p.Prepared), line)
		require.True(t, ok)
		require.Equal(t, p.Source, path)
		require.Equal(t, want, got, p.Source)
		path, got, ok = r.Original(p.Prepared, 1)
		require.True(t, ok)
		require.Equal(t, p.Source, path)
		require.Equal(t, 1, got)
	}
	_, _, ok := r.Original("layouts/all.html", 3)
	require.False(t, ok)
}

// many is a folder of n pages that link to each other.
func many(n int) map[string]string {
	files := map[string]string{"README.md": "# Many\n"}
	for i := range n {
		files[fmt.Sprintf("part%d/page%d.md", i/20, i)] = fmt.Sprintf(
			"# Page %d\n\n%s[next](../part%d/page%d.md#more)\n\n## More\n\n```go\nx := %d\n```\n",
			i, strings.Repeat("Some words to read and to find again. ", 40), ((i+1)%n)/20, (i+1)%n, i)
	}
	return files
}

func BenchmarkPrepare(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			source := folder(b, many(n))
			b.ReportAllocs()
			for b.Loop() {
				_, err := plain.Prepare(b.Context(), plain.Options{Source: source, Site: filepath.Join(b.TempDir(), "site")})
				require.NoError(b, err)
			}
		})
	}
}
