package plain_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/docjobs/docjobs/engine/site/plain"
)

// hugo builds a prepared site with the Hugo named by DOCJOBS_TEST_HUGO.
func hugo(t *testing.T, files map[string]string, o plain.Options) (*plain.Result, string) {
	t.Helper()
	binary := os.Getenv("DOCJOBS_TEST_HUGO")
	if binary == "" {
		t.Skip("set DOCJOBS_TEST_HUGO to a Hugo binary to build prepared sites")
	}
	o.Source, o.Site = folder(t, files), filepath.Join(t.TempDir(), "site")
	r, err := plain.Prepare(context.Background(), o)
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "out")
	log, err := exec.Command(binary, "--panicOnWarning", "--source", o.Site, "--destination", out).CombinedOutput()
	require.NoError(t, err, string(log))
	return r, out
}

var difficult = map[string]string{
	"README.md": "# Front *page*\n\n[a](sub/a.md#two) [b][b] <a href=\"my notes/50% #1?.md\">c</a> [gone](gone.md) [L](LICENSE)\n\n[b]: <my notes/50%25 %231%3F.md> \"B\"\n",
	"sub/a.md": "---\ntitle: \"A <b>&\"\nurl: /x\nslug: y\nlayout: z\ntype: q\ndate: never\naliases: /w\ncategories: c\noutputs: [json]\nbuild: {render: never}\n_build: x\ncascade: {a: b}\nmenu: main\nresources: 7\nexpiryDate: 1999-01-01\npublishDate: 2999-01-01\n---\n" +
		"## One\n\n`{{< ref \"x\" >}}` {{% y %}} {{<youtube z>}} {{</* c */>}}\n\n## Two {#two}\n\n![i](../img/p%20q.svg)\n\n- [x] done\n\n> [!WARNING]\n> Careful.\n\n> [!custom] Own title\n> Text.\n\n```{r, a=1}\n{{< d >}}\n```\n\n```go {hl_lines=oops}\nx := 1\n```\n\n<details><summary>S</summary>\n\n**bold**\n\n</details>\n\nTerm\n: Meaning\n\n[^1]\n\n[^1]: Note\n",
	"my notes/50% #1?.md": "Zurück [home](../) und [Größe](Größe.md#über-uns)\n",
	"my notes/Größe.md":   "# Größe\n\n## Über uns\n\n## Über uns\n",
	"Case.md":             "# Upper\n", "case.md": "# Lower\n",
	"e/index/x.md":  "# X in a folder called index\n",
	"e/_index.md":   "# E\n",
	"img/p q.svg":   "<svg xmlns='http://www.w3.org/2000/svg'/>",
	"LICENSE":       "MIT",
	"empty.md":      "",
	"section.fr.md": "# Dots in the name\n",
}

func TestHugoBuildsDifficultFolders(t *testing.T) {
	t.Parallel()
	r, out := hugo(t, difficult, plain.Options{BaseURL: "https://docs.example.org/sub/path", Language: "ar"})
	for _, p := range r.Pages {
		require.FileExists(t, filepath.Join(out, p.Output), p.Source)
	}
	for _, to := range r.Files {
		require.FileExists(t, filepath.Join(out, to))
	}
	page := read(t, out, "sub/a/index.html")
	for _, want := range []string{
		`<html lang="ar" dir="rtl"`, `<title>A &lt;b&gt;&amp; · Front page</title>`, `<h1>A &lt;b&gt;&amp;</h1>`,
		`<meta name="docjobs:source" content="sub/a.md">`, `href="https://docs.example.org/sub/path/sub/a/"`,
		`{{&lt; ref &quot;x&quot; &gt;}}`, `{{% y %}}`, `{{&lt;youtube z&gt;}}`, `{{&lt;/* c */&gt;}}`,
		`id="two"`, `class="alert warning"`, `Own title`, `<strong>bold</strong>`, `class="language-r"`, `aria-label="Done"`,
	} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "\ufdd0")
	require.Contains(t, read(t, out, "404.html"), `href="/sub/path/"`)
	require.Equal(t, 1, strings.Count(read(t, out, "index.html"), "<h1"))
	require.Equal(t, []string{"index.html: gone.md"}, broken(t, out))
}

// The search leads to anchors that Prepare computed; Hugo must agree.
func TestSearchLeadsToAnchorsThatExist(t *testing.T) {
	t.Parallel()
	files := map[string]string{"a.md": "# T\n## A & `b`\n## A  b\n## a b\n## *Ünï* :rocket: x_y\n## {{< x >}}\n## [l](a.md)!\n## Mine {#mine .c}\n## ---\n> ## Quoted\n\n- ## Listed\n\nSetext\n---\n## heading\n## 1. <b>html</b>\n## a_b_ __c__ &amp; ![i](x.png) <http://x.y>\n## foo[^1]\n\n[^1]: n\n"}
	_, out := hugo(t, files, plain.Options{})
	script := strings.TrimSuffix(strings.TrimPrefix(read(t, out, "_theme/search.js"), "window.docsSearch="), ";\n")
	var records [][]any
	require.NoError(t, json.Unmarshal([]byte(script), &records))
	page := read(t, out, "a/index.html")
	headings := records[1][5].([]any)
	require.Len(t, headings, 2*15)
	for i := 1; i < len(headings); i += 2 {
		require.Contains(t, page, `id="`+headings[i].(string)+`"`, headings[i-1])
	}
}

func TestHugoBuildsTheSameBytesTwice(t *testing.T) {
	t.Parallel()
	_, first := hugo(t, difficult, plain.Options{})
	_, second := hugo(t, difficult, plain.Options{})
	require.Equal(t, tree(t, first), tree(t, second))
	require.NotContains(t, tree(t, first), "sitemap.xml")
}

func TestPagesDoNotGrowWithTheSite(t *testing.T) {
	t.Parallel()
	_, small := hugo(t, many(20), plain.Options{})
	_, large := hugo(t, many(400), plain.Options{})
	name := "part0/page7/index.html"
	require.InDelta(t, len(read(t, small, name)), len(read(t, large, name)), 400)
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(data)
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[name] = read(t, dir, name)
		}
		return err
	}))
	return files
}

// broken lists "page: address" for every relative address without a target.
func broken(t *testing.T, dir string) []string {
	t.Helper()
	files := tree(t, dir)
	var list []string
	for name, text := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		doc, err := html.Parse(strings.NewReader(text))
		require.NoError(t, err)
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				if (a.Key == "href" || a.Key == "src") && !found(files, name, a.Val) {
					list = append(list, name+": "+a.Val)
				}
			}
		}
	}
	return list
}

func found(files map[string]string, from, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || strings.HasPrefix(u.Path, "/") {
		return err == nil
	}
	to := path.Join(path.Dir(from), u.Path)
	if u.Path == "" {
		to = from
	} else if strings.HasSuffix(u.Path, "/") || files[to] == "" {
		to = path.Join(to, "index.html")
	}
	text, ok := files[to]
	return ok && (u.Fragment == "" || strings.Contains(text, `id="`+u.Fragment+`"`))
}
