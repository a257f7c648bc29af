package source_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"archive/tar"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/stretchr/testify/require"
)

func randomTree(r *rand.Rand) map[string]string {
	dirs := []string{"", "guide/", "guide/a b/", "référence/", "x/y/z/"}
	files := map[string]string{}
	for i := range 1 + r.IntN(30) {
		body := make([]byte, r.IntN(5000))
		for j := range body {
			body[j] = byte(r.Uint32())
		}
		files[fmt.Sprintf("%spage-%d.md", dirs[r.IntN(len(dirs))], i)] = string(body)
	}
	return files
}

func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, p))
		out[p] = string(b)
		return err
	}))
	return out
}

// TestOneContentOneDigest is the promise of the package: folder, packed stream,
// zip and tar of the same files have one digest, and unpack to the same files.
func TestOneContentOneDigest(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		files := randomTree(rand.New(rand.NewPCG(seed, 1)))
		if seed == 0 {
			files = map[string]string{"only/deep/page.md": "a single folder in a single folder"}
		}
		dir := folderOf(t, files)
		want, err := source.Digest(t.Context(), dir, source.DefaultLimits())
		require.NoError(t, err)

		var packed, again bytes.Buffer
		sum, err := source.Pack(t.Context(), dir, &packed, source.PackOptions{})
		require.NoError(t, err)
		require.Equal(t, want.Digest, sum.Digest)
		_, err = source.Pack(t.Context(), dir, &again, source.PackOptions{})
		require.NoError(t, err)
		require.Equal(t, packed.Bytes(), again.Bytes(), "packing is deterministic")

		var wrapped []entry // map order: archives list files in any order
		for name, body := range files {
			wrapped = append(wrapped, entry{name: "repo-1.2/" + name, body: body})
		}
		for format, data := range map[source.Format][]byte{
			source.FormatTarGz: packed.Bytes(),
			source.FormatZip:   zipOf(t, nil, wrapped...),
			source.FormatTar:   tarOf(t, wrapped...),
		} {
			got, err := source.Inspect(t.Context(), bytes.NewReader(data), int64(len(data)), source.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, source.Summary{Format: format, Digest: want.Digest, Files: want.Files, Bytes: want.Bytes}, got)
			out := filepath.Join(t.TempDir(), "out")
			unpacked, err := source.Unpack(t.Context(), bytes.NewReader(data), int64(len(data)), out, source.DefaultLimits(), nil)
			require.NoError(t, err)
			require.Equal(t, got, unpacked)
			require.Equal(t, files, readTree(t, out))
		}
	}
}

// TestDigestFormat pins the byte format: changing it changes every Job ID.
func TestDigestFormat(t *testing.T) {
	t.Parallel()
	got, err := source.Digest(t.Context(), folderOf(t, map[string]string{"b.md": "b", "a/a.md": "", ".git/config": "x", "a/.DS_Store": "x"}), source.DefaultLimits())
	require.NoError(t, err)
	// printf 'docjobs-tree-v1\n<sha256 of nothing> 0 a/a.md\n<sha256 of b> 1 b.md\n' | sha256sum
	require.Equal(t, source.Summary{Format: source.FormatFolder, Files: 2, Bytes: 1, Digest: "f6c0367f2e843d6e6b6827f3884aed80df7e6c029082f739431bf0b60bdd3d8a"}, got)
}

func TestUnpackWritesPlainFiles(t *testing.T) {
	t.Parallel()
	data := append(gz(t, tarOf(t, entry{name: "s/", kind: tar.TypeDir}, entry{name: "./s/run.sh", body: "#!"}, entry{name: "s/.git/HEAD", body: "x"})), "trailing garbage"...)
	out := filepath.Join(t.TempDir(), "out")
	var seen int
	_, err := source.Unpack(t.Context(), bytes.NewReader(data), int64(len(data)), out, source.DefaultLimits(), func(files int, _ int64) { seen = files })
	require.NoError(t, err)
	require.Equal(t, 1, seen)
	require.Equal(t, map[string]string{"run.sh": "#!"}, readTree(t, out))
	info, err := os.Stat(filepath.Join(out, "run.sh"))
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o111, "nothing is executable")

	_, err = source.Unpack(t.Context(), bytes.NewReader(data), int64(len(data)), out, source.DefaultLimits(), nil)
	require.ErrorContains(t, err, "not empty", "nothing is ever overwritten")
}

