package links_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/links"
)

// site makes a file system of name, content pairs.
func site(pairs ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return files
}

func check(t *testing.T, o links.Options) *links.Report {
	t.Helper()
	report, err := links.Check(t.Context(), o)
	require.NoError(t, err)
	return report
}

// broken lists the targets of a report as "reason url", sorted.
func broken(report *links.Report) []string {
	list := []string{}
	for _, target := range report.Broken {
		list = append(list, string(target.Reason)+" "+target.URL)
	}
	slices.Sort(list)
	return list
}

// onAPage lists what a page may hold and what is broken about it; every body is docs/page.html of one small site.
var onAPage = []struct {
	name, body string
	want       []string
}{
	{"relative file", `<a href="other.html">`, nil},
	{"relative file missing", `<a href="none.html">`, []string{"missing /docs/none.html"}},
	{"parent folder", `<a href="../index.html">`, nil},
	{"root-relative", `<a href="/docs/other.html">`, nil},
	{"folder with slash", `<a href="/docs/">`, nil},
	{"folder without slash", `<a href="/docs">`, nil},
	{"folder without index page", `<a href="/empty/">`, []string{"no-index /empty/"}},
	{"file written as folder", `<a href="other.html/">`, []string{"missing /docs/other.html/"}},
	{"more parents than folders", `<a href="../../../index.html">`, nil},
	{"dot segments", `<a href="./../docs/./other.html">`, nil},
	{"encoded dot segments", `<a href="%2e%2e/docs/other.html">`, nil},
	{"double slashes in the path", `<a href="/docs//other.html">`, nil},
	{"query is ignored", `<a href="other.html?v=1&amp;x=2#a%20b">`, nil},
	{"only a query", `<a href="?tab=2">`, nil},
	{"empty address", `<a href="">`, nil},
	{"no address", `<a>text</a>`, nil},
	{"spaces around", "<a href='  other.html\n '>", nil},
	{"line break inside", "<a href='oth\ner.html'>", nil},
	{"backslashes", `<a href="..\docs\other.html">`, nil},
	{"percent-encoded path", `<a href="a%20b.html">`, nil},
	{"unencoded space", `<a href="a b.html">`, nil},
	{"encoded number sign", `<a href="fragment%23.html">`, nil},
	{"wrong percent encoding", `<a href="a%zz.html">`, []string{"malformed a%zz.html"}},
	{"entities", `<a href="&#111;ther&period;html">`, nil},
	{"unquoted attribute", `<a href=other.html>`, nil},
	{"upper-case element and attribute", `<A HREF="none.html">`, []string{"missing /docs/none.html"}},
	{"first of two equal attributes counts", `<a href="other.html" href="none.html">`, nil},
	{"case differs", `<a href="guide.html">`, []string{"case /docs/guide.html"}},
	{"case of a folder differs", `<a href="/Docs/">`, []string{"case /Docs/"}},
	{"address inside a path", `<a href="(https://example.com/x">`, []string{"malformed (https://example.com/x"}},

	{"anchor", `<a href="/docs/#intro">`, nil},
	{"anchor by name", `<a href="/docs/#old">`, nil},
	{"anchor of the page itself", `<a href="#here"></a><p id="here">`, nil},
	{"anchor of the page itself missing", `<a href="#gone">`, []string{"anchor /docs/page.html#gone"}},
	{"anchor missing", `<a href="/docs#gone">`, []string{"anchor /docs/#gone"}},
	{"anchor by two addresses is one target", `<a href="/docs#gone"></a><a href="./index.html#gone">`, []string{"anchor /docs/#gone"}},
	{"anchor is case-sensitive", `<a href="/docs/#Intro">`, []string{"anchor /docs/#Intro"}},
	{"anchor missing on a missing page", `<a href="none.html#x">`, []string{"missing /docs/none.html"}},
	{"name counts on a only", `<a href="#x"></a><input name="x">`, []string{"anchor /docs/page.html#x"}},
	{"encoded anchor", `<a href="other.html#r%C3%A4ksm%C3%B6rg%C3%A5s">`, nil},
	{"unencoded anchor", `<a href="other.html#räksmörgås">`, nil},
	{"anchor with a space", `<a href="other.html#a%20b">`, nil},
	{"anchor with a percent sign", `<a href="other.html#100%">`, nil},
	{"top", `<a href="#top"></a><a href="/docs/#TOP"></a><a href="#">`, nil},
	{"text fragment", `<a href="/docs/#:~:text=Intro">`, nil},
	{"text fragment after an anchor", `<a href="/docs/#intro:~:text=x">`, nil},
	{"text fragment after a missing anchor", `<a href="/docs/#gone:~:text=x">`, []string{"anchor /docs/#gone"}},
	{"route of a script", `<a href="#/pets/get"></a><a href="#!home">`, nil},
	{"part of a document that is no page", `<a href="/paper.pdf#page=3">`, nil},

	{"other schemes", `<a href="mailto:a@b.c"></a><a href="tel:+1"></a><a href="JavaScript:void(0)"></a><a href="vscode:x">`, nil},
	{"data over several lines", "<img src=\"data:image/svg+xml;utf8,<svg>\n<a href='none.html'/>\n</svg>\">", nil},
	{"other sites", `<a href="https://example.com/none"></a><a href="//cdn.example.com/x"></a><a href="HTTP://EXAMPLE.com">`, nil},
	{"local file", `<a href="file:///C:/notes.txt">`, []string{"local-file file:///C:/notes.txt"}},
	{"Windows drive", `<img src="C:\docs\a.png">`, []string{"local-file C:\\docs\\a.png"}},
	{"missing slashes", `<a href="https:example.com">`, []string{"malformed https:example.com"}},
	{"no server", `<a href="https:///x">`, []string{"malformed https:///x"}},
	{"unreadable server", `<a href="https://exa mple.com/x">`, []string{"malformed https://exa mple.com/x"}},

	{"area", `<area href="none.html">`, []string{"missing /docs/none.html"}},
	{"image", `<img src="/img/logo.png"><img src="/img/none.png">`, []string{"missing /img/none.png"}},
	{"image without address", `<img src="" alt="Screenshot">`, []string{"empty-address "}},
	{"image that a script fills", `<img src="" id="lightbox"><img src="" data-src="x">`, nil},
	{"srcset", `<img srcset="/img/logo.png, /img/logo-2x.png 2x, /img/none.png 3x">`, []string{"missing /img/none.png"}},
	{"picture", `<picture><source srcset="/img/none.webp"><img src="/img/logo.png"></picture>`, []string{"missing /img/none.webp"}},
	{"video", `<video src="n.mp4" poster="n.png"><source src="n.webm"><track src="n.vtt"></video>`,
		[]string{"missing /docs/n.mp4", "missing /docs/n.png", "missing /docs/n.vtt", "missing /docs/n.webm"}},
	{"audio, frames, objects", `<audio src="n1"></audio><iframe src="n2"></iframe><object data="n3"></object><embed src="n4">`,
		[]string{"missing /docs/n1", "missing /docs/n2", "missing /docs/n3", "missing /docs/n4"}},
	{"script", `<script src="/app.js"></script><script src="/none.js"></script>`, []string{"missing /none.js"}},
	{"links in script text are text", `<script>document.write('<a href="none.html">')</script>`, nil},
	{"links in comments are text", `<!-- <a href="none.html"> -->`, nil},
	{"links in text areas are text", `<textarea><a href="none.html"></textarea>`, nil},
	{"links in noscript are seen", `<noscript><img src="none.png"></noscript>`, []string{"missing /docs/none.png"}},
	{"templates are inert", `<template><a href="{{url}}"></a></template><a href="none.html">`, []string{"missing /docs/none.html"}},
	{"stylesheet", `<link rel="stylesheet" href="/style.css"><link rel=stylesheet href="/none.css">`, []string{"missing /none.css"}},
	{"icon, manifest, preload", `<link rel="icon" href="i"><link rel="manifest" href="m"><link rel="preload" href="p">`,
		[]string{"missing /docs/i", "missing /docs/m", "missing /docs/p"}},
	{"preconnect names a server", `<link rel="preconnect" href="/none"><link rel="dns-prefetch" href="x">`, nil},
	{"SVG", `<svg><use href="#sym"/><use xlink:href="/img/none.svg#x"/><image href="none.png"/></svg>`,
		[]string{"anchor /docs/page.html#sym", "missing /docs/none.png", "missing /img/none.svg"}},
	{"refresh", `<meta http-equiv="Refresh" content="5; URL='none.html'">`, []string{"missing /docs/none.html"}},
	{"canonical address", `<link rel="canonical" href="/docs/other.html"><link rel=canonical href="/docs/none/">`, []string{"missing /docs/none/"}},
	{"the same page in other languages", `<link rel="alternate" hreflang="fr" href="/fr/">`, []string{"missing /fr/"}},
	{"integrity", `<script src="/app.js" integrity="sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="></script>`, nil},
	{"integrity of another content", `<link rel="stylesheet" href="/style.css" integrity="sha256-AAAA">`, []string{"integrity /style.css"}},
	{"integrity by the strongest digest", `<script src="/app.js" integrity="sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= sha512-AAAA"></script>`, []string{"integrity /app.js"}},
	{"integrity of an unknown kind", `<script src="/app.js" integrity="md5-AAAA"></script>`, nil},
	{"forms are programs", `<form action="/search">`, nil},
	{"style element", `<style>a{background:url(none.png)} b{background:url("/img/logo.png")}</style>`, []string{"missing /docs/none.png"}},
	{"style attribute", `<p style="background: URL( 'none.png' )">`, []string{"missing /docs/none.png"}},
	{"filter in a style", `<p style="filter:url(#shadow)">`, nil},
}

