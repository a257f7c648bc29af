package hugo_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
)

var update = flag.Bool("update", false, "write the golden files")

// onePage makes Hugo say the same every time: it renders pages in no order.
const onePage = "disableKinds = ['home', 'section', 'taxonomy', 'term', 'rss', 'sitemap', '404']\n"

// faulty are sites with one fault each; what real Hugo says about them, and
// what becomes of it, stands in testdata/faults.golden.
var faulty = []struct {
	name  string
	files map[string]string
}{
	{"front matter YAML", map[string]string{"content/a.md": "---\ntitle: [A\nx: y: z\n---\n"}},
	{"front matter TOML", map[string]string{"content/a.md": "+++\ntitle = 'A'\nx = = 1\n+++\n"}},
	{"front matter not closed", map[string]string{"content/a.md": "---\ntitle: A\n\nhello\n"}},
	{"front matter date", map[string]string{"content/a.md": "---\ntitle: A\ndate: yesterday\n---\n"}},
	{"shortcode unknown", map[string]string{"content/a.md": "---\ntitle: A\n---\n\n{{< nope >}}\n"}},
	{"shortcode not closed", map[string]string{"content/a.md": "---\ntitle: A\n---\n\n{{< s >}}\n",
		"layouts/_shortcodes/s.html": "<p>{{ .Inner }}</p>"}},
	{"shortcode fails", map[string]string{"content/a.md": "---\ntitle: A\n---\n\n{{< s >}}\n",
		"layouts/_shortcodes/s.html": "<p>\n{{ .Page.Nope }}</p>"}},
	{"shortcode refuses with its place", map[string]string{"content/a.md": "---\ntitle: A\n---\n\n{{< s >}}\n",
		"layouts/_shortcodes/s.html": `{{ errorf "s needs a name: %s" .Position }}`}},
	{"template does not parse", map[string]string{"layouts/all.html": "<p>\n{{ if }}\n"}},
	{"template with unknown function", map[string]string{"layouts/all.html": "<p>\n{{ nope . }}\n"}},
	{"template fails", map[string]string{"layouts/all.html": "<p>\n{{ .Nope.X }}\n"}},
	{"partial missing", map[string]string{"layouts/all.html": "<p>\n{{ partial \"gone.html\" . }}\n"}},
	{"partial fails", map[string]string{"layouts/all.html": "{{ partial \"p.html\" . }}\n",
		"layouts/_partials/p.html": "\n\n{{ .Nope }}\n"}},
	{"config broken", map[string]string{"hugo.toml": "title = \"x\n"}},
	{"config broken in a folder", map[string]string{"config/_default/params.toml": "a = 1\nb = \n"}},
	{"theme missing", map[string]string{"hugo.toml": "theme = 'gone'\n"}},
	{"module missing", map[string]string{"hugo.toml": "[[module.imports]]\npath='github.com/x/y'\n"}},
	{"module missing, with go.mod", map[string]string{"hugo.toml": "[[module.imports]]\npath='github.com/x/y'\n",
		"go.mod": "module example.org/site\n"}},
	{"ref not found", map[string]string{"content/a.md": "---\ntitle: A\n---\n\nsee [b]({{< ref \"nowhere.md\" >}})\n"}},
	{"errorf without a place", map[string]string{"layouts/all.html": "{{ errorf \"the site needs a logo\" }}"}},
	{"two faults", map[string]string{"layouts/all.html": "{{ errorf \"first\" }}{{ errorf \"second\" }}"}},
	{"data broken", map[string]string{"data/d.yaml": "a: [\n", "layouts/all.html": "{{ hugo.Data.d }}"}},
	{"Sass", map[string]string{"assets/a.scss": "a{b{c:d}}", "layouts/all.html": "{{ (resources.Get \"a.scss\" | css.Sass).Permalink }}"}},
	{"Dart Sass", map[string]string{"assets/a.scss": "a{b{c:d}}",
		"layouts/all.html": "{{ (resources.Get \"a.scss\" | css.Sass (dict \"transpiler\" \"dartsass\")).Permalink }}"}},
	{"PostCSS", map[string]string{"assets/a.css": "a{}", "layouts/all.html": "{{ (resources.Get \"a.css\" | css.PostCSS).Permalink }}"}},
	{"external converter", map[string]string{"content/b.adoc": "---\ntitle: B\n---\n= Hello\n"}},
	{"remote resource", map[string]string{"layouts/all.html": "\n{{ (resources.GetRemote \"https://example.org/x.json\").Content }}"}},
	{"theme is the folder, its template fails", map[string]string{"content/a.md": "", "theme.toml": "name = 'T'\n",
		"layouts/all.html": "<p>\n{{ .Nope.X }}\n", "exampleSite/hugo.toml": onePage + "theme = 't'\n", "exampleSite/content/a.md": "---\ntitle: A\n---\n"}},
	{"theme is the folder, its example fails", map[string]string{"content/a.md": "", "theme.toml": "name = 'T'\n",
		"exampleSite/hugo.toml": onePage + "theme = 't'\n", "exampleSite/content/a.md": "---\ntitle: [\n---\n"}},
}

func TestFaultsNameFileAndLine(t *testing.T) {
	t.Parallel()
	var lock sync.Mutex
	said := map[string]string{}
	t.Run("sites", func(t *testing.T) {
		for _, c := range faulty {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				o := options(t, minimal, map[string]string{"hugo.toml": onePage}, c.files)
				_, err := site.Build(t.Context(), o)
				require.NoDirExists(t, o.Output)
				lock.Lock()
				defer lock.Unlock()
				said[c.name] = describe(err)
			})
		}
	})
	var golden strings.Builder
	for _, c := range faulty {
		fmt.Fprintf(&golden, "## %s\n%s\n", c.name, said[c.name])
	}
	compare(t, "faults.golden", golden.String())
}

// describe writes every field of a fault.
func describe(err error) string {
	var fault *site.BuildError
	if !errors.As(err, &fault) {
		return fmt.Sprintf("NOT A FAULT %T: %v\n", err, err)
	}
	var b strings.Builder
	for _, e := range slices.Concat([]*site.BuildError{fault}, fault.More) {
		fmt.Fprintf(&b, "place   %s:%d:%d\nmessage %s\n", e.File, e.Line, e.Column, e.Message)
		if e.Fix != "" {
			fmt.Fprintf(&b, "fix     %s\n", e.Fix)
		}
	}
	return b.String()
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
