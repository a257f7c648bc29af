package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/stretchr/testify/require"
)

// fuzzArchive: whatever the bytes, there is no panic; Unpack accepts exactly
// what Inspect accepts, writes only below its folder, and what it writes has
// the digest that Inspect announced.
func fuzzArchive(t *testing.T, data []byte) {
	r := bytes.NewReader(data)
	want, ierr := source.Inspect(t.Context(), r, r.Size(), smallLimits())
	above := t.TempDir()
	out := filepath.Join(above, "out")
	got, uerr := source.Unpack(t.Context(), r, r.Size(), out, smallLimits(), nil)
	require.Equal(t, ierr == nil, uerr == nil, "Inspect: %v, Unpack: %v", ierr, uerr)
	require.Equal(t, want, got)
	left, err := os.ReadDir(above)
	require.NoError(t, err)
	if ierr != nil {
		require.Empty(t, left)
		return
	}
	require.Len(t, left, 1)
}

func FuzzInspectZip(f *testing.F) {
	f.Add(zipOf(f, nil, entry{name: "a/b.md", body: "text"}, entry{name: "a/c/", body: ""}))
	f.Add(zipOf(f, nil, entry{name: "../b.md", body: "text"}))
	f.Add(zip64Claim())
	f.Fuzz(fuzzArchive)
}

func FuzzInspectTar(f *testing.F) {
	f.Add(tarOf(f, entry{name: "a/b.md", body: "text"}, entry{name: "a/c.md", body: "more"}))
	f.Add(gz(f, tarOf(f, entry{name: "a/b.md", body: "text"})))
	f.Fuzz(fuzzArchive)
}
