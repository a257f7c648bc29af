package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/source"
)

func TestTheSiteIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	digest := func() source.Summary {
		dir := t.TempDir()
		require.NoError(t, writeSite(dir, 120))
		sum, err := source.Digest(t.Context(), dir, source.DefaultLimits())
		require.NoError(t, err)
		return sum
	}
	first := digest()
	require.Equal(t, 120+3+1+len(theme), first.Files, "pages, three sections, a front page, the theme")
	require.Equal(t, first.Digest, digest().Digest)
}

func TestAChangedPageIsAnotherSite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, writeSite(dir, 12))
	before, err := source.Digest(t.Context(), dir, source.DefaultLimits())
	require.NoError(t, err)
	require.NoError(t, changePage(dir, 5, 12))
	after, err := source.Digest(t.Context(), dir, source.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, before.Files, after.Files)
	require.NotEqual(t, before.Digest, after.Digest)
}

func TestMedianIsTheLowerMiddle(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2, median([]int{3, 1, 2}))
	require.Equal(t, 2, median([]int{4, 1, 3, 2}))
}

func TestProcessesKnowThisOne(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip(err)
	}
	self := processes()[os.Getpid()]
	require.Equal(t, os.Getppid(), self.parent)
	require.Positive(t, self.memory)
}
