package site

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	pid, parent, threads, pages, ok := parseStat("42 (a) b (c) S 7 42 42 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 5 0 100 1000000 321 18446744073709551615 1")
	require.True(t, ok)
	require.Equal(t, []int64{42, 7, 5, 321}, []int64{pid, parent, threads, pages})
	for _, broken := range []string{"", "42", "42 (a", "42 (a) S 1 2", "x (a) S 7 42 42 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 5 0 100 1000000 321"} {
		_, _, _, _, ok := parseStat(broken)
		require.False(t, ok, broken)
	}
}
