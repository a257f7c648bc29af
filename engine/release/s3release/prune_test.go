package s3release

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
)

func TestPruneDeletesOldReleases(t *testing.T) {
	t.Parallel()
	for _, layout := range []Layout{Pointer, Sync} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, layout)
			many := map[string]string{"index.html": "many", "css/main.0a1b2c3d.css": "body{}"}
			for i := range 1005 { // more than one request deletes
				many[fmt.Sprintf("files/%d.txt", i)] = "x"
			}
			a, b := publish(t, w.Target, "publish-a", many), publish(t, w.Target, "publish-b", siteB)
			c := publish(t, w.Target, "publish-c", map[string]string{"index.html": "home C"})
			_, err := w.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-1"), Release: b.ID})
			require.NoError(t, err)

			report, err := w.Prune(t.Context(), release.PruneOptions{Keep: 1, For: time.Hour})
			require.NoError(t, err)
			require.Empty(t, report.Releases, "all of them were live within the hour")
			report, err = w.Prune(t.Context(), release.PruneOptions{Keep: 1})
			require.NoError(t, err)
			require.Equal(t, []string{a.ID}, report.Releases)
			require.Greater(t, report.Blobs, 1005)
			for o, err := range w.bucket.list(t.Context(), w.releaseKey(a.ID)) {
				require.NoError(t, err)
				t.Fatalf("%s was left", o.key)
			}
			requireLive(t, w.Target, siteB)
			list, err := w.Releases(t.Context())
			require.NoError(t, err)
			require.Equal(t, []string{c.ID, b.ID}, []string{list[0].ID, list[1].ID})
			if layout == Sync {
				for o := range w.bucket.list(t.Context(), w.site+"css/") {
					require.NotContains(t, o.key, "0a1b2c3d", "the asset of the old release is gone with it")
				}
			}
			_, err = w.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-2"), Release: a.ID})
			var gone *release.NotFoundError
			require.ErrorAs(t, err, &gone)
			publish(t, w.Target, "publish-a", siteA)
			requireLive(t, w.Target, siteA)
		})
	}
}

func TestPruneSurvivesKillAtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, layout := range []Layout{Pointer, Sync} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, layout)
			for n := 1; ; n++ {
				own := func(o *Options) { o.Prefix = fmt.Sprintf("prune-%d", n) }
				target, wire := w.open(t, layout, own)
				a := publish(t, target, "publish-a", siteA)
				publish(t, target, "publish-b", siteB)
				wire.reset()
				wire.dead = n
				_, err := target.Prune(t.Context(), release.PruneOptions{Keep: 1})
				target, _ = w.open(t, layout, own)
				requireLive(t, target, siteB)
				list, lerr := target.Releases(t.Context())
				require.NoError(t, lerr)
				for _, r := range list {
					_, lerr := target.Manifest(t.Context(), r.ID)
					require.NoError(t, lerr)
				}
				target.now = func() time.Time { return time.Now().Add(2 * removalTime) } // nobody can be at it any more
				_, perr := target.Prune(t.Context(), release.PruneOptions{Keep: 1})
				require.NoError(t, perr)
				for o, err := range target.bucket.list(t.Context(), target.state) {
					require.NoError(t, err)
					require.NotContains(t, o.key, a.ID)
				}
				requireLive(t, target, siteB)
				if err == nil && wire.n < n {
					return
				}
			}
		})
	}
}

// A release that is being removed cannot be made live, and one that was made live is
// not removed.
func TestPruneAndRollbackExcludeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	a := publish(t, w.Target, "publish-a", siteA)
	publish(t, w.Target, "publish-b", siteB)
	other, _ := w.open(t, Pointer)
	back := release.RollbackOptions{Meta: meta("rollback-1"), Release: a.ID}

	w.wire.reset()
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if r.Method == http.MethodPost { // the first delete
			_, err := other.Rollback(t.Context(), back)
			require.Error(t, err)
		}
		return nil
	}
	_, err := w.Prune(t.Context(), release.PruneOptions{Keep: 1})
	require.NoError(t, err)
	w.wire.reset()
	requireLive(t, w.Target, siteB)

	c := publish(t, w.Target, "publish-c", siteA)
	publish(t, w.Target, "publish-b2", siteB)
	w.wire.reset()
	raced := false
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if !raced && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "current.json") {
			raced = true
			_, err := other.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-2"), Release: c.ID})
			require.NoError(t, err)
		}
		return nil
	}
	_, err = w.Prune(t.Context(), release.PruneOptions{Keep: 1})
	require.Error(t, err, "somebody switched the target meanwhile")
	require.Empty(t, w.wire.sent("DELETE"))
	w.wire.reset()
	requireLive(t, w.Target, siteA)
}