func TestLinksOnAPage(t *testing.T) {
	t.Parallel()
	files := []string{
		"index.html", `<h1 id="home">Home</h1>`,
		"docs/index.html", `<h2 id="intro">Intro</h2><a name="old"></a>`,
		"docs/other.html", `<p id="räksmörgås"><p id="a b"><p id="100%">`,
		"docs/Guide.html", ``,
		"docs/a b.html", ``,
		"docs/fragment#.html", ``,
		"img/logo.png", "png", "img/logo-2x.png", "png", "empty/file.txt", "text",
		"style.css", "", "app.js", "", "paper.pdf", "",
	}
	for _, tt := range onAPage {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := site(append(files, "docs/page.html", tt.body)...)
			require.ElementsMatch(t, tt.want, broken(check(t, links.Options{Root: root})))
		})
	}
}

func TestBaseElement(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, page string
		want       []string
	}{
		{"root", `<base href="/"><a href="docs/x.html"></a><a href="x.html">`, []string{"missing /x.html"}},
		{"relative", `<base href="../docs/"><a href="x.html">`, nil},
		{"after a link", `<a href="docs/x.html"></a><base href="/"><img src="none.png">`, []string{"missing /none.png"}},
		{"only the first counts", `<base href="/"><base href="/none/"><a href="docs/x.html">`, nil},
		{"without address", `<base target="_blank"><a href="x.html">`, nil},
		{"another site", `<base href="https://example.com/"><a href="none.html"></a><a href="#none">`, nil},
		{"moves fragments", `<base href="/"><a href="#home"></a><a id="here"></a><a href="#here">`, []string{"anchor /#here"}},
		{"own host", `<base href="https://docs.example.com/docs/"><a href="x.html"></a><a href="y.html">`, []string{"missing /docs/y.html"}},
		{"useless", `<base href="data:x"><a href="x.html"></a><a href="#a"></a><a id="a">`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := site("index.html", `<p id=home>`, "docs/x.html", "", "docs/page.html", tt.page)
			report := check(t, links.Options{Root: root, BaseURL: "https://docs.example.com/"})
			require.ElementsMatch(t, tt.want, broken(report))
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, base, href string
		want             []string
		external         int
	}{
		{"own host", "https://docs.example.com/sub/", "https://docs.example.com/sub/none", []string{"missing /sub/none"}, 0},
		{"own host by the other scheme", "https://docs.example.com/sub/", "http://DOCS.example.com:80/sub/none", []string{"missing /sub/none"}, 0},
		{"own host without scheme", "https://docs.example.com/sub/", "//docs.example.com/sub/none", []string{"missing /sub/none"}, 0},
		{"own host, other application", "https://docs.example.com/sub/", "https://docs.example.com/shop/", nil, 1},
		{"other port", "http://127.0.0.1:8080/", "http://127.0.0.1:9090/none", nil, 1},
		{"root-relative inside", "/sub/", "/sub/x.html", nil, 0},
		{"base path without slash", "/sub/", "/sub", nil, 0},
		{"base path without slash, to an anchor", "/sub/", "/sub#gone", []string{"anchor /sub/#gone"}, 0},
		{"base path in another case", "/sub/", "/Sub/", []string{"outside /Sub/"}, 0},
		{"root-relative outside", "/sub/", "/x.html", []string{"outside /x.html"}, 0},
		{"same beginning of the name", "/sub/", "/submarine/", []string{"outside /submarine/"}, 0},
		{"relative outside", "/sub/", "../x.html", []string{"outside /x.html"}, 0},
		{"no host known", "/sub/", "https://docs.example.com/sub/none", nil, 1},
		{"no base URL", "", "/x.html", nil, 0},
		{"no slash at the end of the base", "https://docs.example.com/sub", "x.html", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := site("index.html", fmt.Sprintf(`<a href="%s">`, tt.href), "x.html", "")
			report := check(t, links.Options{Root: root, BaseURL: tt.base})
			require.ElementsMatch(t, tt.want, broken(report))
			require.Equal(t, tt.external, report.External)
		})
	}
}

