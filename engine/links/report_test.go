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
	require.Empty(t, report.New(&again).Broken, "a report has nothing that its own copy does not have")
	require.Equal(t, report.BrokenLinks, again.New(nil).BrokenLinks, "without an older report everything is new")
}

func TestReportThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, sample(t).WriteHTML(full{}), errFull)
	require.ErrorIs(t, sample(t).WriteJSON(full{}), errFull)
}

var errFull = errors.New("disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestNewBreakage(t *testing.T) {
	t.Parallel()
	const a, b = `<a href="gone">`, `<p></p>` + "\n" + `<a href="gone">`
	tests := []struct {
		name     string
		old, now []string
		want     []string
	}{
		{"same", []string{"a.html", a}, []string{"a.html", a}, nil},
		{"moved in the page", []string{"a.html", a}, []string{"a.html", b}, nil},
		{"another page", []string{"a.html", a}, []string{"a.html", a, "b.html", b}, []string{"missing /gone on b.html"}},
		{"another target", []string{"a.html", a}, []string{"a.html", a + `<a href="lost">`}, []string{"missing /lost on a.html"}},
		{"mended", []string{"a.html", a}, []string{"a.html", ""}, nil},
		{"first check", []string{"x.html", ""}, []string{"a.html", a}, []string{"missing /gone on a.html"}},
		{"list of the old report was cut", []string{"a.html", a, "b.html", a, "c.html", a}, []string{"d.html", a}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limits := links.Limits{PlacesPerTarget: 2}
			old := check(t, links.Options{Root: site(tt.old...), Limits: limits})
			now := check(t, links.Options{Root: site(tt.now...), Limits: limits, BaseURL: "/elsewhere/"})
			fresh := now.New(old)
			var got []string
			for _, target := range fresh.Broken {
				require.Len(t, target.Places, target.Links)
				for _, p := range target.Places {
					got = append(got, string(target.Reason)+" "+strings.TrimPrefix(target.URL, "/elsewhere")+" on "+p.Page)
				}
			}
			require.Equal(t, tt.want, got)
			require.Equal(t, len(got), fresh.BrokenLinks)
		})
	}
}
