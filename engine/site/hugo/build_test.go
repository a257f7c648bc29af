package hugo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/plain"
	"github.com/docjobs/docjobs/engine/site/sandbox"
)

var minimal = map[string]string{
	"hugo.toml":        "title = 'x'\n",
	"layouts/all.html": "<html><body>{{ .Content }}</body></html>\n",
	"content/a.md":     "---\ntitle: A\n---\nhello\n",
}

// options is a build of a source with the files of all sets; the later one
// wins, and an empty text takes the folder of the file away.
func options(t testing.TB, files ...map[string]string) site.BuildOptions {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "src")
	for _, set := range files {
		for name, text := range set {
			if text == "" {
				require.NoError(t, os.RemoveAll(filepath.Join(source, filepath.Dir(name))))
			}
		}
		for name, text := range set {
			if text != "" {
				write(t, filepath.Join(source, name), text)
			}
		}
	}
	argv, err := hugo.Command()
	require.NoError(t, err)
	box, err := sandbox.Open(t.Context())
	require.NoError(t, err)
	return site.BuildOptions{Sandbox: box, Unsafe: true, Version: hugo.Version, Source: source, Output: filepath.Join(dir, "out"),
		Work: filepath.Join(dir, "work"), BaseURL: "https://example.org/docs/", Executable: argv}
}

func write(t testing.TB, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

// build builds and gives the log.
func build(t *testing.T, o site.BuildOptions) (log []string) {
	t.Helper()
	o.Log = func(line string) { log = append(log, line) }
	_, err := site.Build(t.Context(), o)
	require.NoError(t, err)
	return log
}

func read(t *testing.T, o site.BuildOptions, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.Output, name))
	require.NoError(t, err)
	return string(text)
}

func TestSources(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		dir   string
		want  map[string]string
	}{
		"one language": {minimal, "", map[string]string{"a/index.html": "content/a.md"}},
		"in a sub-folder": {map[string]string{"web/docs/hugo.toml": "title = 'x'\n", "web/docs/layouts/all.html": "x",
			"web/docs/content/a.md": "---\ntitle: A, with \"quotes\"\n---\n"}, "web/docs",
			map[string]string{"a/index.html": "web/docs/content/a.md"}},
		"languages": {map[string]string{
			"hugo.toml":        "defaultContentLanguage = 'en'\n[languages.en]\ncontentDir = 'content/en'\n[languages.de]\ncontentDir = 'content/de'\n",
			"layouts/all.html": "x", "content/en/a.md": "---\ntitle: A\n---\n", "content/de/a.md": "---\ntitle: A\n---\n",
			"content/de/über uns.md": "---\ntitle: U\n---\n", "content/en/s/_index.md": "---\ntitle: S\n---\n"}, "",
			map[string]string{"a/index.html": "content/en/a.md", "de/a/index.html": "content/de/a.md",
				"de/über-uns/index.html": "content/de/über uns.md", "s/index.html": "content/en/s/_index.md"}},
		"ugly addresses": {map[string]string{"hugo.toml": "uglyURLs = true\n", "layouts/all.html": "x",
			"content/g/a.md": "---\ntitle: A\n---\n"}, "", map[string]string{"g/a.html": "content/g/a.md"}},
		"theme": {map[string]string{"theme.toml": "name = 'x'\n", "layouts/all.html": "x",
			"exampleSite/hugo.toml": "theme = 'x'\n", "exampleSite/content/a.md": "---\ntitle: A\n---\n"}, "",
			map[string]string{"a/index.html": "exampleSite/content/a.md"}},
		"plain, in the folder that docjobs.yaml names": {map[string]string{"docjobs.yaml": "dir: docs\n", "docs/a.md": "# A\n"}, "",
			map[string]string{"a/index.html": "docs/a.md"}},
		"plain": {map[string]string{"docs/a.md": "# A\n", "docs/index.md": "# I\n"}, "docs",
			map[string]string{"a/index.html": "docs/a.md", "index.html": "docs/index.md"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, c.files)
			o.Dir = c.dir
			built, err := site.Build(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, c.want, built.Sources)
			for page := range built.Sources {
				require.FileExists(t, filepath.Join(o.Output, page))
			}
		})
	}
}

func TestPlainFolderFaultsNameTheOriginal(t *testing.T) {
	t.Parallel()
	o := options(t, map[string]string{"web/docs/index.md": "# I\n", "web/docs/a.md": "---\ntitle: [A\n---\n"})
	o.Dir = "web"
	_, err := site.Build(t.Context(), o)
	var fault *plain.DocumentError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "web/docs/a.md", fault.Path)
}

func BenchmarkBuild(b *testing.B) {
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("content/p%d.md", i)] = "---\ntitle: P\n---\n# Hello\n\nText with `code`.\n"
	}
	o := options(b, minimal, files)
	dir := filepath.Dir(o.Output)
	for i := 0; b.Loop(); i++ {
		o.Output, o.Work = filepath.Join(dir, fmt.Sprint("out", i)), filepath.Join(dir, fmt.Sprint("work", i))
		_, err := site.Build(b.Context(), o)
		require.NoError(b, err)
	}
}
