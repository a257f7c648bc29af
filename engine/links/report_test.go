package links_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/docjobs/docjobs/engine/links"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// sample checks a small site that has one of every kind of breakage.
func sample(t *testing.T) *links.Report {
	t.Helper()
	source := site(
		"index.md", "# Home\n\n[Setup](setup.md) and [Guide](/guide/)\n\n![](.)\n",
		"setup.md", "# Setup\n\nBack to the [first part](#part-one).\n",
	)
	built := site(
		"index.html", "<h1>Home</h1><a href=\"/sub/theme/\">T</a>\n<a href=\"setup.md\">Setup</a> <a href=\"/guide/\">Guide</a>\n<img src=\"\" alt=\"Screenshot\">\n",
		"setup/index.html", "<h1 id=\"Part-One\">One</h1>\n<a href=\"#part-one\">first part</a> <a href=\"/sub/Setup/\">Setup</a>\n<a href=\"file:///home/me/notes.txt\">notes</a>",
		"pics/a.png", "",
		"more.html", "<a href=\"/sub/theme/\">T</a> <a href=\"/sub/pics/\">all pictures</a> <a href=\"%zz\">?</a> <a href=\"https://example.com/\">x</a> <a href=\"mailto:a@example.com\">m</a>",
	)
	return check(t, links.Options{
		Root: built, BaseURL: "https://docs.example.com/sub/", SourceFS: source,
		Source: func(page string) (string, bool) {
			file, ok := map[string]string{"index.html": "index.md", "setup/index.html": "setup.md"}[page]
			return file, ok
		},
	})
}

func TestReportJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, sample(t).WriteJSON(&out))
	golden(t, "report.json", out.Bytes())
}

func TestReportHTML(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, sample(t).WriteHTML(&out))
	golden(t, "report.html", out.Bytes())

	out.Reset()
	require.NoError(t, check(t, links.Options{Root: site("index.html", "")}).WriteHTML(&out))
	require.Contains(t, out.String(), "No broken links")
}

func TestReportHTMLTellsNewKnownAndIgnored(t *testing.T) {
	t.Parallel()
	root := site("a.html", `<a href="x"></a><a href="y"></a><a href="z">`)
	report := check(t, links.Options{Root: root, Ignore: []links.Ignore{{URL: "/z", Reason: "comes in May"}, {URL: "/old", Reason: "was shut"}}})
	report.Compare(&links.Baseline{Release: "publish-1.abc", Targets: map[string]links.KnownTarget{"/x": {Pages: []string{"a.html"}}}})
	var out bytes.Buffer
	require.NoError(t, report.WriteHTML(&out))
	for _, want := range []string{
		"Compared with release <code>publish-1.abc</code>: <strong>1 new</strong>", "1 link on 1 page, known",
		"<code>a.html:1</code> <strong>new</strong>", "Ignored: comes in May", "<code>/old</code>: was shut",
	} {
		require.Contains(t, out.String(), want)
	}
}

func TestReportHTMLEscapesWhatPagesSay(t *testing.T) {
	t.Parallel()
	const attack = `"><script>alert(1)</script>`
	report := check(t, links.Options{Root: site(
		"index.html", `<a href='`+attack+`'>&lt;script&gt;alert(2)&lt;/script&gt;</a><a href="#&quot;&gt;&lt;script&gt;">x</a><a href="%<script>">`,
		"<script>.html", `<a href="none">`,
	)})
	var out bytes.Buffer
	require.NoError(t, report.WriteHTML(&out))
	require.Contains(t, out.String(), "alert(2)")
	for z := html.NewTokenizer(&out); z.Next() != html.ErrorToken; {
		token := z.Token()
		require.NotEqual(t, "script", token.Data, "a page's text became an element")
		for _, a := range token.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"))
		}
	}
}

func TestReportReadsBack(t *testing.T) {
	t.Parallel()
	report := sample(t)
	var out bytes.Buffer
	require.NoError(t, report.WriteJSON(&out))
	var again links.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &again))
	report.Compare(again.Baseline())
	require.Zero(t, report.NewLinks, "a report has nothing that its own copy does not have")
	again.Compare(nil)
	require.Equal(t, report.BrokenLinks, again.NewLinks, "without an older report everything is new")
}

func TestReportThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, sample(t).WriteHTML(full{}), errFull)
	require.ErrorIs(t, sample(t).WriteJSON(full{}), errFull)
}

var errFull = errors.New("disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
