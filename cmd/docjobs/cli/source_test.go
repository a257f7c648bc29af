package cli_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
)

// treeUploads takes archives in as the real server does: by the digest of what
// is in them.
type treeUploads struct {
	known    map[string]*job.Upload
	received atomic.Int64
}

// Find implements api.Uploads.
func (u *treeUploads) Find(_ context.Context, id string) (*job.Upload, error) {
	if known := u.known[id]; known != nil {
		return known, nil
	}
	return nil, &job.Error{Code: job.CodeNotFound, Message: "There is no such upload."}
}

// Receive implements api.Uploads.
func (u *treeUploads) Receive(ctx context.Context, r io.Reader) (*job.Upload, bool, error) {
	u.received.Add(1)
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, false, err
	}
	sum, err := source.Inspect(ctx, bytes.NewReader(content), int64(len(content)), source.DefaultLimits())
	if err != nil {
		return nil, false, err
	}
	id := "sha256:" + sum.Digest
	u.known[id] = &job.Upload{ID: id, Files: sum.Files, Bytes: sum.Bytes}
	return u.known[id], true, nil
}

// newUploadWorld is a world that takes uploads as the real server does.
func newUploadWorld(t *testing.T) (*world, *treeUploads) {
	w, u := newWorld(t), &treeUploads{known: map[string]*job.Upload{}}
	c := w.Config()
	c.Uploads = u
	w.start(c)
	return w, u
}

// zipped returns the path of an archive with these files.
func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "docs.zip")
	file, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(file)
	for name, content := range files {
		entry, err := z.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(entry, content)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, file.Close())
	return path
}

func TestTheSameContentIsSentOnce(t *testing.T) {
	t.Parallel()
	w, uploads := newUploadWorld(t)
	files := map[string]string{"docs/index.md": "# Hello", "docs/more/a.md": strings.Repeat("text ", 1000)}
	dir := writeTree(t, files)

	first := w.run("submit", "publish", filepath.Join(dir, "docs"), "--target", "local")
	require.Equal(t, cli.ExitOK, first.code, first.err)
	require.EqualValues(t, 1, uploads.received.Load())

	again := w.run("submit", "publish", filepath.Join(dir, "docs"), "--target", "local")
	require.Equal(t, first, again, "the same job")
	require.EqualValues(t, 1, uploads.received.Load(), "nothing was sent")

	archived := w.run("submit", "publish", zipped(t, files), "--target", "local")
	require.Equal(t, first, archived, "the same content in an archive is the same job")
	require.EqualValues(t, 1, uploads.received.Load(), "nothing was sent")
}

func TestAnArchiveIsSentAsItIs(t *testing.T) {
	t.Parallel()
	w, uploads := newUploadWorld(t)
	w.tty = true // with a bar
	got := w.run("submit", "publish", zipped(t, map[string]string{"a.md": "# A", "b.md": "# B"}), "--target", "local")
	require.Equal(t, cli.ExitOK, got.code, got.err)
	require.EqualValues(t, 1, uploads.received.Load())
	require.Contains(t, got.err, "upload")
}

func TestNothingIsSentForAJobThatBreaksARule(t *testing.T) {
	t.Parallel()
	w, uploads := newUploadWorld(t)
	dir := writeTree(t, map[string]string{"a.md": "# A"})
	for _, args := range [][]string{
		{dir, "--target", "NO GOOD"}, {dir, "--target", "local", "--env", "PATH=/bin"}, {dir, "--target", "local", "--dir", "../.."},
	} {
		got := w.run(append([]string{"submit", "publish"}, args...)...)
		require.Equal(t, cli.ExitFailed, got.code)
		require.Contains(t, got.err, "The request has errors.")
	}
	require.Zero(t, uploads.received.Load())
}

func TestBadSourcesAreRefusedHere(t *testing.T) {
	t.Parallel()
	w, uploads := newUploadWorld(t)
	linked := writeTree(t, map[string]string{"a.md": "# A"})
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(linked, "passwd.md")))
	for name, path := range map[string]string{
		"an empty folder":    t.TempDir(),
		"a link that leaves": linked,
		"a path that leaves": zipped(t, map[string]string{"../evil.md": "x", "good.md": "y"}),
		"no archive at all":  filepath.Join(writeTree(t, map[string]string{"notes.txt": "no archive"}), "notes.txt"),
	} {
		got := w.run("submit", "publish", path, "--target", "local", "--json")
		require.Equal(t, cli.ExitFailed, got.code, name)
		require.Contains(t, got.err, `"code":"source_refused"`, name)
		require.Empty(t, got.out, name)
	}
	require.Zero(t, uploads.received.Load())
}

func TestSubmitSourceServesOtherCommands(t *testing.T) {
	t.Parallel()
	w, _ := newUploadWorld(t)
	// A service in this process takes the place of a server.
	c := inProcess{w.Server, &treeUploads{known: map[string]*job.Upload{}}}
	receipt, err := cli.SubmitSource(t.Context(), c, cli.PublishOptions{
		Source: writeTree(t, map[string]string{"a.md": "# A"}), Publish: job.Publish{Target: "local"},
	})
	require.NoError(t, err)
	w.Finish(receipt.ID, job.StateFailed, nil)
	st, err := cli.Follow(t.Context(), w.Server, receipt.ID, cli.FollowOptions{})
	require.NoError(t, err)
	var out buffer
	require.ErrorIs(t, cli.Report(cli.IO{Out: &out}, st), cli.ErrNotCompleted)
	require.Contains(t, out.String(), string(receipt.ID)+" failed")
}

type inProcess struct {
	job.Service
	uploads *treeUploads
}

// Upload implements cli.Uploader.
func (p inProcess) Upload(ctx context.Context, _ string, open func() (io.ReadCloser, error)) (*job.Upload, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	u, _, err := p.uploads.Receive(ctx, r)
	return u, err
}