func TestAliasPagesForwardAnchors(t *testing.T) {
	t.Parallel()
	report := check(t, links.Options{Root: site(
		"old/index.html", `<meta http-equiv="refresh" content="0; url=/new/">`,
		"away/index.html", `<meta http-equiv="refresh" content="0; url=https://example.com/">`,
		"loop/index.html", `<meta http-equiv="refresh" content="0; url=/loop/">`,
		"new/index.html", `<p id="kept">`,
		"index.html", `<a href="/old/#kept"></a><a href="/old/#lost"></a><a href="/away/#x"></a><a href="/loop/#x">`,
	)})
	require.Equal(t, []string{"anchor /old/#lost"}, broken(report))
}

func TestRedirectsFile(t *testing.T) {
	t.Parallel()
	rules := "# moved\n/old /new 301\n/blog/* /archive/:splat\n/u/:name /users?n=:name 200\n/gone /none 410\n/bad /nowhere\n"
	report := check(t, links.Options{Root: site(
		"_redirects", rules, "new.html", "", "new/index.html", "",
		"index.html", `<a href="/old#any"></a><a href="/blog/2020/x/"></a><a href="/u/ann"></a><a href="/u/ann/x"></a><a href="/gone">`,
	)})
	require.Equal(t, []string{"missing /gone", "missing /nowhere", "missing /u/ann/x"}, broken(report))
	place := report.Broken[slices.IndexFunc(report.Broken, func(t links.Target) bool { return t.URL == "/nowhere" })].Places[0]
	require.Equal(t, links.Place{Page: "_redirects", Line: 6, Column: 1, Href: "/nowhere", Element: "_redirects"}, place)
}

