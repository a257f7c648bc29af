package links_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/docjobs/docjobs/engine/links"
)

func ExampleCheck() {
	built := fstest.MapFS{
		"index.html":       {Data: []byte("<h1>Home</h1>\n<p>Read the <a href=\"guide/#instal\">installation guide</a>.</p>")},
		"guide/index.html": {Data: []byte(`<h1>Guide</h1><h2 id="install">Install</h2>`)},
	}
	source := fstest.MapFS{"index.md": {Data: []byte("# Home\n\nRead the [installation guide](guide.md#instal).\n")}}

	report, err := links.Check(context.Background(), links.Options{
		Root:     built,
		BaseURL:  "https://docs.example.com/handbook/",
		SourceFS: source,
		Source:   func(page string) (string, bool) { return "index.md", page == "index.html" },
	})
	if err != nil {
		fmt.Println(err) // a file that cannot be read, never a broken link
		return
	}
	for _, target := range report.Broken {
		fmt.Println(target.URL, "-", target.Message)
		fmt.Println("  did you mean", target.Suggestion)
		for _, place := range target.Places {
			fmt.Printf("  %s:%d %q\n", place.Source, place.SourceLine, place.Text)
		}
	}
	// Output:
	// /handbook/guide/#instal - The page exists, but nothing in it has the ID "instal".
	//   did you mean /handbook/guide/#install
	//   index.md:3 "installation guide"
}
