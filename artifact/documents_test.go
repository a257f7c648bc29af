package artifact

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocuments(t *testing.T) {
	type record struct{ State string }
	eachStore(t, func(t *testing.T, s *Store) {
		docs := s.Documents()
		ctx := t.Context()
		var got record
		require.ErrorIs(t, docs.Get(ctx, "jobs/a/record.json", &got), ErrNotFound)
		require.NoError(t, docs.Create(ctx, "jobs/a/record.json", record{"queued"}))
		require.ErrorIs(t, docs.Create(ctx, "jobs/a/record.json", record{"failed"}), ErrExists)
		require.NoError(t, docs.Get(ctx, "jobs/a/record.json", &got))
		require.Equal(t, record{"queued"}, got, "the refused write must change nothing")
		require.NoError(t, docs.Put(ctx, "jobs/a/record.json", record{"completed"}))
		require.NoError(t, docs.Get(ctx, "jobs/a/record.json", &got))
		require.Equal(t, record{"completed"}, got)

		require.NoError(t, docs.Put(ctx, "jobs/a-b/record.json", 1))
		require.NoError(t, docs.Put(ctx, "jobs/a/extra/x.json", 1))
		require.Equal(t, []string{"jobs/a-b/record.json", "jobs/a/extra/x.json", "jobs/a/record.json"}, keys(t, docs, "jobs"))
		require.Equal(t, []string{"jobs/a/extra/x.json", "jobs/a/record.json"}, keys(t, docs, "jobs/a"))
		require.Empty(t, keys(t, docs, "nothing"))

		require.NoError(t, docs.Delete(ctx, "jobs/a/record.json"))
		require.ErrorIs(t, docs.Delete(ctx, "jobs/a/record.json"), ErrNotFound)
	})
}

func keys(t *testing.T, docs *Documents, folder string) (keys []string) {
	for key, err := range docs.List(t.Context(), folder) {
		require.NoError(t, err)
		keys = append(keys, key)
	}
	return keys
}

func TestDocumentKeys(t *testing.T) {
	t.Parallel()
	docs := openStore(t, "file://"+t.TempDir()).Documents()
	for _, key := range []string{
		"", "/", "a/", "/a", "a//b", "..", "a/../b", "a/.b", "a b", "ä", "a\\b", "a\x00", "-a", "a.tmp", "a.attrs",
		"blobs/aa/x", "blobs", "Logs/x", strings.Repeat("a", 201), strings.Repeat("a/", 300) + "a",
	} {
		require.Error(t, docs.Put(t.Context(), key, 1), "%q", key)
		require.Error(t, docs.Get(t.Context(), key, new(int)), "%q", key)
		require.Error(t, docs.Delete(t.Context(), key), "%q", key)
	}
	for _, key := range []string{"a", "jobs/publish-3f9k2m7qx1ab.pt-BR/record.json", CheckpointKey("j", "build", strings.Repeat("a", 64))} {
		require.NoError(t, docs.Put(t.Context(), key, 1), key)
	}
}

func TestDamagedAndOversizedDocuments(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		require.NoError(t, s.bucket.WriteAll(t.Context(), "x.json", []byte(`{"cut of`), nil))
		var v any
		require.ErrorContains(t, s.Documents().Get(t.Context(), "x.json", &v), "stored copy of x.json is damaged")
		require.ErrorContains(t, s.Documents().Put(t.Context(), "y.json", strings.Repeat("y", maxDocument)), "too large")
		require.ErrorIs(t, s.Documents().Get(t.Context(), "y.json", &v), ErrNotFound)
	})
}

func TestEmptyFoldersGoWithTheirLastDocument(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	docs := openStore(t, "file://"+dir).Documents()
	require.NoError(t, docs.Put(t.Context(), "journal/1/a/x.json", 1))
	require.NoError(t, docs.Put(t.Context(), "journal/1/b/x.json", 1))
	require.NoError(t, docs.Delete(t.Context(), "journal/1/a/x.json"))
	require.NoDirExists(t, filepath.Join(dir, "journal", "1", "a"))
	require.DirExists(t, filepath.Join(dir, "journal", "1", "b"))
	require.NoError(t, docs.Delete(t.Context(), "journal/1/b/x.json"))
	require.NoDirExists(t, filepath.Join(dir, "journal"))
	require.DirExists(t, dir)

	// Whoever writes into a folder at that moment finds it again.
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			key := fmt.Sprintf("busy/folder/%d.json", n)
			for range 100 {
				if err := docs.Put(t.Context(), key, 1); err != nil {
					t.Error(err)
					return
				}
				if err := docs.Delete(t.Context(), key); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestUnfinishedWritesAreNotListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	docs := openStore(t, "file://"+dir).Documents()
	require.NoError(t, docs.Put(t.Context(), "jobs/a.json", 1))
	temp, err := createBeside(filepath.Join(dir, "jobs", "b.json")) // as a killed process leaves it
	require.NoError(t, err)
	require.NoError(t, temp.Close())
	entries, err := os.ReadDir(filepath.Join(dir, "jobs"))
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, []string{"jobs/a.json"}, keys(t, docs, "jobs"))
}
