package links_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/links"
)

func TestIgnore(t *testing.T) {
	t.Parallel()
	root := site(
		"index.html", `<a href="search/x.js"></a><a href="guide/#later"></a><a href="none"></a><a href="https://intranet.example/x">`,
		"guide/index.html", `<a href="../none"></a><p id="now">`,
	)
	source := func(page string) (string, bool) { return "content/guide.md", page == "guide/index.html" }
	all := []string{"anchor /sub/guide/#later", "missing /sub/none", "missing /sub/search/x.js"}
	tests := []struct {
		name   string
		ignore links.Ignore
		left   []string
		links  int // that are excused
	}{
		{"by address", links.Ignore{URL: "/none"}, []string{all[0], all[2]}, 2},
		{"by address with base path", links.Ignore{URL: "/sub/none"}, []string{all[0], all[2]}, 2},
		{"by pattern", links.Ignore{URL: "/search/*.js"}, all[:2], 1},
		{"pattern in the middle", links.Ignore{URL: "*/x*j*"}, all[:2], 1},
		{"anchor", links.Ignore{URL: "/guide/#later"}, all[1:], 1},
		{"all anchors of a page", links.Ignore{URL: "/guide/"}, all[1:], 1},
		{"on one page", links.Ignore{URL: "/none", Page: "guide/*"}, all, 1},
		{"on the page of a source", links.Ignore{Page: "content/*.md"}, all, 1},
		{"everything on a page", links.Ignore{Page: "index.html"}, []string{all[1]}, 3},
		{"links that work", links.Ignore{URL: "/guide/#now"}, all, 0},
		{"part of an address", links.Ignore{URL: "/non"}, all, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.ignore.Reason = "because"
			report := check(t, links.Options{BaseURL: "/sub/", Root: root, Source: source, Ignore: []links.Ignore{tt.ignore}})
			require.Equal(t, tt.left, broken(report))
			require.Equal(t, tt.links, report.Ignored)
			require.Equal(t, 4, report.Ignored+report.BrokenLinks)
			require.Equal(t, []links.IgnoreUse{{Ignore: tt.ignore, Links: tt.links}}, report.Ignores)
			listed := 0
			for _, target := range report.IgnoredTargets {
				require.Equal(t, "because", target.Because)
				listed += len(target.Places)
			}
			require.Equal(t, tt.links, listed)
		})
	}
}

func TestFirstIgnoreThatMatchesCounts(t *testing.T) {
	t.Parallel()
	report := check(t, links.Options{Root: site("a.html", `<a href="x"></a><a href="#y">`), Ignore: []links.Ignore{
		{URL: "/x"}, {URL: "*"}, {URL: "https://intranet.example/*"},
	}})
	require.Empty(t, report.Broken)
	require.Equal(t, []links.IgnoreUse{{Ignore: links.Ignore{URL: "/x"}, Links: 1}, {Ignore: links.Ignore{URL: "*"}, Links: 1}},
		report.Ignores, "whether one for other sites is of use is not known here")
}

func TestExternalLinksAreCollected(t *testing.T) {
	t.Parallel()
	root := site(
		"a.html", `<a href="HTTPS://Example.com"></a><a href="//example.com/x#part"></a><img src="https://user:secret@example.com/a b.png">
<a href="https://docs.example.com/shop/"></a><a href="mailto:a@b"></a><a href="b.html">`,
		"b.html", `<a href="https://example.com/#top"></a><a href="https://intranet.example/"></a>`,
		"c.html", `<base href="https://other.example/docs/"><a href="page"></a><a href="/root">`,
	)
	report := check(t, links.Options{
		Root: root, BaseURL: "https://docs.example.com/sub/", External: true,
		Ignore: []links.Ignore{{URL: "https://intranet.example/*"}, {URL: "https://gone.example/*"}},
	})
	var got []string
	for _, link := range report.ExternalLinks {
		got = append(got, link.URL)
		require.Len(t, link.Places, link.Links)
	}
	require.Equal(t, []string{
		"https://docs.example.com/shop/", "https://example.com/", "https://example.com/a%20b.png", "https://example.com/x",
		"https://other.example/docs/page", "https://other.example/root",
	}, got)
	require.Equal(t, "b.html", report.ExternalLinks[1].Places[1].Page)
	require.Equal(t, []int{1, 0}, []int{report.Ignores[0].Links, report.Ignores[1].Links})
	require.Empty(t, check(t, links.Options{Root: root}).ExternalLinks)
}
