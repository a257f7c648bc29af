package artifact

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRecentTreesAreBoundedByFiles(t *testing.T) {
	t.Parallel()
	var r recentTrees
	ref := func(i int) TreeRef { return TreeRef{SHA256: fmt.Sprint(i)} }
	tree := func(files int) *Tree { return &Tree{Files: make([]File, files)} }

	for i := range 3 {
		r.put(ref(i), tree(recentFiles/3))
	}
	_, ok := r.get(ref(0)) // used last from here on
	require.True(t, ok)
	r.put(ref(3), tree(recentFiles/3))
	for i, kept := range []bool{true, false, true, true} {
		_, ok := r.get(ref(i))
		require.Equal(t, kept, ok, "tree %d", i)
	}

	r.put(ref(4), tree(recentFiles+1))
	_, ok = r.get(ref(4))
	require.False(t, ok, "a tree above the bound pushes nothing out")
	r.put(ref(3), tree(recentFiles/3))
	require.Len(t, r.kept, 3)
	require.LessOrEqual(t, r.files, recentFiles)
}