func TestBadFolders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string)
		want source.Reason
	}{
		"empty": {func(*testing.T, string) {}, source.ReasonEmpty},
		"only ignored": {func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "node_modules"), 0o755))
		}, source.ReasonEmpty},
		"link out":         {func(t *testing.T, dir string) { require.NoError(t, os.Symlink("/etc/hosts", filepath.Join(dir, "l"))) }, source.ReasonLink},
		"link to nowhere":  {func(t *testing.T, dir string) { require.NoError(t, os.Symlink("gone", filepath.Join(dir, "l"))) }, source.ReasonLink},
		"link to a folder": {func(t *testing.T, dir string) { require.NoError(t, os.Symlink(".", filepath.Join(dir, "l"))) }, source.ReasonLink},
		"FIFO":             {func(t *testing.T, dir string) { require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "f"), 0o600)) }, source.ReasonDevice},
		"large file": {func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "f"), make([]byte, 1<<20+1), 0o600))
		}, source.ReasonFileSize},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c.make(t, dir)
			_, err := source.Digest(t.Context(), dir, smallLimits())
			requireReason(t, err, c.want)
			_, err = source.Pack(t.Context(), dir, io.Discard, source.PackOptions{Limits: smallLimits()})
			requireReason(t, err, c.want)
		})
	}
}

func TestLinksInsideCountAsCopies(t *testing.T) {
	t.Parallel()
	linked := folderOf(t, map[string]string{"docs/index.md": "same"})
	require.NoError(t, os.Symlink("docs/index.md", filepath.Join(linked, "README.md")))
	a, err := source.Digest(t.Context(), linked, source.DefaultLimits())
	require.NoError(t, err)
	b, err := source.Digest(t.Context(), folderOf(t, map[string]string{"docs/index.md": "same", "README.md": "same"}), source.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, b, a)
}

// TestPackNoticesChanges writes to a file that is being packed.
func TestPackNoticesChanges(t *testing.T) {
	t.Parallel()
	dir := folderOf(t, map[string]string{"a.md": "a", "b.md": "b"})
	_, err := source.Pack(t.Context(), dir, io.Discard, source.PackOptions{Progress: func(files int, _ int64) {
		if files == 1 {
			require.NoError(t, os.Remove(filepath.Join(dir, "b.md")))
		}
	}})
	require.ErrorIs(t, err, source.ErrChanged)
}

func TestCancelInTheMiddleLeavesNothing(t *testing.T) {
	t.Parallel()
	entries := make([]entry, 50)
	for i := range entries {
		entries[i] = entry{name: fmt.Sprintf("%d.md", i), body: "text"}
	}
	stop := errors.New("the user cancelled")
	for name, data := range map[string][]byte{"zip": zipOf(t, nil, entries...), "tar": tarOf(t, entries...), "tar.gz": gz(t, tarOf(t, entries...))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			above := t.TempDir()
			ctx, cancel := context.WithCancelCause(t.Context())
			_, err := source.Unpack(ctx, bytes.NewReader(data), int64(len(data)), filepath.Join(above, "out"), source.DefaultLimits(), func(files int, _ int64) {
				if files == 20 {
					cancel(stop)
				}
			})
			require.ErrorIs(t, err, stop)
			left, err := os.ReadDir(above)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// failing is a disk that breaks: that is not the archive's fault.
type failing struct{ *bytes.Reader }

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off > 0 {
		return 0, syscall.EIO
	}
	return f.Reader.ReadAt(p, off)
}

func TestBrokenDiskIsNotABadArchive(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{zipOf(t, nil, entry{name: "a", body: "x"}), tarOf(t, entry{name: "a", body: string(make([]byte, 1<<20))})} {
		_, err := source.Inspect(t.Context(), failing{bytes.NewReader(data)}, int64(len(data)), source.DefaultLimits())
		var refused *source.Refused
		require.ErrorIs(t, err, syscall.EIO)
		require.NotErrorAs(t, err, &refused)
	}
}

func TestLimitsValidateNamesEveryFault(t *testing.T) {
	t.Parallel()
	require.NoError(t, source.DefaultLimits().Validate())
	err := source.Limits{Entries: -1}.Validate()
	requireReason(t, err, source.ReasonLimits)
	for _, field := range []string{"Entries", "TotalBytes", "FileBytes", "Depth", "PathBytes", "NameBytes", "Ratio"} {
		require.ErrorContains(t, err, field)
	}
}
