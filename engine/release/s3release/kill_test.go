package s3release

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
)

// afterLease is a clock by which nobody can still be at what was begun now.
func afterLease() time.Time { return time.Now().Add(2 * lease) }

// A publish that is killed at any request leaves readers what they had, and the next
// try makes the same release and sends only what has not arrived.
func TestPublishSurvivesKillAtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, layout := range []Layout{Pointer, Sync} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, layout)
			for n := 1; ; n++ {
				own := func(o *Options) { o.Prefix = fmt.Sprintf("kill-%d", n) }
				first, wire := w.open(t, layout, own)
				a := publish(t, first, "publish-a", siteA)
				wire.reset()
				wire.dead = n
				b, err := first.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
				if err == nil && wire.n < n {
					require.Greater(t, n, 15, "the publish was killed at every request")
					return
				}
				arrived := wire.sent("PUT")
				requireSound(t, w, layout, own)

				second, wire := w.open(t, layout, own)
				second.now = afterLease
				again := publish(t, second, "publish-b", siteB)
				requireLive(t, second, siteB)
				if err == nil {
					require.Equal(t, b.ID, again.ID)
				}
				require.Equal(t, source(t, siteB).Files(), filesOf(t, second, again.ID))
				require.Equal(t, a.ID, again.Previous)
				for _, line := range wire.sent("PUT") {
					if strings.Contains(line, "/site/") && strings.Contains(line, "releases/") {
						require.NotContains(t, arrived, line, "what arrived is not sent again")
					}
				}
				h, err := second.History(t.Context(), 10)
				require.NoError(t, err)
				require.Len(t, h, 2, "one switch for each job")
			}
		})
	}
}

func filesOf(t *testing.T, target *Target, id string) []release.File {
	m, err := target.Manifest(t.Context(), id)
	require.NoError(t, err)
	return m.Files
}

// requireSound checks what readers find after a kill: with a pointer either site, whole;
// with copies no page without its parts, and nothing deleted before all else was there.
func requireSound(t *testing.T, w *world, layout Layout, own func(*Options)) {
	t.Helper()
	target, _ := w.open(t, layout, own)
	head, err := target.Head(t.Context())
	require.NoError(t, err)
	if layout == Pointer || head.JobID == "publish-b" {
		requireLive(t, target, map[string]map[string]string{"publish-a": siteA, "publish-b": siteB}[head.JobID])
		return
	}
	found := map[string]string{}
	for o, err := range target.bucket.list(t.Context(), target.site) {
		require.NoError(t, err)
		path := strings.TrimPrefix(o.key, target.site)
		if strings.HasPrefix(path, ".docjobs/") {
			continue
		}
		data, _, err := target.bucket.get(t.Context(), o.key, 1<<20, false)
		require.NoError(t, err)
		found[path] = string(data)
		require.Contains(t, []string{siteA[path], siteB[path]}, found[path], path)
	}
	if found["index.html"] == siteB["index.html"] || found["new/index.html"] != "" {
		require.Contains(t, found, "css/main.9f8e7d6c.css", "assets come before pages")
	}
	if found["sitemap.xml"] == siteB["sitemap.xml"] {
		require.Equal(t, siteB["index.html"], found["index.html"], "pages come before the site map")
	}
	for path, content := range siteA {
		if _, there := found[path]; !there {
			for p, c := range siteB {
				require.Equal(t, c, found[p], "%s (%s) was deleted before all of the new site was there", path, content)
			}
		}
	}
}

// The answer to any request may be lost although the store has done what was asked.
func TestPublishSurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	for _, layout := range []Layout{Pointer, Sync} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, layout)
			for n := 1; ; n++ {
				target, wire := w.open(t, layout, func(o *Options) {
					o.Prefix = fmt.Sprintf("mute-%d", n)
					o.Tries = 2
				})
				publish(t, target, "publish-a", siteA)
				wire.reset()
				wire.mute = n
				b, err := target.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
				require.NoError(t, err, "request %d", n)
				require.Equal(t, release.Switched, b.Outcome)
				requireLive(t, target, siteB)
				h, err := target.History(t.Context(), 10)
				require.NoError(t, err)
				require.Len(t, h, 2)
				if wire.n < n {
					return
				}
			}
		})
	}
}

func TestRollbackSurvivesKillAtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, layout := range []Layout{Pointer, Sync} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, layout)
			for n := 1; ; n++ {
				own := func(o *Options) { o.Prefix = fmt.Sprintf("back-%d", n) }
				target, wire := w.open(t, layout, own)
				a := publish(t, target, "publish-a", siteA)
				publish(t, target, "publish-b", siteB)
				wire.reset()
				wire.dead = n
				opts := release.RollbackOptions{Meta: meta("rollback-r"), Release: a.ID}
				r, err := target.Rollback(t.Context(), opts)
				if err == nil && len(r.Warnings) == 0 && wire.n < n {
					return
				}
				target, _ = w.open(t, layout, own)
				target.now = afterLease
				r, err = target.Rollback(t.Context(), opts)
				require.NoError(t, err)
				require.Empty(t, r.Warnings)
				requireLive(t, target, siteA)
				h, err := target.History(t.Context(), 10)
				require.NoError(t, err)
				require.Len(t, h, 3)
			}
		})
	}
}