func TestStylesheetsThatPagesUse(t *testing.T) {
	t.Parallel()
	report := check(t, links.Options{Root: site(
		"index.html", `<link rel="stylesheet" href="/css/main.css?v=2">`,
		"css/main.css", "@import 'deep/more.css';\n@font-face { src: url(../font.woff2), url(\"../none.woff2#x\") }",
		"css/deep/more.css", `@namespace svg url(/none); a { background: url(../../pic.png); mask: url(no\29.png) }`,
		"css/unused.css", `a { background: url(never.png) }`,
		"font.woff2", "", "pic.png", "",
	)})
	require.Equal(t, []string{"missing /css/deep/no%29.png", "missing /none.woff2"}, broken(report))
	require.Equal(t, 2, report.Styles)
	require.Contains(t, []int{report.Broken[0].Places[0].Line, report.Broken[1].Places[0].Line}, 2)
}

func TestSitemap(t *testing.T) {
	t.Parallel()
	report := check(t, links.Options{BaseURL: "https://e.org/", Root: site(
		"index.html", "", "sitemap.xml", `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://e.org/</loc><xhtml:link rel="alternate" hreflang="de" href="https://e.org/de/"/></url><url><loc> https://e.org/a&amp;b/ </loc></url><url><loc>https://other.org/</loc></url></urlset>`,
	)})
	require.Equal(t, []string{"missing /a&b/", "missing /de/"}, broken(report))
	require.Equal(t, 2, report.Broken[0].Places[0].Line)
}

