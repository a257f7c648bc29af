package release

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var servedSite = map[string]string{
	"index.html":             "<h1>home</h1>",
	"404.html":               "<h1>not here</h1>",
	"fr/404.html":            "<h1>pas ici</h1>",
	"fr/index.html":          "<h1>accueil</h1>",
	"guide/index.html":       "<h1>guide</h1>",
	"guide/a b:c/index.html": "<h1>odd name</h1>",
	"x:y/index.html":         "<h1>colon</h1>",
	"assets/app.js":          "let a",
	"file":                   "no extension",
}

// serve starts a real server; the site is below prefix.
func serve(tb testing.TB, t *FileTarget, prefix string) *httptest.Server {
	tb.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", http.StripPrefix(prefix, NewHandler(t)))
	s := httptest.NewServer(mux)
	tb.Cleanup(s.Close)
	return s
}

// do sends the path as it is and follows no redirect.
func do(tb testing.TB, method, url string, header ...string) (*http.Response, string) {
	tb.Helper()
	resp, body, err := ask(tb.Context(), method, url, header...)
	require.NoError(tb, err)
	return resp, body
}

// ask is do for goroutines, which must not end the test.
func ask(ctx context.Context, method, url string, header ...string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, "", err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

func TestHandlerPaths(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	id := publish(t, target, "publish-a", servedSite).ID
	tests := []struct {
		path     string
		status   int
		body     string
		location string
	}{
		{"/", 200, "<h1>home</h1>", ""},
		{"/index.html", 200, "<h1>home</h1>", ""},
		{"/guide/", 200, "<h1>guide</h1>", ""},
		{"/guide", 301, "", "guide/"},
		{"/guide?q=1&r=%20", 301, "", "guide/?q=1&r=%20"},
		{"/guide/a%20b:c", 301, "", "./a%20b:c/"},
		{"/guide/a%20b:c/", 200, "<h1>odd name</h1>", ""},
		{"/x:y", 301, "", "./x:y/"},
		{"/assets/app.js", 200, "let a", ""},
		{"/assets/app.js/", 404, "<h1>not here</h1>", ""},
		{"/assets/", 404, "<h1>not here</h1>", ""},
		{"/assets", 404, "<h1>not here</h1>", ""},
		{"/nothing", 404, "<h1>not here</h1>", ""},
		{"/fr/rien/du/tout", 404, "<h1>pas ici</h1>", ""},
		{"/fr", 301, "", "fr/"},
		{"/%2e%2e/manifest.json", 404, "<h1>not here</h1>", ""},
		{"/guide/%2e%2e%2f%2e%2e/manifest.json", 404, "<h1>not here</h1>", ""},
		{"/..%2fhead.json", 404, "<h1>not here</h1>", ""},
		{"/guide%2f", 200, "<h1>guide</h1>", ""},
		{"/%00", 404, "<h1>not here</h1>", ""},
	}
	for _, prefix := range []string{"", "/sites/local", "/sites/local/"} {
		server := serve(t, target, prefix)
		for _, tt := range tests {
			t.Run(prefix+tt.path, func(t *testing.T) {
				url := server.URL + strings.TrimSuffix(prefix, "/") + tt.path
				resp, body := do(t, http.MethodGet, url)
				if resp.StatusCode == 307 || resp.StatusCode == 301 && resp.Header.Get(Header) == "" {
					t.Skip("cleaned by the mux before it gets here")
				}
				require.Equal(t, tt.status, resp.StatusCode)
				require.Equal(t, tt.body, body)
				require.Equal(t, tt.location, resp.Header.Get("Location"))
				require.Equal(t, id, resp.Header.Get(Header))

				head, empty := do(t, http.MethodHead, url)
				require.Empty(t, empty)
				require.Equal(t, resp.StatusCode, head.StatusCode)
				require.Equal(t, resp.ContentLength, max(head.ContentLength, 0))
			})
		}
	}
}

// The mount point without its slash must not show the home page: relative
// links on it would lead one level too high.
func TestHandlerRedirectsTheMountPoint(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", servedSite)
	server := serve(t, target, "/sites/local")
	resp, _ := do(t, http.MethodGet, server.URL+"/sites/local?x=1")
	require.Equal(t, http.StatusMovedPermanently, resp.StatusCode)
	require.Equal(t, "local/?x=1", resp.Header.Get("Location"))

	followed, err := server.Client().Get(server.URL + "/sites/local/guide")
	require.NoError(t, err)
	defer followed.Body.Close()
	require.Equal(t, "/sites/local/guide/", followed.Request.URL.Path, "a client ends up below the prefix")
	require.Equal(t, http.StatusOK, followed.StatusCode)
}

// Without a mux in front nobody cleans the path.
func TestHandlerRefusesUncleanPaths(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", servedSite)
	for _, p := range []string{"/../manifest.json", "/guide/../../head.json", "//guide/", "/guide//", "/./", "/guide/.", "/guide/..", "/..", `/..\head.json`} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.RequestURI = p, p
		w := httptest.NewRecorder()
		NewHandler(target).ServeHTTP(w, r)
		require.Equal(t, http.StatusNotFound, w.Code, p)
		require.Equal(t, "<h1>not here</h1>", w.Body.String(), p)
	}
}

