package artifact

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAdoptedFilesAreStoredLikeOthers(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		copied, err := s.Trees().Put(t.Context(), writeFolder(t, site), TreeOptions{})
		require.NoError(t, err)
		dir := writeFolder(t, site)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "more"), []byte("more"), 0o644))
		adopted, err := s.Trees().Put(t.Context(), dir, TreeOptions{Adopt: true})
		require.NoError(t, err)
		require.NoError(t, os.RemoveAll(dir), "what is left of the folder is nobody's")
		require.Equal(t, copied.Files+1, adopted.Files)

		out := filepath.Join(t.TempDir(), "out")
		require.NoError(t, s.Trees().Materialize(t.Context(), adopted, out, MaterializeOptions{}))
		got := readFolder(t, out)
		require.Equal(t, "more", got["more"])
		delete(got, "more")
		require.Equal(t, site, got)
	})
}

func TestAnAdoptedFileIsLinkedReadOnlyAndNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, "file://"+filepath.Join(dir, "store"))
	from := writeFolder(t, map[string]string{"a": "content"})
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(from, "a"), old, old))
	ref, err := s.Trees().Put(t.Context(), from, TreeOptions{Adopt: true})
	require.NoError(t, err)
	tree, err := s.Trees().Get(t.Context(), ref)
	require.NoError(t, err)
	before, err := os.Stat(filepath.Join(from, "a"))
	require.NoError(t, err)
	blob, err := os.Stat(s.path(tree.Files[0].Ref().key()))
	require.NoError(t, err)
	require.True(t, os.SameFile(before, blob))
	require.Equal(t, os.FileMode(0o400), blob.Mode())
	require.WithinDuration(t, time.Now(), blob.ModTime(), time.Minute, "a sweep must not take it for an old one")
}

func TestADamagedBlobIsReplacedWhereTheFileIsAdopted(t *testing.T) {
	t.Parallel()
	s := openStore(t, "file://"+t.TempDir())
	ref, err := s.Trees().Put(t.Context(), writeFolder(t, map[string]string{"a": "content"}), TreeOptions{Adopt: true})
	require.NoError(t, err)
	tree, err := s.Trees().Get(t.Context(), ref)
	require.NoError(t, err)
	place := s.path(tree.Files[0].Ref().key())
	require.NoError(t, os.Remove(place))
	require.NoError(t, os.WriteFile(place, []byte("cont"), 0o600))
	_, err = s.Trees().Put(t.Context(), writeFolder(t, map[string]string{"a": "content"}), TreeOptions{Adopt: true})
	require.NoError(t, err)
	content, err := os.ReadFile(place)
	require.NoError(t, err)
	require.Equal(t, "content", string(content))
}
