package e2e_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
)

// The tests' own program is the site generator's child process too.
func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child())
	}
	if hugo.IsChild() {
		os.Exit(hugo.Child())
	}
	code := m.Run()
	removeBinary()
	os.Exit(code)
}

var discard = slog.New(slog.DiscardHandler)

// serve serves the handler on loopback and returns its address.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// folder writes files into a new folder and returns it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// upload uploads a folder of these files and returns the source that it is.
func (e *engine) upload(files map[string]string) job.Source {
	e.t.Helper()
	return e.uploadAs(e.t.Context(), files)
}

// uploadAs is upload by the caller in the context.
func (e *engine) uploadAs(ctx context.Context, files map[string]string) job.Source {
	e.t.Helper()
	var archive bytes.Buffer
	_, err := source.Pack(ctx, folder(e.t, files), &archive, source.PackOptions{})
	require.NoError(e.t, err)
	u, _, err := e.uploads.Callers().Receive(ctx, &archive)
	require.NoError(e.t, err)
	return job.Source{Upload: u.ID}
}

// get fetches an address and returns status and body.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

// requireEmpty checks that nothing is in a folder.
func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
