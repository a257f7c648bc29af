package hugo_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
)

// theme is a theme in the usual layout: with a site in it that shows it.
var theme = map[string]string{
	"theme.toml":                   "name = 'Book'\n",
	"layouts/all.html":             "Book{{ partial \"extra.html\" . }}",
	"layouts/_partials/extra.html": "plain",
	"exampleSite/content/a.md":     "---\ntitle: A\n---\n",
}

func TestAThemeBuildsTheSiteInIt(t *testing.T) {
	t.Parallel()
	other := map[string]string{"exampleSite/themes/other/layouts/_partials/extra.html": "other"}
	for name, c := range map[string]struct {
		config string
		files  map[string]string
		want   string
	}{
		"called otherwise than its folder": {"theme = 'hugo-book'\n", nil, "Bookplain"},
		"called by a path":                 {"theme = 'hugo-book'\nthemesDir = '../..'\n", nil, "Bookplain"},
		"not called at all":                {"title = 'x'\n", nil, "Bookplain"},
		"with another theme before it":     {"theme = ['other', 'hugo-book']\n", other, "Bookother"},
		"with another theme after it":      {"theme = ['hugo-book', 'other']\n", other, "Bookplain"},
		"in a folder of configuration": {"", map[string]string{
			"exampleSite/config/_default/hugo.yaml":                 "theme: [other, book]\n",
			"exampleSite/themes/other/layouts/_partials/extra.html": "other"}, "Bookother"},
		"as a module": {"[[module.imports]]\npath = 'github.com/alex-shpak/hugo-book'\n", map[string]string{
			"go.mod":             "module github.com/alex-shpak/hugo-book\n\ngo 1.25\n",
			"exampleSite/go.mod": "module example.org/site\n\nreplace github.com/alex-shpak/hugo-book => ../\n"}, "Bookplain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := maps.Clone(theme)
			maps.Copy(files, c.files)
			if c.config != "" {
				files["exampleSite/hugo.toml"] = c.config
			}
			o := options(t, files)
			build(t, o)
			require.Equal(t, c.want, read(t, o, "a/index.html"))
		})
	}
}

func TestTheSourcesSiblingsAreNoThemes(t *testing.T) {
	t.Parallel()
	files := maps.Clone(theme)
	files["exampleSite/hugo.toml"] = "theme = ['hugo-book', 'sibling']\nthemesDir = '../..'\n"
	o := options(t, files)
	write(t, filepath.Join(filepath.Dir(o.Source), "sibling", "layouts", "_partials", "extra.html"), "secret")
	_, err := site.Build(t.Context(), o)
	var fault *site.BuildError
	require.ErrorAs(t, err, &fault)
	require.Contains(t, fault.Message, `module "sibling" not found`)
}

func TestGitInfoNeverFailsABuild(t *testing.T) {
	t.Parallel()
	files := map[string]string{"hugo.toml": "enableGitInfo = true\n", "layouts/all.html": "{{ with .GitInfo }}{{ .Hash }}{{ else }}no git{{ end }}"}
	for name, c := range map[string]struct {
		git   bool
		tools []string
		want  string
	}{
		"no history":            {false, []string{"git"}, "the source has no git history"},
		"git is not allowed":    {true, nil, "builds may not run git here"},
		"history without a git": {true, []string{"git-that-is-not-there"}, "builds may not run git here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, minimal, files)
			o.Tools = c.tools
			if c.git {
				require.NoError(t, os.Mkdir(filepath.Join(o.Source, ".git"), 0o755))
			}
			require.Contains(t, build(t, o), "WARN enableGitInfo is off, pages have no dates and authors from git: "+c.want+".")
			require.Equal(t, "no git", read(t, o, "a/index.html"))
		})
	}
}

func TestGitInfoWhereGitIsAllowed(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	o := options(t, minimal, map[string]string{"hugo.toml": "enableGitInfo = true\n",
		"layouts/all.html": "{{ with .GitInfo }}{{ .AuthorName }}{{ end }}"})
	for _, args := range [][]string{{"init", "-q"}, {"add", "."},
		{"-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", "first"}} {
		command := exec.Command("git", append([]string{"-C", o.Source}, args...)...)
		text, err := command.CombinedOutput()
		require.NoError(t, err, string(text))
	}
	o.Tools = []string{"git"}
	build(t, o)
	require.Equal(t, "Ada", read(t, o, "a/index.html"))
}
