package links

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// recorder is a sink that keeps what it gets.
type recorder struct {
	urls    []string
	refs    []reference
	anchors []string
}

func (r *recorder) reference(ref *reference) {
	r.urls = append(r.urls, string(ref.url))
	r.refs = append(r.refs, *ref)
}

func (r *recorder) anchor(name []byte) { r.anchors = append(r.anchors, string(name)) }

// scanPage scans a page as the collector and the locator do.
func scanPage(page []byte, keepText bool) (*recorder, error) {
	var known *string
	for {
		out := &recorder{}
		s := pageScanner{out: out, limits: Limits{}.withDefaults(), keepText: keepText}
		err := s.scan(bytes.NewReader(page), known)
		if !errors.Is(err, errRestart) {
			return out, err
		}
		known = &s.base
	}
}

// FuzzPage checks that any bytes are read to their end, that both looks at a page see the same links and that every
// place lies in the page.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`<a href="x">text<a href=y></a><img src=a srcset="b 1x, c 2x"><base href="/z">`))
	f.Add([]byte("<style>a{b:url(c)}</style><p style='d:url(\"e\")'><template><a href=f></template><noscript><img src=g>"))
	f.Add([]byte("<meta http-equiv=refresh content='0;url=h'><svg><use xlink:href='#i'/></svg><a\nhref=\x00\xff>"))
	f.Add([]byte(`<plaintext><a href="x">`))
	f.Fuzz(func(t *testing.T, page []byte) {
		fast, err := scanPage(page, false)
		require.NoError(t, err)
		slow, err := scanPage(page, true)
		require.NoError(t, err)
		require.ElementsMatch(t, fast.urls, slow.urls)
		require.Equal(t, fast.anchors, slow.anchors)
		lines := bytes.Count(page, newline) + 1
		for _, ref := range slow.refs {
			require.True(t, ref.line >= 1 && ref.line <= lines && ref.column >= 1, "%d:%d", ref.line, ref.column)
			require.True(t, utf8.ValidString(ref.text))
			require.LessOrEqual(t, utf8.RuneCountInString(ref.text), maxText)
		}
	})
}

// FuzzSrcset checks that candidates are parts of the attribute without spaces or commas around them.
func FuzzSrcset(f *testing.F) {
	for _, seed := range []string{"a 1x, b 2x", "a,b", "data:x,y 1x", ",, a(,) x , b", "a (b, c) d, e"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, set []byte) {
		for _, candidate := range parseSrcset(set) {
			require.NotEmpty(t, candidate)
			require.True(t, bytes.Contains(set, candidate))
			require.False(t, bytes.ContainsAny(candidate, " \t\n\r\f"))
			require.False(t, bytes.HasSuffix(candidate, []byte(",")))
		}
	})
}

// FuzzRedirects checks that every accepted rule has a target, a status of an answer and can be matched.
func FuzzRedirects(f *testing.F) {
	f.Add("/a /b 301\n/c/* /d/:splat 200!\nhttps://e.org/f/:g /h\n# note\n/%zz /x", "c/d/e")
	f.Fuzz(func(t *testing.T, file, path string) {
		rules, err := parseRedirects(strings.NewReader(file), 100)
		require.NoError(t, err)
		require.LessOrEqual(t, len(rules), 100)
		for _, rule := range rules {
			require.NotEmpty(t, rule.to)
			require.True(t, rule.status >= 200 && rule.status < 400)
			rule.matches(path)
		}
	})
}

// FuzzResolve checks that no address leaves the site and that a target's address leads back to its path.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"../x", "/sub/y#z", "//h/x", "https://e.org/sub/%41?q#f", "a%2e%2e/..", "\\..\\x", "mailto:x", "%", "?", "#"} {
		f.Add(seed, "docs/page.html", "")
	}
	f.Add("x", "p.html", "../../up/")
	where, err := newSite("https://e.org/sub/")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, href, page, baseHref string) {
		page = strings.TrimPrefix(joinPath("/", page), "/")
		base := where.base(page, nil)
		if baseHref != "" {
			base = where.base(page, &baseHref)
		}
		a := where.resolve(base, []byte(href))
		if a.class != classInternal || a.self {
			return
		}
		require.False(t, strings.HasPrefix(a.path, "/"), a.path)
		require.NotContains(t, "/"+a.path+"/", "/../")
		found := finding{address: a, prefix: where.prefix}
		u, err := url.Parse(found.url())
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(u.Path, where.prefix), u.Path)
	})
}

// FuzzCSS checks that any style is read to its end and that positions lie in it.
func FuzzCSS(f *testing.F) {
	f.Add([]byte("@import 'a'; b { c: url(d\\29 ); e: url(\"f\") }\n@namespace url(g);"))
	f.Add([]byte("url(\x00"))
	f.Fuzz(func(t *testing.T, style []byte) {
		before := bytes.Clone(style)
		err := scanCSS(style, false, position{1, 1}, func(found []byte, _ Kind, at position) error {
			require.NotEmpty(t, found)
			require.LessOrEqual(t, at.line, bytes.Count(style, newline)+1)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, before, style)
	})
}

// FuzzSitemap checks that a broken sitemap is never an error.
func FuzzSitemap(f *testing.F) {
	f.Add([]byte("<urlset><url><loc>https://e.org/</loc></url></urlset>"))
	f.Add([]byte("<?xml version='1.0' encoding='x'?><loc>&nope;"))
	f.Fuzz(func(t *testing.T, file []byte) {
		require.NoError(t, scanSitemap(bytes.NewReader(file), &recorder{}, Limits{}.withDefaults()))
	})
}

func TestSitemapThatCannotBeRead(t *testing.T) {
	t.Parallel()
	err := scanSitemap(io.MultiReader(strings.NewReader("<loc>"), brokenReader{}), &recorder{}, Limits{}.withDefaults())
	require.ErrorIs(t, err, io.ErrNoProgress)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrNoProgress }
