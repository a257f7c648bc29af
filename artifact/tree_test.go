package artifact

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

var site = map[string]string{
	"index.html":        "<h1>Handbook</h1>",
	"a-b/page.html":     "<p>sorts before a/</p>",
	"a/page.html":       "<p>page</p>",
	"a/copy.html":       "<p>page</p>",
	"css/site.css":      "body {}",
	"empty.txt":         "",
	"img/big.png":       string(random(2*inMemory + 3)),
	"ünïcode/Seite.htm": "<p>ü</p>",
}

func writeFolder(t testing.TB, files map[string]string) string {
	dir := t.TempDir()
	for path, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(path))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(content), 0o644))
	}
	return dir
}

func readFolder(t testing.TB, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(relative)] = string(content)
		return err
	}))
	return files
}

func TestFolderThereAndBack(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		trees := s.Trees()
		dir := writeFolder(t, site)
		var last Progress
		ref, err := trees.Put(t.Context(), dir, TreeOptions{Progress: func(p Progress) { last = p }})
		require.NoError(t, err)
		require.Equal(t, len(site), ref.Files)
		require.Equal(t, Progress{Files: 8, TotalFiles: 8, Bytes: ref.Bytes, Written: last.Written}, last)

		again, err := trees.Put(t.Context(), dir, TreeOptions{Concurrency: 1, Progress: func(p Progress) { last = p }})
		require.NoError(t, err)
		require.Equal(t, ref, again, "equal folders have equal references")
		require.Zero(t, last.Written, "nothing is written twice")

		tree, err := trees.Get(t.Context(), ref)
		require.NoError(t, err)
		page, found := tree.Lookup("a/page.html")
		require.True(t, found)
		require.Equal(t, "text/html; charset=utf-8", page.MediaType)
		_, found = tree.Lookup("a/missing.html")
		require.False(t, found)

		out := filepath.Join(t.TempDir(), "out")
		require.NoError(t, trees.Materialize(t.Context(), ref, out, MaterializeOptions{}))
		require.Equal(t, site, readFolder(t, out))
		require.ErrorContains(t, trees.Materialize(t.Context(), ref, out, MaterializeOptions{}), "something is there already")
	})
}

func TestTreeExcludes(t *testing.T) {
	t.Parallel()
	trees := openStore(t, "mem://").Trees()
	ref, err := trees.Put(t.Context(), writeFolder(t, site), TreeOptions{Exclude: func(path string, d fs.DirEntry) bool {
		return path == "a" || strings.HasSuffix(path, ".png")
	}})
	require.NoError(t, err)
	require.Equal(t, len(site)-3, ref.Files)
}

func TestEmptyFolder(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		ref, err := s.Trees().Put(t.Context(), t.TempDir(), TreeOptions{})
		require.NoError(t, err)
		out := filepath.Join(t.TempDir(), "out")
		require.NoError(t, s.Trees().Materialize(t.Context(), ref, out, MaterializeOptions{}))
		require.Empty(t, readFolder(t, out))
	})
}

func TestFoldersThatCannotBeStored(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(dir string) error{
		"a symbolic link": func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "a", "bad")) },
		"a named pipe":    func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "a", "bad"), 0o600) },
		"not a relative":  func(dir string) error { return os.WriteFile(filepath.Join(dir, `a\bad`), nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFolder(t, site)
			require.NoError(t, spoil(dir))
			s := openStore(t, "mem://")
			_, err := s.Trees().Put(t.Context(), dir, TreeOptions{})
			bad, ok := errors.AsType[*FileError](err)
			require.True(t, ok, "%v", err)
			require.Contains(t, bad.Path, "bad")
			require.ErrorContains(t, err, name)
			require.Empty(t, everything(t, s), "a folder is refused before anything is stored")
		})
	}
}

func TestMaterializeLeavesNothingOnError(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		trees := s.Trees()
		ref, err := trees.Put(t.Context(), writeFolder(t, site), TreeOptions{})
		require.NoError(t, err)
		tree, err := trees.Get(t.Context(), ref)
		require.NoError(t, err)
		png, _ := tree.Lookup("img/big.png")
		parent := t.TempDir()

		ctx, cancel := context.WithCancel(t.Context())
		err = trees.Materialize(ctx, ref, parent+"/out", MaterializeOptions{Concurrency: 1, Progress: func(p Progress) { cancel() }})
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, readFolder(t, parent))

		damaged := bytes.Repeat([]byte("x"), int(png.Size))
		require.NoError(t, s.bucket.WriteAll(t.Context(), png.Ref().key(), damaged, nil))
		err = trees.Materialize(t.Context(), ref, parent+"/out", MaterializeOptions{})
		require.ErrorContains(t, err, "img/big.png: stored copy of "+png.Ref().key()+" is damaged")

		require.NoError(t, s.Delete(t.Context(), png.Ref()))
		err = trees.Materialize(t.Context(), ref, parent+"/out", MaterializeOptions{})
		require.ErrorIs(t, err, ErrNotFound)
		entries, err := os.ReadDir(parent)
		require.NoError(t, err)
		require.Empty(t, entries)
	})
}

