package hosting

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedirects(t *testing.T) {
	t.Parallel()
	rules, err := ParseRedirects(strings.NewReader(`# moved
/old /new
/caf%C3%A9/ https://example.org/a:b 302! # twice a year
/blog/* /posts/:splat
/app/* /index.html 200
/store id=:id /buy/:id 301
/de /de-de/ 302 Language=de
/gone /404.html 404
nonsense
/nowhere
`), 100)
	require.NoError(t, err)
	require.Equal(t, []Redirect{
		{From: "/old", To: "/new", Status: 301, Line: 2},
		{From: "/café/", To: "https://example.org/a:b", Status: 302, Line: 3},
		{From: "/blog/*", To: "/posts/:splat", Status: 301, Line: 4},
		{From: "/app/*", To: "/index.html", Status: 200, Line: 5},
		{From: "/store", To: "/buy/:id", Status: 301, Line: 6, Conditional: true},
		{From: "/de", To: "/de-de/", Status: 302, Line: 7, Conditional: true},
	}, rules)
	var plain []bool
	for _, r := range rules {
		plain = append(plain, r.Plain())
	}
	require.Equal(t, []bool{true, false, false, false, false, false}, plain)
	few, err := ParseRedirects(strings.NewReader("/a /b\n/c /d\n"), 1)
	require.NoError(t, err)
	require.Len(t, few, 1)
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	headers, err := ParseHeaders(strings.NewReader(`# for everything
/*
  X-Frame-Options: DENY
  cache-control: max-age=60
/downloads/*.pdf
	Content-Disposition: attachment
  Cache-Control: public
  Bad Name: x
  no header
/:lang/search/
  X-Robots-Tag: noindex
not a path
  X-Lost: 1
`), 100)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"X-Frame-Options": "DENY", "Cache-Control": "max-age=60"}, headers.For("/"))
	require.Equal(t, map[string]string{
		"X-Frame-Options": "DENY", "Cache-Control": "max-age=60, public", "Content-Disposition": "attachment",
	}, headers.For("/downloads/2026/manual.pdf"))
	require.Equal(t, "noindex", headers.For("/de/search/")["X-Robots-Tag"])
	require.Empty(t, headers.For("/de/at/search/")["X-Robots-Tag"])
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/", "/", true}, {"/", "/a", false}, {"/*", "/", true}, {"/*", "/a/b", true},
		{"/a/*", "/a", false}, {"/*.css", "/x/y.css", true}, {"/*.css", "/x/y.css.map", false},
		{"/*/b/*", "/a/c/b/d", true}, {"/:x/b", "/a/b", true}, {"/:x/b", "//b", false}, {"/:x", "/a", true},
		{"*", "/anything", true}, {"/a**", "/a", true},
	} {
		require.Equal(t, c.want, matches(c.pattern, c.path), "%s %s", c.pattern, c.path)
	}
	require.False(t, matches(strings.Repeat("*a", 2000), "/"+strings.Repeat("a", 1500)), "answers at once")
}

func FuzzHosting(f *testing.F) {
	f.Add("/old /new 301\n", "/*\n  A: b\n", "/a/b")
	f.Add("/x a=:b /c 200! Country=de # no", "/:a/*.x\n\tCache-Control: no-store\n", "/")
	f.Fuzz(func(t *testing.T, redirects, headers, path string) {
		rules, err := ParseRedirects(strings.NewReader(redirects), 10)
		require.NoError(t, err)
		for _, r := range rules {
			require.NotEmpty(t, r.To)
			require.True(t, r.Status >= 200 && r.Status < 400)
		}
		blocks, err := ParseHeaders(strings.NewReader(headers), 10)
		require.NoError(t, err)
		for name, value := range blocks.For("/" + path) {
			require.NotContains(t, name+value, "\n")
		}
	})
}