// Of two that publish at once one loses, is told who won, and changes nothing.
func TestTheLoserOfARaceIsTold(t *testing.T) {
	t.Parallel()
	for _, layout := range []Layout{Pointer, Sync} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, layout)
			publish(t, w.Target, "publish-0", siteA)
			other, _ := w.open(t, layout)
			siteC := map[string]string{"index.html": "home C"}
			var c release.Result
			w.wire.reset()
			raced := false
			w.wire.hook = func(_ int, r *http.Request) *http.Response {
				if !raced && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/current.json") {
					raced = true
					c = publish(t, other, "publish-c", siteC)
				}
				return nil
			}
			_, err := w.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
			var conflict *release.ConflictError
			require.ErrorAs(t, err, &conflict)
			require.Equal(t, c.ID, conflict.Live)
			require.Equal(t, "publish-c", conflict.JobID)
			require.ErrorContains(t, err, "publish-c")
			requireLive(t, other, siteC)

			w.wire.reset()
			b := publish(t, w.Target, "publish-b", siteB)
			require.Equal(t, c.ID, b.Replaced)
			require.NotContains(t, strings.Join(w.wire.sent("PUT"), " "), "releases/", "all of the release was there")
			requireLive(t, w.Target, siteB)
		})
	}
}

// While somebody changes the files of a bucket nobody else does, unless the first one
// has not been heard of for a while.
func TestOnlyOneSyncRunsAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Sync)
	publish(t, w.Target, "publish-a", siteA)
	w.wire.reset()
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if r.Header.Get("X-Amz-Copy-Source") != "" && strings.HasSuffix(r.URL.Path, "/site/new/index.html") && !strings.Contains(r.URL.Path, "releases/") {
			w.wire.mu.Lock()
			w.wire.dead = 1
			w.wire.mu.Unlock()
			return answer(r, http.StatusInternalServerError, "")
		}
		return nil
	}
	_, err := w.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
	require.Error(t, err)

	other, _ := w.open(t, Sync)
	siteC := map[string]string{"index.html": "home C"}
	_, err = other.Publish(t.Context(), source(t, siteC), meta("publish-c"), nil)
	var locked *release.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, "publish-b", locked.Holder.JobID)

	later := other.now
	other.now = func() time.Time { return later().Add(2 * lease) }
	publish(t, other, "publish-c", siteC)
	requireLive(t, other, siteC)
	w.wire.reset()
	_, err = w.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
	require.NoError(t, err, "it is the next one then")
	requireLive(t, w.Target, siteB)
}

// A try that was cut off and goes on all the same changes nothing once the next try of
// the same job has taken over, which it does not do before the lease is over.
func TestACutOffTryWritesNothingOverTheNextOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Sync)
	publish(t, w.Target, "publish-a", siteA)
	next, wire := w.open(t, Sync)
	w.wire.reset()
	taken := false
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if taken || r.Header.Get("X-Amz-Copy-Source") == "" || !strings.HasSuffix(r.URL.Path, w.site+"css/main.9f8e7d6c.css") {
			return nil
		}
		taken = true // all pages are still to come
		_, err := next.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
		var locked *release.LockedError
		require.ErrorAs(t, err, &locked, "the first try may go on")
		next.now = afterLease
		wire.reset()
		wire.hook = func(_ int, r *http.Request) *http.Response { // it is in the middle of its work
			if r.Header.Get("X-Amz-Copy-Source") != "" && strings.HasSuffix(r.URL.Path, w.site+"new/index.html") {
				wire.mu.Lock()
				wire.dead = 1
				wire.mu.Unlock()
				return answer(r, http.StatusInternalServerError, "")
			}
			return nil
		}
		_, err = next.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
		require.Error(t, err)
		w.now = afterLease
		return nil
	}
	_, err := w.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
	var conflict *release.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.True(t, taken)
	w.wire.reset()
	wire.reset()
	next.now = func() time.Time { return afterLease().Add(2 * lease) }
	publish(t, next, "publish-b", siteB)
	requireLive(t, next, siteB)
}

func TestDamageOnTheWayIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	publish(t, w.Target, "publish-a", siteA)
	for name, hook := range map[string]func(int, *http.Request) *http.Response{
		"upload": func(_ int, r *http.Request) *http.Response {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/index.html") && r.Header.Get("X-Amz-Copy-Source") == "" {
				r.Body = http.NoBody
				r.ContentLength = 0
			}
			return nil
		},
		"copy": func(_ int, r *http.Request) *http.Response {
			if r.Header.Get("X-Amz-Copy-Source") != "" {
				return answer(r, http.StatusOK, "<CopyObjectResult><ETag>x</ETag><ChecksumSHA256>AAAA</ChecksumSHA256></CopyObjectResult>")
			}
			if strings.HasSuffix(r.URL.Path, "run.html") && r.Method == http.MethodPut {
				return answer(r, http.StatusServiceUnavailable, "")
			}
			return nil
		},
	} {
		w.wire.reset()
		w.wire.hook = hook
		_, err := w.Publish(t.Context(), source(t, siteB), meta("publish-"+name), nil)
		require.Error(t, err, name)
		require.Empty(t, w.wire.sent("DELETE"))
		require.NotContains(t, w.wire.sent("PUT"), "PUT current.json")
		w.wire.reset()
		requireLive(t, w.Target, siteA)
	}
	publish(t, w.Target, "publish-b", siteB)
	requireLive(t, w.Target, siteB)
}

func TestASourceThatChangesIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	publish(t, w.Target, "publish-a", siteA)
	w.wire.reset()
	_, err := w.Publish(t.Context(), lying{source(t, map[string]string{"index.html": "one"}), source(t, map[string]string{"index.html": "two"})}, meta("publish-b"), nil)
	var mismatch *release.MismatchError
	require.True(t, errors.As(err, &mismatch), "%v", err)
	require.NotContains(t, w.wire.sent("PUT"), "PUT current.json")
	requireLive(t, w.Target, siteA)
}

// lying announces one site and delivers another.
type lying struct {
	*release.Folder
	announced *release.Folder
}

func (l lying) Files() []release.File { return l.announced.Files() }
