package activities

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

const testID job.ID = "publish-3f9k2m7qx1ab4c5d"

func newWorkspace(t *testing.T) *Workspace {
	t.Helper()
	w, err := OpenWorkspace(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

// fill makes a folder with one file.
func fill(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644)
}

func TestAWorkspaceBelongsToOneWorkerAndBeginsEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	left := filepath.Join(dir, "jobs", string(testID), "read-only")
	require.NoError(t, os.MkdirAll(left, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(left, "f"), nil, 0o444))
	require.NoError(t, os.Chmod(left, 0o555))

	first, err := OpenWorkspace(dir)
	require.NoError(t, err)
	require.NoDirExists(t, left, "what a killed worker left is gone")
	_, err = OpenWorkspace(dir)
	require.ErrorContains(t, err, "another worker uses "+dir)
	require.NoError(t, first.Close())
	second, err := OpenWorkspace(dir)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}

func TestAbandonedFoldersAreRemoved(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	old, err := w.Job(testID)
	require.NoError(t, err)
	recent, err := w.Job("publish-0000000000000000")
	require.NoError(t, err)
	now := time.Now()
	require.NoError(t, os.Chtimes(old, now, now.Add(-3*time.Hour)))
	require.NoError(t, w.removeOlder(now.Add(-abandonedAfter)))
	require.NoDirExists(t, old)
	require.DirExists(t, recent)
}

func TestFoldersAreMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	var made atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			dir, err := w.Folder(t.Context(), testID, "site", func(dir string) error { made.Add(1); return fill(dir) })
			if err != nil || filepath.Base(dir) != "site" {
				t.Errorf("%s, %v", dir, err)
			}
		})
	}
	group.Wait()
	before := made.Load()
	_, err := w.Folder(t.Context(), testID, "site", func(string) error { return errors.New("made again") })
	require.NoError(t, err)
	require.Equal(t, before, made.Load())
	parent, err := w.Job(testID)
	require.NoError(t, err)
	left, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary folder is left: %v", left)
	require.NoError(t, w.Remove(testID))
	require.NoDirExists(t, parent)
}

func TestAFolderThatCannotBeMadeLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	broken := errors.New("broken")
	_, err := w.Folder(t.Context(), testID, "site", func(dir string) error { return errors.Join(fill(dir), broken) })
	require.ErrorIs(t, err, broken)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = w.Folder(ctx, testID, "site", func(dir string) error { cancel(); return fill(dir) })
	require.ErrorIs(t, err, context.Canceled)
	parent, err := w.Job(testID)
	require.NoError(t, err)
	left, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Empty(t, left)
}
