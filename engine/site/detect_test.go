package site_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
)

// folder has the files whose names follow; a name that ends with a slash is
// an empty folder's.
func folder(names ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range names {
		if dir, ok := strings.CutSuffix(name, "/"); ok {
			name = dir + "/.keep"
		}
		files[name] = &fstest.MapFile{Mode: 0o644}
	}
	return files
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config, dir string
		files             []string
	}{
		{"hugo.toml", "hugo.toml", ".", []string{"hugo.toml"}},
		{"Hugo's order", "hugo.toml", ".", []string{"hugo.json", "hugo.yaml", "hugo.toml", "config.toml", "content/a.md"}},
		{"hugo.yml", "hugo.yml", ".", []string{"hugo.yml", "README.md"}},
		{"config.toml beside content", "config.toml", ".", []string{"config.toml", "content/a.md"}},
		{"config.yaml beside themes", "config.yaml", ".", []string{"config.yaml", "themes/x/theme.toml"}},
		{"config.json of another program", "", ".", []string{"config.json", "README.md"}},
		{"a folder of configuration", "config/_default/hugo.yaml", ".", []string{"config/_default/hugo.yaml"}},
		{"an old folder of configuration", "config/_default/config.toml", ".", []string{"config/_default/config.toml"}},
		{"split files", "config/_default/params.toml", ".", []string{"config/_default/params.toml", "config/_default/menus.en.toml"}},
		{"menus only", "config/_default/menus.en.toml", ".", []string{"config/_default/menus.en.toml", "content/a.md"}},
		{"an unknown folder of configuration", "", ".", []string{"config/_default/database.yml", "README.md"}},
		{"a theme", "exampleSite/hugo.toml", "exampleSite", []string{"hugo.toml", "theme.toml", "exampleSite/hugo.toml", "README.md"}},
		{"a theme without configuration", "exampleSite/config.yaml", "exampleSite",
			[]string{"theme.toml", "layouts/all.html", "exampleSite/config.yaml", "exampleSite/content/a.md"}},
		{"a theme with split files", "exampleSite/config/_default/menus.en.toml", "exampleSite",
			[]string{"layouts/all.html", "exampleSite/config/_default/menus.en.toml"}},
		{"a theme with content of its own", "hugo.toml", ".", []string{"hugo.toml", "content/a.md", "exampleSite/hugo.toml"}},
		{"an example in a plain folder", "", ".", []string{"README.md", "exampleSite/hugo.toml"}},
		{"Markdown", "", ".", []string{"docs/a.md"}},
		{"Markdown with a long ending", "", ".", []string{"a.MARKDOWN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, err := site.Detect(folder(c.files...))
			require.NoError(t, err)
			require.Equal(t, []string{c.config, c.dir}, []string{d.Config, d.Dir})
			require.Equal(t, c.config == "", d.Generator == site.Markdown)
			require.NotEmpty(t, d.Reasons)
		})
	}
}

func TestDetectNamesASiteNearby(t *testing.T) {
	t.Parallel()
	d, err := site.Detect(folder("README.md", "website/hugo.toml", "docs/config/_default/hugo.toml"))
	require.NoError(t, err)
	require.Contains(t, d.Reasons, "There is a Hugo site in website: to build that, name the folder.")
	require.Contains(t, d.Reasons, "There is a Hugo site in docs: to build that, name the folder.")
}

func TestDetectSaysWhatItLookedFor(t *testing.T) {
	t.Parallel()
	var none *site.NotASiteError
	_, err := site.Detect(folder("main.go", ".github/README.md", "empty/"))
	require.ErrorAs(t, err, &none)
	for _, text := range []string{"hugo.toml", "config.toml", "config/_default", "exampleSite", ".md"} {
		require.Contains(t, err.Error(), text)
	}
	_, err = site.Detect(folder("main.go", "website/hugo.toml"))
	require.ErrorContains(t, err, "there is a site in the sub-folder website: name that folder")
}
