package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const (
	sectionPages = 50   // in a folder
	pageBytes    = 2000 // of a page, about
)

// words are what the generated pages are written with.
var words = strings.Fields(`the a to of in for with from when before after every each never always
	server client request answer header cache page folder file release target reader writer index query
	token secret certificate cluster node queue worker task retry timeout backup restore snapshot
	install configure start stop check verify rename remove update restart open close read write send
	slow fast empty large small default optional required previous next local remote stable`)

// writeCorpus writes a folder of n Markdown pages, the same ones every time:
// headings, paragraphs, lists, code and links between pages, about 2 KB each.
func writeCorpus(dir string, n int) error {
	if err := writePage(dir, "README.md", indexPage(n)); err != nil {
		return err
	}
	for i := range n - 1 {
		if err := writePage(dir, pagePath(i), generatedPage(i, n-1)); err != nil {
			return err
		}
	}
	return nil
}

// touchPage changes one page of the corpus.
func touchPage(dir string, i, n int) error {
	return writePage(dir, pagePath(i), generatedPage(i, n-1)+"\nThis page was changed.\n")
}

func writePage(dir, name, content string) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

// pagePath is where the i-th page is.
func pagePath(i int) string { return fmt.Sprintf("section-%03d/page-%05d.md", i/sectionPages, i) }

// indexPage links to the first page of each folder.
func indexPage(n int) string {
	var b strings.Builder
	b.WriteString("# Handbook\n\nA folder of generated pages.\n\n")
	for i := 0; i < n-1; i += sectionPages {
		fmt.Fprintf(&b, "- [Section %d](%s)\n", i/sectionPages, pagePath(i))
	}
	return b.String()
}

// generatedPage is the i-th of n pages.
func generatedPage(i, n int) string {
	random := rand.New(rand.NewPCG(uint64(i), 1))
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %d\n\n", capital(phrase(random, 3)), i)
	for section := 0; b.Len() < pageBytes; section++ {
		if section > 0 {
			fmt.Fprintf(&b, "## %s\n\n", capital(phrase(random, 4)))
		}
		fmt.Fprintf(&b, "%s. %s, see [%s](../%s).\n\n", capital(phrase(random, 30)),
			capital(phrase(random, 12)), phrase(random, 2), pagePath(random.IntN(n)))
		fmt.Fprintf(&b, "- **%s**: %s\n- `%s`: %s\n\n", phrase(random, 1), phrase(random, 8), phrase(random, 1), phrase(random, 8))
		fmt.Fprintf(&b, "```sh\n%s --%s\n```\n\n", phrase(random, 2), phrase(random, 1))
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

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
