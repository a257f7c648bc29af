package hugo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/hugo"
)

var minimal = map[string]string{
	"hugo.toml":        "title = 'x'\n",
	"layouts/all.html": "<html><body>{{ .Content }}</body></html>\n",
	"content/a.md":     "---\ntitle: A\n---\nhello\n",
}

func options(t *testing.T, files ...map[string]string) site.BuildOptions {
	t.Helper()
	dir, argv := t.TempDir(), []string(nil)
	for _, set := range files {
		for name, text := range set {
			p := filepath.Join(dir, "src", name)
			require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
			require.NoError(t, os.WriteFile(p, []byte(text), 0o644))
		}
	}
	argv, err := hugo.Command()
	require.NoError(t, err)
	return site.BuildOptions{Source: filepath.Join(dir, "src"), Output: filepath.Join(dir, "out"),
		Work: filepath.Join(dir, "work"), BaseURL: "https://example.org/docs/", Executable: argv}
}

func TestBuildAndSources(t *testing.T) {
	t.Parallel()
	o := options(t, minimal)
	r, err := site.Build(t.Context(), o)
	require.NoError(t, err)
	require.Positive(t, r.Pages)
	require.FileExists(t, filepath.Join(o.Output, "a/index.html"))
	o.Work = t.TempDir()
	pages, err := site.Sources(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, "content/a.md", pages["a/index.html"])
}

func TestFaultsNameFileAndLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"front matter": {"content/a.md", "---\ntitle: [A\nx: y: z\n---\n", "content/a.md:3:1: "},
		"template":     {"layouts/all.html", "<p>\n{{ .Nope.X }}\n", "layouts/all.html:2:8: "},
		"shortcode":    {"content/a.md", "---\ntitle: A\n---\n\n{{< nope >}}\n", "content/a.md:5:1: "},
		"config":       {"hugo.toml", "title = \"x\n", "hugo.toml:1:11: "},
		"theme":        {"hugo.toml", "theme = 'gone'\n", "add the theme to the source"},
		"module":       {"hugo.toml", "[[module.imports]]\npath='github.com/x/y'\n", "hugo mod vendor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, minimal, map[string]string{c.file: c.text})
			_, err := site.Build(t.Context(), o)
			var fault *site.BuildError
			require.ErrorAs(t, err, &fault)
			require.Contains(t, fault.Error(), c.want)
			require.NoDirExists(t, o.Output)
		})
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	t.Parallel()
	o := options(t, minimal, map[string]string{"layouts/all.html": "{{ range seq 1000000 }}{{ range seq 1000000 }}{{ end }}{{ end }}"})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by the test")
	o.Log = func(line string) {
		if strings.HasPrefix(line, "Start building") {
			cancel(stop)
		}
	}
	_, err := site.Build(ctx, o)
	require.ErrorIs(t, err, stop)
	left, err := os.ReadDir(filepath.Dir(o.Output))
	require.NoError(t, err)
	require.Len(t, left, 2, "only src and work")
}
