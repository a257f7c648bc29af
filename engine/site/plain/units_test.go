package plain

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestFrontMatterIsToldFromText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		src  string
		body string
		line int
	}{
		"none":                {"# A\n", "# A\n", 1},
		"empty file":          {"", "", 1},
		"YAML":                {"---\na: 1\n---\nbody", "body", 4},
		"empty YAML":          {"---\n---\nbody", "body", 3},
		"TOML":                {"+++\na = 1\n+++ \nbody", "body", 4},
		"JSON on one line":    {`{"a": 1}` + "\nbody", "body", 2},
		"JSON before text":    {`{"a": {"b": 2}} body`, " body", 1},
		"rule at the top":     {"---\n\nSome text\n", "---\n\nSome text\n", 1},
		"text between rules":  {"---\nSome text\n---\nmore", "---\nSome text\n---\nmore", 1},
		"blank between rules": {"---\n\n---\nmore", "---\n\n---\nmore", 1},
		"braces":              {"{{ template }}\n", "{{ template }}\n", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := splitFrontMatter([]byte(tt.src))
			require.NoError(t, err)
			require.Equal(t, tt.body, tt.src[got.bodyStart:])
			require.Equal(t, tt.line, got.bodyLine)
		})
	}
}

func TestAliasBombInFrontMatterIsRefused(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("---\na0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		ref := "*a" + string(rune('0'+i-1))
		if i > 10 {
			ref = "*a9"
		}
		b.WriteString("a" + string(rune('0'+i%10)) + "x: &a" + string(rune('0'+i)) + " [" + strings.Repeat(ref+",", 9) + ref + "]\n")
	}
	b.WriteString("---\n")
	_, err := splitFrontMatter([]byte(b.String()))
	require.Error(t, err)
}

func TestMetaKeepsWhatMakesSense(t *testing.T) {
	t.Parallel()
	m := newMeta(map[string]any{"Title": 2024, "linkTitle": " short\n name ", "weight": "x", "NAV_ORDER": 3,
		"description": []any{"no"}, "summary": "yes", "url": "/evil", "draft": "true"})
	require.Equal(t, Meta{Title: "2024", NavTitle: "short name", Description: "yes", Weight: 3, Weighted: true}, m)
}

func TestNaturalOrder(t *testing.T) {
	t.Parallel()
	sorted := []string{"", "1", "a", "a1", "a02", "a10", "a10b", "a999999999999999999999", "B", "b2", "ä"}
	for i := range sorted {
		for j := range sorted {
			require.Equal(t, sign(i-j), sign(natural(sorted[i], sorted[j])), "%q %q", sorted[i], sorted[j])
		}
	}
}

func sign(n int) int {
	return min(max(n, -1), 1)
}

func TestReadableNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"01-getting_started": "Getting started", "FAQ": "FAQ", "iOS-setup": "iOS setup", "10": "10",
		"2024-05-06-notes": "2024-05-06-notes", "éclair": "Éclair", "2. second": "Second",
	} {
		require.Equal(t, want, readable(name), name)
	}
}

func TestSegmentsNeedNoEscaping(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"plain": "plain", "two words": "two-words", "a#b?c%d": "a-b-c-d", "..": "page", "": "page",
		"v1.2": "v1.2", "Größe": "Größe", "Gro\u0308ße": "Größe", "日本": "日本", "a/b": "a-b",
	} {
		require.Equal(t, want, segment(name), name)
	}
}

func TestLinksLeadWhereTheAuthorMeant(t *testing.T) {
	t.Parallel()
	paths := []string{"index.md", "guide/setup.md", "guide/index.md", "guide/deep/x.md", "ref/api.markdown",
		"my notes/a#b.md", "my notes/50% off?.md", "sub/README.md"}
	inv := &inventory{files: []string{"img/a b.png", "guide/pic.svg", "c:d.txt"}}
	for _, p := range paths {
		inv.documents = append(inv.documents, &document{path: p})
	}
	tr, err := newTree(inv, "")
	require.NoError(t, err)
	tests := []struct{ written, want string }{
		{"deep/x.md", "../deep/x/"},
		{"deep/x.md#part", "../deep/x/#part"},
		{"deep/x", "../deep/x/"},
		{"deep/x.html?a=1#b", "../deep/x/?a=1#b"},
		{"deep/", "../deep/"},
		{"./", "../"},
		{"..", "../../"},
		{"../", "../../"},
		{"/", "../../"},
		{"setup.md#self", "./#self"},
		{"../ref/api", "../../ref/api/"},
		{"/ref/api.markdown", "../../ref/api/"},
		{"/docs/ref/api.markdown", "../../ref/api/"},
		{"../img/a%20b.png", "../../img/a%20b.png"},
		{"<../img/a b.png>", ""},
		{"../img/a b.png", "../../img/a%20b.png"},
		{"../my%20notes/a%23b.md", "../../my-notes/a-b/"},
		{"../my notes/a#b.md", "../../my-notes/a-b/"},
		{"../my%20notes/50%25%20off%3F.md#x", "../../my-notes/50-off/#x"},
		{"../my notes/50% off?.md", "../../my-notes/50-off/"},
		{"pic.svg", "../pic.svg"},
		{"../deep/x/", "../deep/x/"}, // as from the built page
		{"../c:d.txt", "../../c:d.txt"},
		{"missing.md", ""},
		{"../../outside.md", ""},
		{"#install", ""},
		{"?q", ""},
		{"", ""},
		{"https://example.org/setup.md", ""},
		{"//example.org/setup.md", ""},
		{"mailto:a@example.org", ""},
		{"%zz", ""},
	}
	for _, tt := range tests {
		t.Run(tt.written, func(t *testing.T) {
			t.Parallel()
			got, ok := tr.resolve(tr.byPath["guide/setup.md"], tt.written)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.want != "", ok)
		})
	}
}