func TestPagesAreRecognised(t *testing.T) {
	t.Parallel()
	link := `<!doctype html><a href="/none">`
	report := check(t, links.Options{Root: site(
		"a.html", link, "b.HTM", link, "c", link, "LICENSE", "plain text <a href='/x'>", "d.txt", link, "e.js", link,
		"404.html", `<a href="a.html">`,
	)})
	require.Equal(t, 4, report.Pages)
	require.Equal(t, 3, report.Broken[0].Links)
}

func TestUTF16Page(t *testing.T) {
	t.Parallel()
	wide := []byte{0xFF, 0xFE}
	for _, c := range []byte(`<p id="x"><a href="none">`) {
		wide = append(wide, c, 0)
	}
	report := check(t, links.Options{Root: site("w.html", string(wide), "index.html", `<a href="w.html#x">`)})
	require.Equal(t, []string{"missing /none"}, broken(report))
}

func TestCleanURLs(t *testing.T) {
	t.Parallel()
	root := site("guide.html", "", "index.html", `<a href="/guide"></a><a href="/guide/">`)
	require.Equal(t, []string{"missing /guide", "missing /guide/"}, broken(check(t, links.Options{Root: root})))
	require.Equal(t, []string{"missing /guide/"}, broken(check(t, links.Options{Root: root, CleanURLs: true})))
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	root := site(
		"setup/install.html", `<p id="first-steps"><p id="configuration-file">`, "guide/index.html", "", "API/index.html", "", "lib/app.js", "", "pics/app.png", "",
		"index.html", `<a href="/guide.md"></a><a href="/install/"></a><a href="/setup/install"></a><a href="/api/"></a>
<a href="/setup/install.html#First_Steps"></a><a href="/setup/install.html#configuration"></a><a href="/x/y"></a><a href="/x/app"></a><img src="/app.png" alt=x><a href="www.example.com/x">`,
	)
	got := map[string]string{}
	for _, target := range check(t, links.Options{Root: root}).Broken {
		got[target.URL] = target.Suggestion
		require.NotEmpty(t, target.Message)
	}
	require.Equal(t, map[string]string{
		"/guide.md": "/guide/", "/install/": "/setup/install.html", "/setup/install": "/setup/install.html", "/api/": "/API/",
		"/setup/install.html#First_Steps":   "/setup/install.html#first-steps",
		"/setup/install.html#configuration": "/setup/install.html#configuration-file", "/x/y": "", "/x/app": "", "/app.png": "/pics/app.png", "/www.example.com/x": "https://www.example.com/x",
	}, got)
}

func TestLimitsMakePagesIncompleteNotBroken(t *testing.T) {
	t.Parallel()
	root := site(
		"index.html", `<a href="/long.html#end"></a><a href="/many.html#end"></a><a href="/big.html#end"></a><a href="/anchors.html#x">`,
		"long.html", `<!--`+strings.Repeat("x", 2000)+`--><p id="end">`,
		"many.html", strings.Repeat(`<a href="/"></a>`, 20)+`<p id="end">`,
		"anchors.html", strings.Repeat(`<p id="a">`, 20),
		"big.html", strings.Repeat("<p>text</p>", 800)+`<p id="end">`,
	)
	report := check(t, links.Options{Root: root, Limits: links.Limits{
		TokenBytes: 1000, LinksPerPage: 10, AnchorsPerPage: 10, FileBytes: 4000,
	}})
	require.Empty(t, report.Broken)
	require.Len(t, report.Incomplete, 4)

	_, err := links.Check(t.Context(), links.Options{Root: root, Limits: links.Limits{Files: 3}})
	require.ErrorContains(t, err, "more than 3 files")
}

