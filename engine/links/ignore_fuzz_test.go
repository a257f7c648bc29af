package links

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzWildcard compares with path.Match, where both mean the same: text without slashes, patterns of letters and stars.
func FuzzWildcard(f *testing.F) {
	for _, seed := range [][2]string{{"a*c", "abc"}, {"*", ""}, {"", "x"}, {"a*b*c", "aXbYc"}, {"*a", "ba"}, {"a**", "a"}, {"ab*ba", "aba"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := wildcard(pattern, text)
		if strings.ContainsAny(pattern, `[]?\\/`) || strings.Contains(text, "/") || len(pattern) > 50 {
			return
		}
		want, err := path.Match(pattern, text)
		require.NoError(t, err)
		require.Equal(t, want, got, "%q %q", pattern, text)
	})
}

// FuzzAbsoluteURL checks that what is collected is an address that can be asked, without secrets.
func FuzzAbsoluteURL(f *testing.F) {
	for _, seed := range []string{"https://a.example/x#y", "//b.example", "HTTP://user:pass@C.example:8080/a b?q", "https://[::1]/", "https://%zz"} {
		f.Add(seed)
	}
	where, err := newSite("https://e.org/sub/")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, href string) {
		base := where.base("page.html", nil)
		if where.resolve(base, []byte(href)).class != classExternal {
			return
		}
		found := absoluteURL(base, []byte(href))
		if found == "" {
			return
		}
		u, err := url.Parse(found)
		require.NoError(t, err)
		require.NotEmpty(t, u.Host)
		require.Nil(t, u.User)
		require.Empty(t, u.Fragment)
		require.Equal(t, found, absoluteURL(base, []byte(found)), "the same address gets the same form")
	})
}

// FuzzIntegrity checks that any attribute is read to its end.
func FuzzIntegrity(f *testing.F) {
	f.Add("sha256-abc sha512-def?x")
	f.Fuzz(func(t *testing.T, attribute string) {
		digests, sum := strongest(attribute)
		require.Equal(t, len(digests) > 0, sum != nil)
	})
}
