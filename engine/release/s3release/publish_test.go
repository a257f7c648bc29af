package s3release

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
)

func TestPublishUploadsWhatIsNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	_, err := w.Head(t.Context())
	require.ErrorIs(t, err, release.ErrNoRelease)

	a := publish(t, w.Target, "publish-a", siteA)
	require.Equal(t, release.Switched, a.Outcome)
	require.Equal(t, len(siteA), a.NewFiles)
	requireLive(t, w.Target, siteA)
	require.Len(t, w.wire.sent("COPY"), 0)

	changed := map[string]string{}
	for p, content := range siteA {
		changed[p] = content
	}
	changed["guide/index.html"] = "guide, mended"
	w.wire.reset()
	b := publish(t, w.Target, "publish-b", changed)
	require.Equal(t, 1, b.NewFiles)
	require.Equal(t, a.ID, b.Replaced)
	require.Equal(t, a.ID, b.Previous)
	site := "releases/" + b.ID + "/"
	puts := w.wire.sent("PUT")
	require.Equal(t, []string{"PUT " + site + "site/guide/index.html", "PUT " + site + "manifest.json", "PUT current.json"}, puts)
	require.Len(t, w.wire.sent("COPY"), len(siteA)-1)
	requireLive(t, w.Target, changed)

	w.wire.reset()
	again := publish(t, w.Target, "publish-b", changed)
	require.Equal(t, release.AlreadyLive, again.Outcome)
	require.Equal(t, b.Head, again.Head)
	require.Empty(t, w.wire.sent("PUT", "COPY", "DELETE"))

	list, err := w.Releases(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, b.ID, list[0].ID)
	require.True(t, list[0].Live)
	require.Equal(t, a.Head, list[1].Head)
	history, err := w.History(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []string{b.ID, a.ID}, []string{history[0].Release, history[1].Release})
}

// What readers have open stays whole: assets of older releases are beside the live one.
func TestAssetsOfOlderReleasesStayInReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	a := publish(t, w.Target, "publish-a", siteA)
	b := publish(t, w.Target, "publish-b", siteB)
	get := func(id, path string) string {
		data, _, err := w.bucket.get(t.Context(), w.siteKey(id)+path, 1<<20, false)
		require.NoError(t, err)
		return string(data)
	}
	require.Equal(t, "body{}", get(b.ID, "css/main.0a1b2c3d.css"))
	requireLive(t, w.Target, siteB)

	w.wire.reset()
	r, err := w.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-1"), Release: a.ID, IfLive: b.ID})
	require.NoError(t, err)
	require.Empty(t, r.Warnings)
	require.Equal(t, b.ID, r.Replaced)
	require.Equal(t, []string{"PUT current.json"}, w.wire.sent("PUT"), "a rollback is one swap")
	require.Equal(t, "body{color:red}", get(a.ID, "css/main.9f8e7d6c.css"))
	requireLive(t, w.Target, siteA)
	history, err := w.History(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, release.RolledBack, history[0].Action)
	require.Equal(t, "rollback-1", history[0].JobID)
}

func TestRollbackRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	a, b := publish(t, w.Target, "publish-a", siteA), publish(t, w.Target, "publish-b", siteB)
	_, err := w.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-1"), Release: a.ID, IfLive: a.ID})
	var moved *release.MovedError
	require.ErrorAs(t, err, &moved)
	require.Equal(t, b.ID, moved.Live)
	_, err = w.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-1"), Release: "publish-x.0123456789ab"})
	var gone *release.NotFoundError
	require.ErrorAs(t, err, &gone)
	requireLive(t, w.Target, siteB)
}

func TestContentTypesAndHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	r := publish(t, w.Target, "publish-a", map[string]string{
		"index.html": "home", "app.0a1b2c3d.js": "1", "plain.js": "2", "files/manual.pdf": "%PDF",
		"_headers":   "/files/*\n  Content-Disposition: attachment\n  Cache-Control: max-age=60\n/*\n  X-Frame-Options: DENY\n",
		"_redirects": "/old /new 302\n/blog/* /posts/:splat\n",
	})
	has := func(path, content string, p properties) {
		t.Helper()
		ok, err := w.bucket.has(t.Context(), w.siteKey(r.ID)+path, digestOf([]byte(content)), p)
		require.NoError(t, err)
		require.True(t, ok, path)
	}
	has("index.html", "home", properties{ContentType: "text/html; charset=utf-8", CacheControl: revalidate})
	has("app.0a1b2c3d.js", "1", properties{ContentType: "text/javascript; charset=utf-8", CacheControl: forever})
	has("plain.js", "2", properties{ContentType: "text/javascript; charset=utf-8", CacheControl: revalidate})
	has("files/manual.pdf", "%PDF", properties{ContentType: "application/pdf", CacheControl: "max-age=60", ContentDisposition: "attachment"})
	has("old/index.html", "", properties{ContentType: "text/html; charset=utf-8", CacheControl: revalidate, Redirect: "/new"})
	m, err := w.Current(t.Context())
	require.NoError(t, err)
	require.Len(t, m.Redirects, 2)
	require.Equal(t, 302, m.Redirects[0].Status)
	require.Equal(t, "DENY", m.Headers.For("/x")["X-Frame-Options"])

	// Other headers for the same content: the copy has the new ones.
	w.wire.reset()
	r = publish(t, w.Target, "publish-b", map[string]string{"index.html": "home", "_headers": "/\n Cache-Control: max-age=5\n"})
	require.True(t, slices.Contains(w.wire.sent("COPY"), "COPY releases/"+r.ID+"/site/index.html"))
	has("index.html", "home", properties{ContentType: "text/html; charset=utf-8", CacheControl: "max-age=5"})
}