func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	root := fstest.MapFS{}
	for i := range 200 {
		body := fmt.Sprintf(`<nav><a href="/nav">N</a><a href="/nav">M</a></nav><a href="/own-%d">`, i)
		root[fmt.Sprintf("p%03d.html", i)] = &fstest.MapFile{Data: []byte(body)}
	}
	report := check(t, links.Options{Root: root, Limits: links.Limits{PlacesPerTarget: 5, Targets: 10}})
	require.Equal(t, 600, report.BrokenLinks)
	require.Equal(t, 201, report.BrokenTargets)
	require.Len(t, report.Broken, 10)
	nav := report.Broken[0]
	require.Equal(t, []any{"/nav", 400, 200, 5}, []any{nav.URL, nav.Links, nav.Pages, len(nav.Places)})
	require.Equal(t, "p002.html", nav.Places[4].Page)
}

func TestUnreadablePageIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "locked.html"), []byte("x"), 0o600))
	root := failing{os.DirFS(dir)}
	_, err := links.Check(t.Context(), links.Options{Root: root})
	var unreadable *links.ReadError
	require.ErrorAs(t, err, &unreadable)
	require.Equal(t, "locked.html", unreadable.File)
	require.ErrorIs(t, err, errDisk)
}

var errDisk = errors.New("disk failure")

// failing is a file system whose pages cannot be opened.
type failing struct{ fs.FS }

func (f failing) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".html") {
		return nil, errDisk
	}
	return f.FS.Open(name)
}

func TestLinksOfTheFileSystemStayInside(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.html"), []byte(`<a href="/leak">`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "real.html"), nil, 0o600))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.html"), filepath.Join(dir, "out.html")))
	require.NoError(t, os.Symlink("real.html", filepath.Join(dir, "in.html")))
	require.NoError(t, os.Symlink(".", filepath.Join(dir, "loop")))
	page := `<a href="out.html"></a><a href="in.html">`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o600))

	report, err := links.CheckDir(t.Context(), dir, links.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"missing /out.html"}, broken(report))
}

func TestOddFileNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	odd := filepath.Join(dir, "\xff.html")
	if err := os.WriteFile(odd, nil, 0o600); err != nil {
		t.Skip("this file system only takes names in UTF-8")
	}
	page := `<a href="%FF.html#x"></a><a href="a%3Fb%22.html">`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, `a?b".html`), nil, 0o600))

	report, err := links.CheckDir(t.Context(), dir, links.Options{})
	require.NoError(t, err)
	require.Empty(t, report.Broken)
	require.Equal(t, []links.Incomplete{{Page: "\uFFFD.html", Reason: "its file name is not valid UTF-8"}}, report.Incomplete)
}

func TestProgressAndCancel(t *testing.T) {
	t.Parallel()
	root := generate(300, 10)
	var last, total int64
	check(t, links.Options{Root: root, Progress: func(done, all int64) { last, total = done, all }})
	require.Equal(t, int64(301), last)
	require.Equal(t, total, last)

	ctx, cancel := context.WithCancel(t.Context())
	_, err := links.Check(ctx, links.Options{Root: root, Progress: func(int64, int64) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
}

func TestEveryRunGivesTheSameReport(t *testing.T) {
	t.Parallel()
	root := generate(200, 12)
	root["extra.html"] = &fstest.MapFile{Data: []byte(`<a href="/gone/1"></a><a href="/gone/2"></a><a href="/page-001/#no">`), ModTime: time.Time{}}
	limits := links.Limits{Targets: 2, PlacesPerTarget: 3}
	first := check(t, links.Options{Root: root, Concurrency: 1, Limits: limits})
	require.NotEmpty(t, first.Broken)
	for range 5 {
		require.Equal(t, first, check(t, links.Options{Root: root, Concurrency: 4, Limits: limits}))
	}
}