func TestHandlerConditionsAndRanges(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", servedSite)
	server := serve(t, target, "")
	url := server.URL + "/guide/"

	resp, _ := do(t, http.MethodGet, url)
	etag := resp.Header.Get("ETag")
	f := newSource(t, map[string]string{"x": servedSite["guide/index.html"]}).Files()[0]
	require.Equal(t, `"`+f.SHA256+`"`, etag)
	require.Equal(t, "no-cache", resp.Header.Get("Cache-Control"))
	require.Empty(t, resp.Header.Get("Last-Modified"))

	resp, body := do(t, http.MethodGet, url, "If-None-Match", etag)
	require.Equal(t, http.StatusNotModified, resp.StatusCode)
	require.Empty(t, body)
	require.NotEmpty(t, resp.Header.Get(Header))

	resp, body = do(t, http.MethodGet, url, "Range", "bytes=4-8")
	require.Equal(t, http.StatusPartialContent, resp.StatusCode)
	require.Equal(t, "guide", body)
	resp, body = do(t, http.MethodGet, url, "Range", "bytes=4-8", "If-Range", `"other"`)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "<h1>guide</h1>", body)
	resp, _ = do(t, http.MethodGet, url, "Range", "bytes=100-")
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, resp.StatusCode)

	resp, body = do(t, http.MethodGet, server.URL+"/nothing", "Range", "bytes=0-1", "If-None-Match", "*")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.Equal(t, "<h1>not here</h1>", body)
	require.Empty(t, resp.Header.Get("ETag"))
}

func TestHandlerOnlyReads(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", servedSite)
	server := serve(t, target, "")
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		resp, _ := do(t, method, server.URL+"/")
		require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode, method)
		require.Equal(t, "GET, HEAD", resp.Header.Get("Allow"))
	}
}

func TestHandlerMediaTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a.html": "text/html; charset=utf-8", "a.css": "text/css; charset=utf-8", "a.js": "text/javascript; charset=utf-8",
		"a.svg": "image/svg+xml", "a.wasm": "application/wasm", "a.xml": "application/xml", "a.json": "application/json",
		"a.webmanifest": "application/manifest+json", "A.HTML": "text/html; charset=utf-8", "LICENSE": "application/octet-stream",
		"a.unheard-of": "application/octet-stream", ".html": "text/html; charset=utf-8",
	}
	site := map[string]string{}
	for name := range tests {
		site[name] = "<html>" // nothing is guessed from the content
	}
	target := newTarget(t)
	publish(t, target, "publish-a", site)
	server := serve(t, target, "")
	for name, want := range tests {
		resp, _ := do(t, http.MethodGet, server.URL+"/"+name)
		require.Equal(t, want, resp.Header.Get("Content-Type"), name)
		require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	}
}

func TestHandlerBeforeTheFirstReleaseAndWithout404Page(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	server := serve(t, target, "")
	resp, body := do(t, http.MethodGet, server.URL+"/")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.Contains(t, body, "Nothing has been published")

	publish(t, target, "publish-a", map[string]string{"index.html": "x"})
	resp, _ = do(t, http.MethodGet, server.URL+"/")
	require.Equal(t, http.StatusOK, resp.StatusCode, "the handler notices the first release")
	resp, body = do(t, http.MethodGet, server.URL+"/nothing")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.Contains(t, body, "not found")
}

