package release

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func exampleManifest(tb testing.TB) *Manifest {
	tb.Helper()
	target := newTarget(tb)
	publish(tb, target, "publish-a", siteA)
	m, err := target.Current(tb.Context())
	require.NoError(tb, err)
	return m
}

func TestManifestRoundTrip(t *testing.T) {
	t.Parallel()
	m := exampleManifest(t)
	data, err := encode(m)
	require.NoError(t, err)
	again, err := ParseManifest(data)
	require.NoError(t, err)
	require.Equal(t, m, again)
}

// What a manifest looks like is a contract with programs that read it.
func TestManifestFormat(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	r, err := target.Publish(t.Context(), newSource(t, map[string]string{"a&b.html": "x"}), Meta{JobID: "publish-a", Attempt: 3, Key: "k", Source: "s"}, nil)
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(target.releaseDir(r.ID), "manifest.json"))
	require.NoError(t, err)
	require.Contains(t, string(data), "a&b.html")
	require.JSONEq(t, `{
		"version": 1, "id": "`+r.ID+`", "job_id": "publish-a", "attempt": 3, "key": "k",
		"created_at": "`+r.CreatedAt.Format("2006-01-02T15:04:05.999999999Z07:00")+`",
		"target": "docs", "source": "s", "tree": "`+r.Tree+`", "file_count": 1, "bytes": 1,
		"files": [{"path": "a&b.html", "size": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}]
	}`, string(data))
}

func TestParseManifestRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(m *Manifest)
		want   string
	}{
		"newer version":        {func(m *Manifest) { m.Version = 2 }, "version 2"},
		"another release's ID": {func(m *Manifest) { m.ID = "publish-b" + m.ID[9:] }, "belongs to"},
		"bad previous":         {func(m *Manifest) { m.Previous = "../x" }, "release ID"},
		"file missing":         {func(m *Manifest) { m.Files = m.Files[1:] }, "lists 4 files"},
		"file renamed":         {func(m *Manifest) { m.Files[0].Path = "403.html" }, "tree digest"},
		"digest changed":       {func(m *Manifest) { m.Files[0].SHA256 = strings.Repeat("0", 64) }, "tree digest"},
		"order":                {func(m *Manifest) { m.Files[0], m.Files[1] = m.Files[1], m.Files[0] }, "out of order"},
		"path leaves":          {func(m *Manifest) { m.Files[0].Path = "../404.html" }, "cannot be released"},
		"no files":             {func(m *Manifest) { m.Files = nil }, "empty"},
	}
	good := exampleManifest(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := *good
			m.Files = append([]File(nil), good.Files...)
			tt.change(&m)
			data, err := json.Marshal(m)
			require.NoError(t, err)
			_, err = ParseManifest(data)
			require.ErrorContains(t, err, tt.want)
		})
	}
	_, err := ParseManifest([]byte("{"))
	require.ErrorContains(t, err, "JSON")
	data, err := encode(good)
	require.NoError(t, err)
	_, err = ParseManifest(append(data, "{}"...))
	require.ErrorContains(t, err, "after its end")
}

func TestTreeDependsOnNothingButPathsAndContents(t *testing.T) {
	t.Parallel()
	files := newSource(t, siteA).Files()
	shuffled := []File{files[3], files[0], files[4], files[2], files[1]}
	require.Equal(t, Tree(files), Tree(shuffled))
	require.Equal(t, "404.html", files[0].Path, "the argument is left in its order")
	require.NotEqual(t, Tree(files), Tree(files[1:]))
	require.NotEqual(t, Tree(newSource(t, siteA).Files()), Tree(newSource(t, siteB).Files()))
}

// FuzzParseManifest checks that whatever parses is safe to use: its names
// stay inside the release, and writing it gives the same manifest again.
func FuzzParseManifest(f *testing.F) {
	data, err := encode(exampleManifest(f))
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`{"version":1,"files":[{"path":"../x"}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			require.Nil(t, m)
			return
		}
		require.NoError(t, CheckID(m.ID))
		for _, file := range m.Files {
			require.True(t, filepath.IsLocal(file.Path), file.Path)
		}
		out, err := encode(m)
		require.NoError(t, err)
		again, err := ParseManifest(out)
		require.NoError(t, err)
		require.Equal(t, m.ID, again.ID)
		require.Equal(t, m.Files, again.Files)
	})
}

// FuzzCheckID checks that an ID is always one plain file name.
func FuzzCheckID(f *testing.F) {
	f.Add("publish-a.0123456789ab")
	f.Add("../x.0123456789ab")
	f.Fuzz(func(t *testing.T, id string) {
		if CheckID(id) == nil {
			require.Equal(t, filepath.Base(id), id)
			require.LessOrEqual(t, len(id), 255)
			require.True(t, filepath.IsLocal(id))
		}
	})
}

func TestHeadOfTheBeginningOfAManifest(t *testing.T) {
	t.Parallel()
	m, err := Draft(newSource(t, siteA), Meta{JobID: "publish-a", Attempt: 1, Source: `a "quoted" {name`}, "docs", time.Now())
	require.NoError(t, err)
	data, err := m.Encode()
	require.NoError(t, err)
	whole, err := ParseManifest(data)
	require.NoError(t, err)
	files := bytes.Index(data, []byte(`"files"`))
	for _, n := range []int{len(data), files + 8, files + 20} {
		head, err := ReadHead(data[:n])
		require.NoError(t, err)
		require.Equal(t, &whole.Head, head)
	}
	for n := range files + 7 {
		_, err := ReadHead(data[:n])
		require.Error(t, err, n)
	}
}
