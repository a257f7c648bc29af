package release

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// blobs lists the digests in the store.
func blobs(tb testing.TB, t *FileTarget) []string {
	tb.Helper()
	var list []string
	err := filepath.WalkDir(t.path("blobs"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, d.Name())
		}
		return err
	})
	require.NoError(tb, err)
	return list
}

func TestPruneDropsOldReleasesAndTheirBlobs(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	target.now = func() time.Time { clock = clock.Add(time.Hour); return clock }
	one := publish(t, target, "publish-1", map[string]string{"index.html": "one", "logo.svg": "logo"})
	two := publish(t, target, "publish-2", map[string]string{"index.html": "two!", "logo.svg": "logo"})
	publish(t, target, "publish-3", siteA)
	four := publish(t, target, "publish-4", siteB)
	_, err := target.Rollback(t.Context(), RollbackOptions{Meta: Meta{JobID: "rollback-1", Attempt: 1}, Release: one.ID})
	require.NoError(t, err)

	report, err := target.Prune(t.Context(), PruneOptions{Keep: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"publish-3." + Tree(newSource(t, siteA).Files())[:12], two.ID}, report.Releases)
	require.Equal(t, 4, report.Blobs, "three pages of site A and one of the second release")
	require.EqualValues(t, len("two!")+len("home A")+len("guide A")+len("not here (A)"), report.Bytes)

	list, err := target.Releases(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, four.ID, list[0].ID)
	require.False(t, list[0].Live)
	require.Equal(t, one.ID, list[1].ID)
	require.True(t, list[1].Live, "the live release stays, however old")
	requireLive(t, target, map[string]string{"index.html": "one", "logo.svg": "logo"})
	requireTidy(t, target)

	_, err = target.Manifest(t.Context(), two.ID)
	var gone *NotFoundError
	require.ErrorAs(t, err, &gone)
	require.Len(t, history(t, target), 5, "the history reaches back further than the releases")
}

func TestPruneStopsBeforeDeletingWhenAManifestIsDamaged(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", siteA)
	b := publish(t, target, "publish-b", siteB)
	manifest := filepath.Join(target.releaseDir(b.ID), "manifest.json")
	require.NoError(t, os.Remove(manifest))
	require.NoError(t, os.WriteFile(manifest, []byte(`{"version":1}`), 0o444))
	before := blobs(t, target)

	_, err := target.Prune(t.Context(), PruneOptions{Keep: 1})
	var damaged *DamagedError
	require.ErrorAs(t, err, &damaged)
	require.Equal(t, before, blobs(t, target))
	list, err := target.Releases(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
}

func TestPruneAlongsidePublish(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for i := range 20 {
				publish(t, reopen(t, target), fmt.Sprintf("publish-%d-%d", w, i), map[string]string{"index.html": fmt.Sprint("shared ", i%3), "s.css": "s"})
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			if _, err := target.Prune(t.Context(), PruneOptions{Keep: 1}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	m, err := target.Current(t.Context())
	require.NoError(t, err)
	for _, f := range m.Files {
		require.FileExists(t, target.blobPath(f.SHA256), "a blob that is in use was deleted")
	}
}

func TestOpenFileIsReadToItsEndWhilePruned(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", siteA)
	f, err := os.Open(target.path("current", "guide", "index.html"))
	require.NoError(t, err)
	defer f.Close()
	publish(t, target, "publish-b", siteB)
	_, err = target.Prune(t.Context(), PruneOptions{Keep: 1})
	require.NoError(t, err)
	data, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "guide A", string(data))
}

func TestPruneTrimsTheHistory(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	for i := range 5 {
		publish(t, target, fmt.Sprint("publish-", i), map[string]string{"index.html": fmt.Sprint(i)})
	}
	before := history(t, target)
	unlock, err := target.lock(t.Context(), "prune", "")
	require.NoError(t, err)
	require.NoError(t, target.trimHistory(2))
	unlock()
	require.Equal(t, before[:2], history(t, target))
	publish(t, target, "publish-x", siteA)
	require.Len(t, history(t, target), 3)
}

// Who reads a page of a release that was live until now still asks for its parts.
func TestReleasesStayForAWhileAfterTheyWereLive(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	target.now = func() time.Time { return clock }
	one := publish(t, target, "publish-1", map[string]string{"index.html": "one"})
	two := publish(t, target, "publish-2", map[string]string{"index.html": "two"})
	clock = clock.Add(48 * time.Hour)
	three := publish(t, target, "publish-3", map[string]string{"index.html": "three"})
	keep := PruneOptions{Keep: 1, For: 24 * time.Hour}

	clock = clock.Add(23 * time.Hour)
	report, err := target.Prune(t.Context(), keep)
	require.NoError(t, err)
	require.Equal(t, []string{one.ID}, report.Releases, "the second was live 23 hours ago")
	clock = clock.Add(2 * time.Hour)
	report, err = target.Prune(t.Context(), keep)
	require.NoError(t, err)
	require.Equal(t, []string{two.ID}, report.Releases)
	list, err := target.Releases(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, three.ID, list[0].ID)
}