func TestHandlerAdmitsDamage(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, site string){
		"file gone":    func(t *testing.T, site string) { require.NoError(t, os.Remove(filepath.Join(site, "index.html"))) },
		"release gone": func(t *testing.T, site string) { require.NoError(t, os.RemoveAll(filepath.Dir(site))) },
		"other size":   func(t *testing.T, site string) { replace(t, filepath.Join(site, "index.html"), "longer than before") },
		"link out of the folder": func(t *testing.T, site string) {
			require.NoError(t, os.Remove(filepath.Join(site, "index.html")))
			require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(site, "index.html")))
		},
		"manifest": func(t *testing.T, site string) { replace(t, filepath.Join(filepath.Dir(site), "manifest.json"), "{}") },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := newTarget(t)
			damage(t, target.siteDir(publish(t, target, "publish-a", servedSite).ID))
			resp, body := do(t, http.MethodGet, serve(t, target, "").URL+"/")
			require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
			require.NotContains(t, body, target.dir, "paths of the server are not told to readers")
		})
	}
}

func replace(tb testing.TB, path, content string) {
	tb.Helper()
	require.NoError(tb, os.Remove(path))
	require.NoError(tb, os.WriteFile(path, []byte(content), 0o444))
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c cache
	loads := 0
	load := func(id string) (*site, error) { loads++; return &site{id: id}, nil }
	for range 3 {
		for _, id := range []string{"a", "b", "c"} {
			s, err := c.get(id, load)
			require.NoError(t, err)
			require.Equal(t, id, s.id)
		}
	}
	require.Equal(t, 3, loads, "what is in use is loaded once")
	for range 100 {
		for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
			_, err := c.get(id, load)
			require.NoError(t, err)
		}
	}
	require.Len(t, c.entries, cacheSize)

	_, err := c.get("bad", func(string) (*site, error) { return nil, os.ErrNotExist })
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = c.get("bad", load)
	require.NoError(t, err, "a failure is not remembered")
}

// A page that was loaded before a switch names assets that the new release lacks. They
// stay as long as the target holds a release that has them.
func TestHandlerFindsAssetsOfOtherReleases(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	site := func(asset string) map[string]string {
		return map[string]string{"index.html": asset, "404.html": "nothing", "js/app." + asset + ".js": "code of " + asset, "only-" + asset + ".html": "page"}
	}
	one := publish(t, target, "publish-1", site("0a1b2c3d"))
	server := httptest.NewServer(NewHandler(target))
	defer server.Close()
	requireAnswer := func(path string, status int, id, says string) {
		t.Helper()
		resp, body, err := ask(t.Context(), http.MethodGet, server.URL+path)
		require.NoError(t, err)
		require.Equal(t, status, resp.StatusCode, path)
		require.Equal(t, id, resp.Header.Get(Header))
		require.Equal(t, says, body)
	}
	requireAnswer("/js/app.9f8e7d6c.js", http.StatusNotFound, one.ID, "nothing")
	two := publish(t, target, "publish-2", site("9f8e7d6c"))
	requireAnswer("/js/app.0a1b2c3d.js", http.StatusOK, one.ID, "code of 0a1b2c3d")
	requireAnswer("/js/app.9f8e7d6c.js", http.StatusOK, two.ID, "code of 9f8e7d6c")
	requireAnswer("/only-0a1b2c3d.html", http.StatusNotFound, two.ID, "nothing")
	_, err := target.Rollback(t.Context(), RollbackOptions{Meta: Meta{JobID: "rollback-1", Attempt: 1}, Release: one.ID})
	require.NoError(t, err)
	requireAnswer("/js/app.9f8e7d6c.js", http.StatusOK, two.ID, "code of 9f8e7d6c")
	_, err = target.Prune(t.Context(), PruneOptions{Keep: 0})
	require.NoError(t, err)
	requireAnswer("/js/app.9f8e7d6c.js", http.StatusNotFound, one.ID, "nothing")
}
