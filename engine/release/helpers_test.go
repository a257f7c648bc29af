package release

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// Two sites that share some content and differ in the rest.
var (
	siteA = map[string]string{
		"index.html":       "home A",
		"guide/index.html": "guide A",
		"guide/setup.html": "setup",
		"style.css":        "body{}",
		"404.html":         "not here (A)",
	}
	siteB = map[string]string{
		"index.html":       "home B",
		"guide/index.html": "guide B",
		"guide/setup.html": "setup",
		"style.css":        "body{}",
		"404.html":         "not here (B)",
	}
)

func newTarget(tb testing.TB) *FileTarget {
	tb.Helper()
	t, err := OpenFile(filepath.Join(tb.TempDir(), "target"), Options{Name: "docs"})
	require.NoError(tb, err)
	return t
}

// reopen returns another handle on the same folder, as another process has.
func reopen(tb testing.TB, t *FileTarget) *FileTarget {
	tb.Helper()
	again, err := OpenFile(t.dir, Options{Name: t.name})
	require.NoError(tb, err)
	return again
}

func newSource(tb testing.TB, site map[string]string) *Folder {
	tb.Helper()
	fsys := fstest.MapFS{}
	for p, content := range site {
		fsys[p] = &fstest.MapFile{Data: []byte(content)}
	}
	src, err := FromFS(tb.Context(), fsys)
	require.NoError(tb, err)
	return src
}

func publish(tb testing.TB, t *FileTarget, jobID string, site map[string]string) Result {
	tb.Helper()
	r, err := t.Publish(tb.Context(), newSource(tb, site), Meta{JobID: jobID, Attempt: 1}, nil)
	require.NoError(tb, err)
	return r
}

// requireLive checks that exactly this site is live, byte by byte.
func requireLive(tb testing.TB, t *FileTarget, site map[string]string) {
	tb.Helper()
	live, err := Dir(context.Background(), filepath.Join(t.dir, "current"))
	require.NoError(tb, err)
	defer live.Close()
	require.Equal(tb, newSource(tb, site).Files(), live.Files())

	m, err := t.Current(context.Background())
	require.NoError(tb, err)
	require.Equal(tb, live.Files(), m.Files, "the manifest describes what is on disk")
}

// requireTidy checks that no work in progress was left behind.
func requireTidy(tb testing.TB, t *FileTarget) {
	tb.Helper()
	left, err := os.ReadDir(t.path("tmp"))
	require.NoError(tb, err)
	require.Empty(tb, left)
}

// volatile leaves everything to the operating system's cache.
type volatile struct{}

func (volatile) file(*os.File) error { return nil }
func (volatile) dir(string) error    { return nil }
func (volatile) tree(string) error   { return nil }

// spySource notes what is opened and can replace contents.
type spySource struct {
	Source
	opened  names
	replace func(f File) (io.ReadCloser, error) // nil, nil: not replaced
}

func (s *spySource) Open(ctx context.Context, f File) (io.ReadCloser, error) {
	s.opened.add(f.Path)
	if s.replace != nil {
		if r, err := s.replace(f); r != nil || err != nil {
			return r, err
		}
	}
	return s.Source.Open(ctx, f)
}

type names struct {
	mu   sync.Mutex
	list []string
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, name)
}

func (n *names) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.list)
}

// listing is a source that must be refused before anything is opened.
type listing []File

func (l listing) Files() []File { return l }
func (l listing) Open(context.Context, File) (io.ReadCloser, error) {
	return nil, errors.New("opened a file of a source that should have been refused")
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func history(tb testing.TB, t *FileTarget) []Entry {
	tb.Helper()
	h, err := t.History(context.Background(), 1000)
	require.NoError(tb, err)
	return h
}
