package api

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinksLeadIntoThePreview(t *testing.T) {
	t.Parallel()
	below := newRebaser("https://docs.example.org/guide/", "/p/")
	top := newRebaser("https://docs.example.org/", "/p/")
	for page, want := range map[string]string{
		`<a href="/guide/a/">x</a>`:                             `<a href="/p/a/">x</a>`,
		`<a href="/other/">x</a>`:                               `<a href="/other/">x</a>`,
		`<a href="a/b.html#c">x</a>`:                            `<a href="a/b.html#c">x</a>`,
		`<a href="https://docs.example.org/guide/a?b=1">x</a>`:  `<a href="/p/a?b=1">x</a>`,
		`<a href="https://docs.example.org/x">x</a>`:            `<a href="https://docs.example.org/x">x</a>`,
		`<img src="//docs.example.org/guide/i.png">`:            `<img src="/p/i.png">`,
		`<img srcset="/guide/i.png 1x, /guide/j.png 2x">`:       `<img srcset="/p/i.png 1x, /p/j.png 2x">`,
		`<style>a{background:url("/guide/i.png")}</style>`:      `<style>a{background:url("/p/i.png")}</style>`,
		`<p style="background:url(/guide/i.png)">`:              `<p style="background:url(/p/i.png)">`,
		`<script>var a = "/guide/"</script><!-- /guide/ --><p>`: `<script>var a = "/guide/"</script><!-- /guide/ --><p>`,
		`<P CLASS=x >a &amp b</P`:                               `<P CLASS=x >a &amp b</P`,
	} {
		var got bytes.Buffer
		below.html(&got, []byte(page))
		require.Equal(t, want, got.String())
	}
	for link, want := range map[string]string{"/a": "/p/a", "//other.example/a": "//other.example/a", `/\other.example`: `/\other.example`, "a": "a", "": ""} {
		require.Equal(t, want, top.link(link))
	}
	require.Equal(t, `@import "/p/a.css";`, top.css(`@import "/a.css";`))
}

func FuzzRebase(f *testing.F) {
	f.Add(`<a href="/guide/a/" srcset=",,/guide/ ,">x<style>url(/guide/`)
	f.Fuzz(func(t *testing.T, page string) {
		var once, twice bytes.Buffer
		r := newRebaser("https://docs.example.org/guide/", "/p/")
		r.html(&once, []byte(page))
		r.html(&twice, once.Bytes())
		require.Equal(t, once.String(), twice.String())
	})
}
