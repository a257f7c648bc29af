package source_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/stretchr/testify/require"
)

// manyFiles is a folder of 10,000 pages of 4 KiB in 100 folders.
func manyFiles(b *testing.B) string {
	files := make(map[string]string, 10_000)
	for i := range 10_000 {
		files[fmt.Sprintf("section-%02d/page-%05d.md", i%100, i)] = strings.Repeat(fmt.Sprintf("Line of page %d.\n", i), 220)
	}
	return folderOf(b, files)
}

func BenchmarkDigest10000(b *testing.B) {
	dir := manyFiles(b)
	for b.Loop() {
		_, err := source.Digest(b.Context(), dir, source.DefaultLimits())
		require.NoError(b, err)
	}
}

func BenchmarkPack10000(b *testing.B) {
	dir := manyFiles(b)
	for b.Loop() {
		_, err := source.Pack(b.Context(), dir, io.Discard, source.PackOptions{})
		require.NoError(b, err)
	}
}

func BenchmarkUnpack10000(b *testing.B) {
	var packed bytes.Buffer
	_, err := source.Pack(b.Context(), manyFiles(b), &packed, source.PackOptions{})
	require.NoError(b, err)
	data, n := bytes.NewReader(packed.Bytes()), 0
	above := b.TempDir()
	for b.Loop() {
		n++
		_, err := source.Unpack(b.Context(), data, data.Size(), filepath.Join(above, fmt.Sprint(n)), source.DefaultLimits(), nil)
		require.NoError(b, err)
	}
}
