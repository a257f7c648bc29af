package hugo_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
)

// open are attempts of a site's configuration to allow itself everything.
var open = map[string]string{
	"in the security section": "[security]\nenableInlineShortcodes = true\n[security.exec]\nallow = ['.*']\nosEnv = ['.*']\n" +
		"[security.funcs]\ngetenv = ['.*']\n[security.http]\nurls = ['.*']\nmethods = ['.*']\n",
	"as text":               "[security]\nexec = {allow = '.*', osEnv = '.*'}\nfuncs = {getenv = '.*'}\nhttp = {urls = '.*', methods = '.*'}\n",
	"in a language":         "[languages.en.security.exec]\nallow = ['.*']\n[languages.en.security.http]\nurls = ['.*']\n[languages.en.security.funcs]\ngetenv = ['.*']\n",
	"in the production one": "[params]\na = 1\n",
	"by breaking ours":      "security = 'x'\n",
	"by a list":             "security = ['x']\n",
}

func TestNoConfigurationOpensNetworkOrPrograms(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(server.Close)
	for where, config := range open {
		for what, layout := range map[string]string{
			"network":  `{{ (resources.GetRemote "` + server.URL + `").Content }}`,
			"programs": `{{ (resources.Get "a.css" | css.PostCSS).Permalink }}`,
		} {
			t.Run(what+" "+where, func(t *testing.T) {
				t.Parallel()
				files := map[string]string{"hugo.toml": config, "layouts/all.html": layout, "assets/a.css": "a{}"}
				if where == "in the production one" {
					files["config/production/hugo.toml"] = open["in the security section"]
				}
				o := options(t, minimal, files)
				_, err := site.Build(t.Context(), o)
				var fault *site.BuildError
				require.ErrorAs(t, err, &fault)
				require.Equal(t, "layouts/all.html", fault.File)
			})
		}
	}
	t.Cleanup(func() { require.Zero(t, asked.Load(), "requests that left the build") })
}

