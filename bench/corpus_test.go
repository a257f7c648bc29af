package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/source"
)

func TestTheCorpusIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	digest := func() source.Summary {
		dir := t.TempDir()
		require.NoError(t, writeCorpus(dir, 120))
		sum, err := source.Digest(t.Context(), dir, source.DefaultLimits())
		require.NoError(t, err)
		return sum
	}
	first := digest()
	require.Equal(t, 120, first.Files)
	require.InDelta(t, 120*2300, first.Bytes, 120*400, "about 2 KB a page")
	require.Equal(t, first.Digest, digest().Digest)
}

func TestOneTouchedPageIsAnotherContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, writeCorpus(dir, 60))
	before, err := source.Digest(t.Context(), dir, source.DefaultLimits())
	require.NoError(t, err)
	require.NoError(t, touchPage(dir, 30, 60))
	after, err := source.Digest(t.Context(), dir, source.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, before.Files, after.Files)
	require.NotEqual(t, before.Digest, after.Digest)
}

// Broken links would end the publish before its release.
func TestLinksOfTheCorpusLeadSomewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const pages = 120
	require.NoError(t, writeCorpus(dir, pages))
	links := 0
	for i := range pages - 1 {
		content, err := os.ReadFile(filepath.Join(dir, pagePath(i)))
		require.NoError(t, err)
		for _, rest := range strings.Split(string(content), "](")[1:] {
			target, _, _ := strings.Cut(rest, ")")
			require.FileExists(t, filepath.Join(dir, filepath.Dir(pagePath(i)), target))
			links++
		}
	}
	require.Greater(t, links, pages)
}