func TestAColonInTheFirstSegmentIsNoScheme(t *testing.T) {
	t.Parallel()
	require.Equal(t, "./c:d.txt", relative("", "c:d.txt"))
}

func TestAnchorsAreThoseOfGitHub(t *testing.T) {
	t.Parallel()
	c := parse([]byte("# T\n## Über `code` & more!\n## Über code more\n## Über code more\n## own {#Mine}\n## ***\n## {{< x >}}\n"), searchShare(1000, 1))
	var ids []string
	for _, s := range c.sections {
		ids = append(ids, s.id)
	}
	require.Equal(t, []string{"über-code--more", "über-code-more", "über-code-more-1", "Mine", "heading", "-x-"}, ids)
}

func TestTitlesAreFoundAsReadersSeeThem(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"# A *b* `c_d` [e](f) &amp; \\_\n": "A b c_d e & _",
		"Setext\n======\n":                 "Setext",
		"text\n\n## two\n\n# one\n":        "one",
		"```\n# code\n```\n":               "",
		"#hashtag\n":                       "",
	} {
		require.Equal(t, want, parse([]byte(src), searchBudget{}).heading, src)
	}
}

func TestNoShortcodeSurvives(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"{{< a >}}", "{{<a>}}", "{{% a %}}", "{{{<", "{{{{%", "`{{<`", "{{</* a */>}}", "{{",
		"<a href=\"{{% x %}}\">", "<p>\n<img src={{<x>}}></p>", "``` {{<x>}}\n```", "[a]({{<x>}})", "# {{% x %}} {#y}"} {
		require.NotRegexp(t, `\{\{[<%]`, prepared(src))
		if !strings.HasPrefix(src, "```") { // whose options are dropped
			require.Equal(t, src, strings.ReplaceAll(prepared(src), guard, ""))
		}
	}
}

func prepared(src string) string {
	none := func(string) (string, bool) { return "", false }
	return string(apply([]byte(src), parse([]byte(src), searchBudget{}).edits, none))
}

func TestSearchSharesStayInTheirBudget(t *testing.T) {
	t.Parallel()
	words := strings.Repeat("lorem ipsum dolor sit amet Größe ", 100)
	long := []byte("# T\n\n" + words + "\n\nneedle in the rest\n\n" + strings.Repeat("x", 5000) + "\n")
	for _, pages := range []int{1, 100, 10_000, 1_000_000} {
		share := searchShare(100_000, pages)
		c := parse(long, share)
		require.LessOrEqual(t, len(c.excerpt), share.excerpt+len("Größe"))
		require.LessOrEqual(t, len(c.terms), share.terms)
		require.True(t, utf8.ValidString(c.excerpt))
		require.Contains(t, c.excerpt+" "+c.terms, "needle")
	}
}

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{
		"https://docs.example.org/x": true, "http://127.0.0.1:80/": false, "http://localhost/": false, "": false,
		"/sub/": false, "http://10.1.2.3/": false, "https://wiki/": false, "http://[::1]/": false, "https://a.internal": false,
	} {
		require.Equal(t, want, isPublic(base), base)
	}
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{"---\na: 1\n---\n# T\n", "+++\n+++\n", "{\"a\":1}\n", "# {{<x>}}\n<a href=\"x\">", "```{r}\n```", "[a](b.md)\n\n[c]: d\n", "---\n\n---"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if !utf8.Valid(src) {
			t.Skip()
		}
		matter, err := splitFrontMatter(src)
		if err != nil {
			return
		}
		require.LessOrEqual(t, matter.bodyStart, len(src))
		body := src[matter.bodyStart:]
		if len(body) > 0 {
			require.Equal(t, 1+bytes.Count(src[:matter.bodyStart], []byte("\n")), matter.bodyLine)
		}
		c := parse(body, searchShare(1000, 1))
		out := apply(body, c.edits, func(string) (string, bool) { return "x", len(src)%2 == 0 })
		require.NotRegexp(t, `\{\{[<%]`, string(out))
		require.Equal(t, bytes.Count(body, []byte("\n")), bytes.Count(out, []byte("\n")), "lines must not move")
		require.NotContains(t, c.heading, "\n")
	})
}
