package gitsource_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/stretchr/testify/require"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]source.Reason{
		"":                                  gitsource.ReasonURL,
		"--upload-pack=evil":                gitsource.ReasonURL,
		"https://example.org/a\nb":          gitsource.ReasonURL,
		"https:///a/b":                      gitsource.ReasonURL,
		"https://-oProxyCommand=evil/a":     gitsource.ReasonURL,
		"https://example.org":               gitsource.ReasonURL,
		"https://example.org/a?token=x":     gitsource.ReasonURL,
		"https://example.org/a#frag":        gitsource.ReasonURL,
		"https://example.org/a%0d%0ab":      gitsource.ReasonURL,
		"https://example.org/../a":          gitsource.ReasonURL,
		"https://me:s3cret@example.org/a":   gitsource.ReasonCredentials,
		"https://token@example.org/a":       gitsource.ReasonCredentials,
		"http://example.org/a":              gitsource.ReasonScheme,
		"ssh://git@example.org/a":           gitsource.ReasonScheme,
		"git@example.org:team/docs.git":     gitsource.ReasonScheme,
		"file:///etc":                       gitsource.ReasonScheme,
		"/srv/docs.git":                     gitsource.ReasonScheme,
		"ext::sh -c evil":                   gitsource.ReasonURL,
		"ext::https://example.org/a":        gitsource.ReasonScheme,
		"git://example.org/a":               gitsource.ReasonScheme,
		"https://me:s3c%ret@example.org/a?": gitsource.ReasonURL,
	} {
		err := gitsource.CheckURL(raw, gitsource.Options{})
		requireReason(t, err, want)
		require.NotContains(t, err.Error(), "s3c", "secrets stay out of errors")
	}
	require.NoError(t, gitsource.CheckURL("https://example.org/team/docs.git", gitsource.Options{}))
	require.NoError(t, gitsource.CheckURL("http://example.org:8080/team/docs", gitsource.Options{AllowHTTP: true}))
}

// FuzzCheckURL: what passes is an https URL with a host and without secrets.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://example.org/a", "ext::x", "https://a:b@c/d", "-x", "https://[::1]/x", "HTTPS://x/%41"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if gitsource.CheckURL(raw, gitsource.Options{}) != nil {
			return
		}
		u, err := url.Parse(raw)
		require.NoError(t, err)
		require.Equal(t, "https", u.Scheme)
		require.NotEmpty(t, u.Hostname())
		require.Nil(t, u.User)
		require.False(t, strings.HasPrefix(raw, "-"))
		require.NotContains(t, raw, "::http")
	})
}
