package cli_test

import (
	"archive/zip"
	"context"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/job"
)

// completed returns a job that made these files.
func completed(w *world, files map[string]string) job.ID {
	id := w.submitted("made")
	w.Finish(id, job.StateCompleted, files)
	return id
}

// tree returns every file below a folder: content by path.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(content)
		return err
	}))
	return files
}

func TestResultFetchesFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := map[string]string{"site/index.html": "<p>hello", "site/a/b c.txt": "b", "empty": "", "reports/links.json": "{}"}
	id := completed(w, made)
	dir := filepath.Join(t.TempDir(), "new", "folder")
	got := w.run("result", string(id), "--output", dir)
	require.Equal(t, cli.ExitOK, got.code, got.err)
	require.Equal(t, made, tree(t, dir))
	require.Contains(t, got.err, "4 files, 11 B, in ")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "site", "index.html"), []byte("old"), 0o644))
	w.tty = true
	require.Equal(t, cli.ExitOK, w.run("result", string(id), "-o", dir, "--json").code, "again, over what is there")
	require.Equal(t, made, tree(t, dir))
}

func TestResultFetchesAnArchive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := completed(w, map[string]string{"a.txt": "A"})
	dir := t.TempDir()
	got := w.run("result", string(id), "--archive", "zip", "--output", dir)
	require.Equal(t, cli.ExitOK, got.code, got.err)
	z, err := zip.OpenReader(filepath.Join(dir, string(id)+".zip"))
	require.NoError(t, err)
	defer z.Close()
	require.Len(t, z.File, 1)

	named := filepath.Join(dir, "x", "y.tgz")
	require.Equal(t, cli.ExitOK, w.run("result", string(id), "--archive", "tar.gz", "-o", named).code)
	require.FileExists(t, named)

	piped := w.run("result", string(id), "--archive", "zip", "-o", "-")
	require.Equal(t, cli.ExitOK, piped.code)
	require.True(t, strings.HasPrefix(piped.out, "PK"))
	w.tty = true
	require.Equal(t, cli.ExitUsage, w.run("result", string(id), "--archive", "zip", "-o", "-").code)
}

// listing is a server that names other files than it has.
type listing struct {
	*apitest.Server
	change func(job.Artifact) job.Artifact
}

// Files implements api.Artifacts.
func (l listing) Files(ctx context.Context, outputs []job.Output) iter.Seq2[job.Artifact, error] {
	return func(yield func(job.Artifact, error) bool) {
		for a, err := range l.Server.Files(ctx, outputs) {
			if err == nil {
				a = l.change(a)
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

// fetchFrom fetches the files "a.txt" and "b.txt" from a server that changes
// what it says about the second, and returns what lies around afterwards.
func fetchFrom(t *testing.T, prepare func(dir string), change func(*job.Artifact)) (outcome, map[string]string) {
	t.Helper()
	w := newWorld(t)
	c := w.Config()
	c.Artifacts = listing{w.Server, func(a job.Artifact) job.Artifact {
		if a.Path == "b.txt" {
			change(&a)
		}
		return a
	}}
	w.start(c)
	id := completed(w, map[string]string{"a.txt": "A", "b.txt": "B"})
	around := t.TempDir()
	dir := filepath.Join(around, "in", "out")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	prepare(dir)
	return w.run("result", string(id), "-o", dir), tree(t, around)
}

func TestHostilePathsAreRefusedBeforeAnythingIsFetched(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"../evil", "/etc/evil", "a/../../evil", `..\evil`, `C:\evil`, "c:evil", ".", "", "x/", "a//b", "evil\x1b[2J", "a\x00b", "\u202egpj.exe", "a.txt",
	} {
		got, files := fetchFrom(t, func(string) {}, func(a *job.Artifact) { a.Path = path })
		require.Equal(t, cli.ExitFailed, got.code, "%q", path)
		require.Contains(t, got.err, "nothing was fetched", "%q", path)
		require.NotContains(t, got.err, "\x1b")
		require.Empty(t, files, "%q", path)
	}
}

func TestLinksInTheFolderLeadNowhere(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	got, _ := fetchFrom(t, func(dir string) {
		require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
	}, func(a *job.Artifact) { a.Path = "link/evil.txt" })
	require.Equal(t, cli.ExitFailed, got.code)
	require.Empty(t, tree(t, outside))
}

func TestWhatIsNotInTheManifestIsNotKept(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*job.Artifact){
		"another digest": func(a *job.Artifact) { a.SHA256 = strings.Repeat("0", 64) },
		"longer":         func(a *job.Artifact) { a.Size = 0 },
		"shorter":        func(a *job.Artifact) { a.Size = 2 },
		"negative":       func(a *job.Artifact) { a.Size = -1 },
		"missing":        func(a *job.Artifact) { a.Path = "missing.txt" },
	} {
		got, files := fetchFrom(t, func(string) {}, change)
		require.Equal(t, cli.ExitFailed, got.code, name)
		delete(files, "in/out/a.txt")
		require.Empty(t, files, name)
	}
}
