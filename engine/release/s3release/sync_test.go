package s3release

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
)

// A plain bucket with a website endpoint serves the site, its redirects included.
func TestSyncServesAPlainBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Sync)
	bucket := w.server.Bucket(t, "localhost") // the name of the host is that of the bucket
	_ = bucket
	target, wire := w.open(t, Sync, func(o *Options) { o.Bucket, o.Prefix = "localhost", "" })
	require.NoError(t, target.bucket.website(t.Context()))
	site := map[string]string{
		"index.html": "home", "guide/index.html": "guide", "404.html": "nothing here", "_redirects": "/old /guide/ 301\n/away https://example.org/x\n/blog/* /guide/:splat\n",
	}
	a := publish(t, target, "publish-a", site)
	get := func(path string, want int) (body, location string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.Website+path, nil)
		require.NoError(t, err)
		req.Host = "localhost"
		resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, want, resp.StatusCode, "%s: %s", path, data)
		return string(data), resp.Header.Get("Location")
	}
	body, _ := get("/guide/", http.StatusOK)
	require.Equal(t, "guide", body)
	_, location := get("/old/", http.StatusMovedPermanently)
	require.Equal(t, "/guide/", location)
	_, location = get("/away/", http.StatusMovedPermanently)
	require.Equal(t, "https://example.org/x", location)

	wire.reset()
	b := publish(t, target, "publish-b", map[string]string{"index.html": "home", "guide/index.html": "guide, mended"})
	state := "PUT /localhost/.docjobs/"
	require.Equal(t, []string{
		state + "releases/" + b.ID + "/site/guide/index.html", state + "releases/" + b.ID + "/manifest.json",
		state + "current.json", state + "current.json", state + "current.json",
	}, wire.sent("PUT"), "the pointer says who syncs, still does before deletes, and has done it")
	require.Equal(t, []string{"COPY /localhost/.docjobs/releases/" + b.ID + "/site/index.html", "COPY /localhost/guide/index.html"}, wire.sent("COPY"))
	require.Len(t, wire.sent("DELETE"), 1)
	body, _ = get("/guide/", http.StatusOK)
	require.Equal(t, "guide, mended", body)
	get("/old/", http.StatusNotFound)

	wire.reset()
	_, err := target.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-1"), Release: a.ID})
	require.NoError(t, err)
	require.Len(t, wire.sent("COPY"), 3, "only what differs")
	body, _ = get("/guide/", http.StatusOK)
	require.Equal(t, "guide", body)
	_, location = get("/old/", http.StatusMovedPermanently)
	require.Equal(t, "/guide/", location)
}

func TestSyncLeavesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Sync)
	_, err := w.bucket.putJSON(t.Context(), "site/theirs.txt", []byte("x"), properties{ContentType: "text/plain"}, absent)
	require.NoError(t, err)
	publish(t, w.Target, "publish-a", siteA)
	publish(t, w.Target, "publish-b", siteB)
	data, _, err := w.bucket.get(t.Context(), "site/theirs.txt", 10, false)
	require.NoError(t, err)
	require.Equal(t, "x", string(data))
	for _, path := range []string{".docjobs/x", "a\nb.html", strings.Repeat("long/", 200) + "x.html"} {
		_, err = w.Publish(t.Context(), source(t, map[string]string{path: "y", "index.html": "z"}), meta("publish-c"), nil)
		var bad *release.SourceError
		require.ErrorAs(t, err, &bad, path)
		require.Equal(t, path, bad.Path)
	}
}

// A sync that failed has changed a part of the files. Whoever comes next need not wait,
// and brings the files to the state of a release: of the one that is live, too.
func TestAFailedSyncIsMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Sync)
	a := publish(t, w.Target, "publish-a", siteA)
	fail := func() {
		w.wire.reset()
		w.wire.hook = func(_ int, r *http.Request) *http.Response {
			if strings.HasSuffix(r.URL.Path, "/site/sitemap.xml") && !strings.Contains(r.URL.Path, "releases/") {
				return answer(r, http.StatusInternalServerError, "")
			}
			return nil
		}
		_, err := w.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
		require.Error(t, err)
		w.wire.reset()
		head, err := w.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, a.ID, head.ID)
		data, _, err := w.bucket.get(t.Context(), w.site+"index.html", 100, false)
		require.NoError(t, err)
		require.Equal(t, siteB["index.html"], string(data), "it is a mixture")
	}
	fail()
	whole, err := w.Whole(t.Context())
	require.NoError(t, err)
	require.False(t, whole)
	r, err := w.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-1"), Release: a.ID})
	require.NoError(t, err)
	require.Equal(t, release.Mended, r.Outcome)
	requireLive(t, w.Target, siteA)
	whole, err = w.Whole(t.Context())
	require.NoError(t, err)
	require.True(t, whole)

	fail()
	publish(t, w.Target, "publish-c", map[string]string{"index.html": "home C"})
	requireLive(t, w.Target, map[string]string{"index.html": "home C"})
	h, err := w.History(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, h, 2)
}