// What a killed publish has left is deleted once nobody can be at it any more.
func TestPruneDeletesWhatWasLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	publish(t, w.Target, "publish-a", siteA)
	w.wire.reset()
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "manifest.json") && r.Method == http.MethodPut {
			return answer(r, http.StatusInternalServerError, "")
		}
		return nil
	}
	_, err := w.Publish(t.Context(), source(t, siteB), meta("publish-b"), nil)
	require.Error(t, err)
	w.wire.reset()
	left := func() (n int) {
		for _, o := range must(filepath.Glob(filepath.Join(w.folder, "site", "releases", "publish-b*", "site", "*"))) {
			if _, err := os.Stat(o); err == nil {
				n++
			}
		}
		return n
	}
	require.NotZero(t, left())
	_, err = w.Prune(t.Context(), release.PruneOptions{Keep: 5})
	require.NoError(t, err)
	require.NotZero(t, left(), "somebody may be at it")
	w.now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	_, err = w.Prune(t.Context(), release.PruneOptions{Keep: 5, For: 100 * time.Hour})
	require.NoError(t, err)
	require.Zero(t, left())
	requireLive(t, w.Target, siteA)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// An object that the store has lost or damaged is sent anew.
func TestDamagedSourcesAreReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	a := publish(t, w.Target, "publish-a", siteA)
	file := filepath.Join(w.folder, "site", "releases", a.ID, "site", "guide", "index.html")
	require.NoError(t, os.WriteFile(file, []byte("GUIDE A"), 0o644))
	require.NoError(t, os.Remove(filepath.Join(w.folder, "site", "releases", a.ID, "site", "guide", "set up & run.html")))
	b := publish(t, w.Target, "publish-b", siteB)
	require.Equal(t, 6, b.NewFiles)
	requireLive(t, w.Target, siteB)
}

// A prune that was not heard of for a while deletes nothing of a release that somebody
// has published again meanwhile.
func TestALatePruneLeavesWhatIsWantedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	one, two := map[string]string{"index.html": "one"}, map[string]string{"index.html": "two"}
	a := publish(t, w.Target, "publish-a", one)
	publish(t, w.Target, "publish-b", two)
	publish(t, w.Target, "publish-c", map[string]string{"index.html": "three"})
	other, _ := w.open(t, Pointer)
	w.wire.reset()
	taken := false
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if taken || r.Method != http.MethodGet || r.URL.Query().Get("prefix") != w.releaseKey(a.ID) {
			return nil
		}
		taken = true // the prune is about to delete the release
		retry := release.Meta{JobID: "publish-a", Attempt: 2}
		_, err := other.Publish(t.Context(), source(t, one), retry, nil)
		var locked *release.LockedError
		require.ErrorAs(t, err, &locked, "the prune goes on")
		later := time.Now().Add(2 * removalTime)
		other.now = func() time.Time { return later }
		again, err := other.Publish(t.Context(), source(t, one), retry, nil)
		require.NoError(t, err)
		require.Equal(t, a.ID, again.ID)
		return nil
	}
	_, err := w.Prune(t.Context(), release.PruneOptions{Keep: 1})
	require.True(t, taken)
	require.ErrorContains(t, err, "prune again")
	w.wire.reset()
	requireLive(t, w.Target, one)
	w.now = other.now
	_, err = w.Prune(t.Context(), release.PruneOptions{Keep: 1})
	require.NoError(t, err)
	requireLive(t, w.Target, one)
}

// While assets are deleted that no release has, no release comes to need them.
func TestPruneAndSyncExcludeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Sync)
	publish(t, w.Target, "publish-a", map[string]string{"index.html": "a", "css/main.9f8e7d6c.css": "old"})
	publish(t, w.Target, "publish-b", map[string]string{"index.html": "b"})
	publish(t, w.Target, "publish-c", map[string]string{"index.html": "c"})
	other, _ := w.open(t, Sync)
	siteD := map[string]string{"index.html": "d", "css/main.9f8e7d6c.css": "old"}
	w.wire.reset()
	raced := false
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if r.Method == http.MethodPost && !raced {
			raced = true
			_, err := other.Publish(t.Context(), source(t, siteD), meta("publish-d"), nil)
			var locked *release.LockedError
			require.ErrorAs(t, err, &locked)
			require.Equal(t, "prune", locked.Holder.Doing)
		}
		return nil
	}
	_, err := w.Prune(t.Context(), release.PruneOptions{Keep: 1})
	require.NoError(t, err)
	require.True(t, raced)
	w.wire.reset()
	publish(t, other, "publish-d", siteD)
	requireLive(t, other, siteD)

	publish(t, w.Target, "publish-e", map[string]string{"index.html": "e"})
	pruned := false
	w.wire.reset()
	w.wire.hook = func(_ int, r *http.Request) *http.Response {
		if !pruned && r.Header.Get("X-Amz-Copy-Source") != "" && r.URL.Path == "/"+bucketUsed+"/"+w.site+"index.html" {
			pruned = true
			_, err := other.Prune(t.Context(), release.PruneOptions{Keep: 1})
			var locked *release.LockedError
			require.ErrorAs(t, err, &locked)
			require.Equal(t, "publish-f", locked.Holder.JobID)
		}
		return nil
	}
	publish(t, w.Target, "publish-f", siteD)
	require.True(t, pruned)
	w.wire.reset()
	requireLive(t, w.Target, siteD)
}
