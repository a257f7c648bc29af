package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// sectionPages is how many pages a section of the site has.
const sectionPages = 50

// words are what the pages are written with.
var words = strings.Fields(`the a to of in for with from when before after every each never always
	server client request answer header cache page folder file release target reader writer index query
	token secret certificate cluster node queue worker task retry timeout backup restore snapshot
	install configure start stop check verify rename remove update restart open close read write send
	slow fast empty large small default optional required previous next local remote stable`)

// theme are the templates of the site: a menu of the pages of a section, which is
// made once, a table of contents, the way to the next and the previous page.
var theme = map[string]string{
	"hugo.toml": `title = "Handbook"
disableKinds = ["taxonomy", "term"]
[markup.highlight]
noClasses = false
`,
	"static/style.css": "body { font-family: sans-serif; max-width: 70rem; margin: auto }\nnav { float: left; width: 18rem }\n",
	"layouts/_default/baseof.html": `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ .Title }} | {{ .Site.Title }}</title>
<link rel="stylesheet" href="{{ "style.css" | relURL }}"></head>
<body>{{ partialCached "menu.html" . .CurrentSection }}
<main>{{ block "main" . }}{{ end }}</main></body></html>
`,
	"layouts/partials/menu.html": `<nav><a href="{{ .Site.Home.RelPermalink }}">{{ .Site.Title }}</a>
{{ with .CurrentSection }}<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a></li>
{{ end }}</ul>{{ end }}</nav>`,
	"layouts/_default/single.html": `{{ define "main" }}<h1>{{ .Title }}</h1>
{{ .TableOfContents }}
{{ .Content }}
{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}{{ end }}
`,
	"layouts/_default/list.html": `{{ define "main" }}<h1>{{ .Title }}</h1>
{{ .Content }}
<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}</ul>{{ end }}
`,
}

// writeSite writes a Hugo site of n pages, the same one every time: headings,
// paragraphs, lists, code and links to other pages, about 2 KB a page.
func writeSite(dir string, n int) error {
	for name, text := range theme {
		if err := write(dir, name, text); err != nil {
			return err
		}
	}
	if err := write(dir, "content/_index.md", "---\ntitle: Handbook\n---\n\nA site of generated pages.\n"); err != nil {
		return err
	}
	for i := range n {
		if i%sectionPages == 0 {
			section := fmt.Sprintf("---\ntitle: Section %d\n---\n\nPages of a section.\n", i/sectionPages)
			if err := write(dir, fmt.Sprintf("content/section-%03d/_index.md", i/sectionPages), section); err != nil {
				return err
			}
		}
		if err := write(dir, pageFile(i), pageText(i, n)); err != nil {
			return err
		}
	}
	return nil
}

// changePage adds a sentence to a page.
func changePage(dir string, i, n int) error {
	return write(dir, pageFile(i), pageText(i, n)+"\nThis page was changed.\n")
}

func write(dir, name, text string) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

func pageFile(i int) string {
	return fmt.Sprintf("content/section-%03d/page-%05d.md", i/sectionPages, i)
}

// pageText is the i-th of n pages.
func pageText(i, n int) string {
	random := rand.New(rand.NewPCG(uint64(i), 1))
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: \"%s %d\"\nweight: %d\n---\n\n", phrase(random, 3), i, i)
	for section := range 4 {
		to := random.IntN(n)
		fmt.Fprintf(&b, "## Part %d\n\n%s. %s, see [%s](../../section-%03d/page-%05d/#part-%d).\n\n", section,
			phrase(random, 30), phrase(random, 12), phrase(random, 2), to/sectionPages, to, random.IntN(4))
		fmt.Fprintf(&b, "- **%s**: %s\n- `%s`: %s\n\n", phrase(random, 1), phrase(random, 8), phrase(random, 1), phrase(random, 8))
		fmt.Fprintf(&b, "```go\nfunc %s() string { return %q }\n```\n\n", phrase(random, 1), phrase(random, 4))
	}
	return b.String()
}

// phrase is so many words.
func phrase(random *rand.Rand, n int) string {
	chosen := make([]string, n)
	for i := range chosen {
		chosen[i] = words[random.IntN(len(words))]
	}
	return strings.Join(chosen, " ")
}