// TestTemplatesSeeTheJobsVariablesOnly asks for every variable that there is.
func TestTemplatesSeeTheJobsVariablesOnly(t *testing.T) {
	t.Setenv("SECRET_OF_THE_PARENT", "leaked")
	t.Setenv("HUGO_PARAMS_SECRET", "leaked")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "leaked")
	for name, config := range map[string]string{
		"a language's policy":    "[languages.en.security.funcs]\ngetenv = ['.*']\n",
		"a policy of its own":    "[security.funcs]\ngetenv = ['.*']\n",
		"Hugo's policy":          "title = 'x'\n",
		"a policy that names it": "[security.funcs]\ngetenv = ['^HUGO_', 'PACK_VERSION']\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, minimal, map[string]string{"hugo.toml": config, "layouts/all.html": `
{{ range slice "SECRET_OF_THE_PARENT" "HUGO_PARAMS_SECRET" "AWS_SECRET_ACCESS_KEY" "USER" "LANG" }}{{ getenv . }}{{ os.Getenv . }}{{ end }}
{{ site.Params.secret }} {{ site.Params.color }} {{ getenv "PACK_VERSION" }} {{ os.Getenv "HUGO_ENV" }}{{ getenv "CI" }}`})
			o.Environment = map[string]string{"PACK_VERSION": "0.38.2", "HUGO_PARAMS_COLOR": "blue"}
			_, err := site.Build(t.Context(), o)
			require.NoError(t, err)
			text, err := os.ReadFile(filepath.Join(o.Output, "a/index.html"))
			require.NoError(t, err)
			require.NotContains(t, string(text), "leaked")
			require.Contains(t, string(text), "blue 0.38.2")
		})
	}
}

const grow = `{{ $s := newScratch }}{{ $s.Set "x" (strings.Repeat 1000000 "0123456789") }}
{{ range seq 10000 }}{{ $s.Add "all" (slice (printf "%s%d" ($s.Get "x") .)) }}{{ end }}`

func TestEveryLimitIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		layout string
		limits site.Limits
		what   string
	}{
		"time":   {`{{ range seq 1000000 }}{{ range seq 1000000 }}{{ end }}{{ end }}`, site.Limits{Time: time.Second}, "time"},
		"output": {`{{ strings.Repeat 3000000 "x" }}`, site.Limits{OutputBytes: 1 << 20}, "output"},
		"output while it is written": {`{{ range seq 20000 }}{{ (resources.FromString (printf "%d.txt" .) (strings.Repeat 1000000 "x")).Publish }}{{ end }}`,
			site.Limits{OutputBytes: 1 << 20}, "output"},
		"log":                 {`{{ range seq 100000 }}{{ warnf "%d %s" . (strings.Repeat 1000 "x") }}{{ end }}`, site.Limits{LogBytes: 10_000}, "log"},
		"memory":              {grow, site.Limits{MemoryBytes: 300 << 20}, "memory"},
		"memory in one piece": {`{{ len (strings.Repeat 8000000000 "x") }}`, site.Limits{MemoryBytes: 300 << 20}, "memory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, minimal, map[string]string{"layouts/all.html": c.layout})
			o.Limits = c.limits
			start := time.Now()
			_, err := site.Build(t.Context(), o)
			t.Log(time.Since(start), err)
			var limit *site.LimitError
			require.ErrorAs(t, err, &limit)
			require.Equal(t, c.what, limit.What)
			nothingLeft(t, o)
		})
	}
}

// nothingLeft says that beside the source and the work folder there is nothing.
func nothingLeft(t *testing.T, o site.BuildOptions) {
	t.Helper()
	left, err := os.ReadDir(filepath.Dir(o.Output))
	require.NoError(t, err)
	names := map[string]bool{}
	for _, entry := range left {
		names[entry.Name()] = true
	}
	require.Subset(t, []string{"src", "work"}, slices.Collect(maps.Keys(names)))
}

func TestTheSourceIsOnlyRead(t *testing.T) {
	t.Parallel()
	o := options(t, minimal, map[string]string{
		"hugo.toml":        "[build]\nwriteStats = true\n[build.buildStats]\nenable = true\n",
		"assets/a.js":      "export default 1",
		"assets/b.js":      "import a from './a'; console.log(a)",
		"layouts/all.html": `<p class="c">{{ (resources.Get "b.js" | js.Build | minify | fingerprint).Permalink }}</p>`,
	})
	before := listing(t, o.Source)
	_, err := site.Build(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, before, listing(t, o.Source))
}

func listing(t *testing.T, dir string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		names = append(names, name)
		return err
	}))
	return names
}

func TestNoConfigurationReadsOutsideTheSource(t *testing.T) {
	t.Parallel()
	secret := t.TempDir()
	write(t, filepath.Join(secret, "s.txt"), "secret")
	mount := "[[module.mounts]]\nsource = '" + secret + "'\ntarget = 'static'\n"
	for name, c := range map[string]map[string]string{
		"a mount":                {"hugo.toml": mount},
		"a mount in production":  {"config/production/hugo.toml": mount},
		"a mount that climbs":    {"hugo.toml": "[[module.mounts]]\nsource = '../../../..'\ntarget = 'static'\n"},
		"a folder":               {"hugo.toml": "staticDir = '" + secret + "'\n"},
		"a folder of a language": {"hugo.toml": "[languages.en]\ncontentDir = '" + secret + "'\n"},
		"a theme's path":         {"hugo.toml": "theme = '" + secret + "'\n"},
		"a theme's mount":        {"hugo.toml": "theme = 'x'\n", "themes/x/hugo.toml": "[[module.mounts]]\nsource = '../../../..'\ntarget = 'static'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, minimal, c)
			_, err := site.Build(t.Context(), o)
			if err == nil {
				require.NoFileExists(t, filepath.Join(o.Output, "s.txt"))
			}
			var fault *site.BuildError
			require.ErrorAs(t, err, &fault)
			require.NoDirExists(t, o.Output)
		})
	}
	t.Run("a link", func(t *testing.T) {
		t.Parallel()
		o := options(t, minimal)
		require.NoError(t, os.Symlink(secret, filepath.Join(o.Source, "static")))
		_, err := site.Build(t.Context(), o)
		require.ErrorContains(t, err, `takes its static files from "static", which is not in the source`)
	})
}
