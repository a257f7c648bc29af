package links

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSrcset(t *testing.T) {
	t.Parallel()
	tests := []struct {
		set  string
		want []string
	}{
		{"", nil},
		{"a.png", []string{"a.png"}},
		{"a.png 1x, b.png 2x", []string{"a.png", "b.png"}},
		{"a.png, b.png 2x", []string{"a.png", "b.png"}},
		{"a.png 100w,b.png 200w", []string{"a.png", "b.png"}},
		{"a,b.png 1x", []string{"a,b.png"}},
		{"data:image/png;base64,AAA= 1x, b.png 2x", []string{"data:image/png;base64,AAA=", "b.png"}},
		{"\n a.png 1x,\n b.png (x, y) 2x,, c.png ,", []string{"a.png", "b.png", "c.png"}},
	}
	for _, tt := range tests {
		var got []string
		for _, candidate := range parseSrcset([]byte(tt.set)) {
			got = append(got, string(candidate))
		}
		require.Equal(t, tt.want, got, tt.set)
	}
}

func TestParseRefresh(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"0; url=a.html": "a.html", "0;URL='a b.html'": "a b.html", `3.5 , url = "x" rest`: "x", "0 a.html": "a.html",
		"0; urls.html": "urls.html", "30": "", "": "", "url=a": "", "0;": "", "5a": "",
	}
	for content, want := range tests {
		require.Equal(t, want, string(parseRefresh([]byte(content))), content)
	}
}

func TestUnescapeCSS(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`plain`: "plain", `a\)b`: "a)b", `\41 b`: "Ab", `\000041b`: "Ab", "a\\\nb": "ab", `\`: `\`, `\FFFFFF`: "\uFFFD",
	}
	for escaped, want := range tests {
		require.Equal(t, want, string(unescapeCSS([]byte(escaped))), escaped)
	}
}

func TestPositionsAndTexts(t *testing.T) {
	t.Parallel()
	page := "<p>\r\n  <a href=one>  the\n <b>first</b> &amp; only </a>\n<a href=two><img src=pic alt='A picture'></a><a href=three>cut\n"
	got, err := scanPage([]byte(page), true)
	require.NoError(t, err)
	type seen struct {
		url, text    string
		line, column int
	}
	var list []seen
	for _, r := range got.refs {
		list = append(list, seen{string(r.url), r.text, r.line, r.column})
	}
	require.ElementsMatch(t, []seen{
		{"one", "the first & only", 2, 3}, {"pic", "A picture", 4, 13}, {"two", "A picture", 4, 1}, {"three", "cut", 4, 46},
	}, list)
}

func TestSourceLine(t *testing.T) {
	t.Parallel()
	text := []byte("# Title\n\nSee [setup](setup.md#first-step) and\n[api](/api/) or [api](/api/).\n[Guide]({{< ref \"guide\" >}})\n<a href=\"a?x&amp;y\">\n[short](#s)\n")
	tests := []struct {
		name, href, label string
		nth, want         int
	}{
		{"as written", "/api/", "api", 0, 4},
		{"page made from Markdown", "../setup/#first-step", "setup", 0, 3},
		{"text in brackets", "/docs/the-guide/", "Guide", 0, 5},
		{"entities", "a?x&y", "", 0, 6},
		{"fragment of the page", "#s", "", 0, 7},
		{"more links than the source shows", "/api/", "api", 7, 4},
		{"unknown", "/other/", "Other", 0, 0},
		{"empty", "", "", 0, 0},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, sourceLine(text, tt.href, tt.label, tt.nth), tt.name)
	}
}