func TestArchives(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		trees := s.Trees()
		ref, err := trees.Put(t.Context(), writeFolder(t, site), TreeOptions{})
		require.NoError(t, err)
		tree, err := trees.Get(t.Context(), ref)
		require.NoError(t, err)
		o := ArchiveOptions{Folder: "site"}
		for name, format := range map[string]struct {
			write func(context.Context, io.Writer, *Tree, ArchiveOptions) error
			read  func(*testing.T, []byte) map[string]string
		}{"zip": {trees.WriteZip, unzip}, "tar.gz": {trees.WriteTarGz, untar}} {
			var first, second bytes.Buffer
			require.NoError(t, format.write(t.Context(), &first, tree, o), name)
			require.NoError(t, format.write(t.Context(), &second, tree, o), name)
			require.True(t, bytes.Equal(first.Bytes(), second.Bytes()), "the same tree makes the same bytes")
			require.Equal(t, site, format.read(t, first.Bytes()))
			require.Error(t, format.write(t.Context(), io.Discard, tree, ArchiveOptions{Folder: "../up"}))
			require.Error(t, format.write(t.Context(), io.Discard, &Tree{Files: []File{{Path: "../up"}}}, o))
		}
	})
}

func unzip(t *testing.T, archive []byte) map[string]string {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range r.File {
		entry, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(entry)
		require.NoError(t, err)
		files[strings.TrimPrefix(f.Name, "site/")] = string(content)
	}
	return files
}

func untar(t *testing.T, archive []byte) map[string]string {
	packed, err := gzip.NewReader(bytes.NewReader(archive))
	require.NoError(t, err)
	files := map[string]string{}
	for r := tar.NewReader(packed); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		files[strings.TrimPrefix(header.Name, "site/")] = string(content)
	}
}

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func line(path string) string {
	return `{"path":"` + path + `","size":0,"sha256":"` + digest + `","type":"text/plain"}` + "\n"
}

func TestManifestsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, manifest := range map[string]string{
		"empty":              "",
		"not JSON":           "hello\n",
		"other version":      `{"tree":2,"files":0,"bytes":0}` + "\n",
		"wrong count":        `{"tree":1,"files":2,"bytes":0}` + "\n" + line("a"),
		"wrong sum":          `{"tree":1,"files":1,"bytes":9}` + "\n" + line("a"),
		"parent":             `{"tree":1,"files":1,"bytes":0}` + "\n" + line("../a"),
		"absolute":           `{"tree":1,"files":1,"bytes":0}` + "\n" + line("/a"),
		"backslash":          `{"tree":1,"files":1,"bytes":0}` + "\n" + line(`a\\b`),
		"NUL":                `{"tree":1,"files":1,"bytes":0}` + "\n" + line(`a\u0000b`),
		"unsorted":           `{"tree":1,"files":2,"bytes":0}` + "\n" + line("b") + line("a"),
		"twice":              `{"tree":1,"files":2,"bytes":0}` + "\n" + line("a") + line("a"),
		"file and folder":    `{"tree":1,"files":3,"bytes":0}` + "\n" + line("a") + line("a-b") + line("a/b/c"),
		"unknown member":     `{"tree":1,"files":0,"bytes":0,"more":1}` + "\n",
		"two on a line":      `{"tree":1,"files":0,"bytes":0}{}` + "\n",
		"overlong line":      `{"tree":1,"files":1,"bytes":0}` + "\n" + line(strings.Repeat("a", maxManifestLine)),
		"digest with a path": `{"tree":1,"files":1,"bytes":0}` + "\n" + `{"path":"a","size":0,"sha256":"../x","type":""}`,
		"negative size":      `{"tree":1,"files":1,"bytes":-1}` + "\n" + strings.Replace(line("a"), `"size":0`, `"size":-1`, 1),
	} {
		_, err := parseManifest(strings.NewReader(manifest))
		require.Error(t, err, name)
	}
}

// A manifest that is accepted is canonical: writing it gives the same tree.
func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{"tree":1,"files":2,"bytes":0}` + "\n" + line("a/b") + line("ü")))
	f.Add([]byte(`{"tree":1,"files":0,"bytes":0}` + "\n"))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		tree, err := parseManifest(bytes.NewReader(manifest))
		if err != nil {
			return
		}
		for _, file := range tree.Files {
			require.True(t, filepath.IsLocal(filepath.FromSlash(file.Path)))
		}
		var out bytes.Buffer
		require.NoError(t, writeManifest(&out, tree))
		again, err := parseManifest(&out)
		require.NoError(t, err)
		require.Equal(t, tree, again)
	})
}
