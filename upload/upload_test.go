package upload_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/upload"
)

type fixture struct {
	*upload.Store
	temp  string
	blobs *artifact.Store
}

func newStore(t *testing.T, maxSize int64) fixture {
	t.Helper()
	blobs, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, blobs.Close()) })
	temp := t.TempDir()
	return fixture{upload.New(upload.Config{
		Blobs: blobs, Documents: blobs.Documents(), Limits: source.DefaultLimits(), MaxSize: maxSize, TempDir: temp,
	}), temp, blobs}
}

// requireNothingLeft checks that no temporary file and no upload stayed.
func (f fixture) requireNothingLeft(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(f.temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(f, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func tarGzOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, content := range files {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}))
		_, err := io.WriteString(w, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestTheSameContentIsTheSameUpload(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1<<20)
	files := map[string]string{"README.md": "# Hello", "guide/setup.md": "# Set-up"}
	first, created, err := s.Receive(t.Context(), bytes.NewReader(zipOf(t, files)))
	require.NoError(t, err)
	require.True(t, created)
	second, created, err := s.Receive(t.Context(), bytes.NewReader(tarGzOf(t, files)))
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, first, second)
	require.Equal(t, 2, first.Files)

	found, err := s.Find(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, first, found)

	archive, err := s.Open(t.Context(), first.ID)
	require.NoError(t, err)
	sum, err := source.Inspect(t.Context(), archive, archive.Size, source.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, first.ID, upload.ID(sum.Digest))
	require.NoError(t, archive.Close())
	s.requireNothingLeft(t)
}

func TestRefusedUploads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body io.Reader
		code job.Code
	}{
		"path traversal": {bytes.NewReader(zipOf(t, map[string]string{"../evil.md": "x"})), job.CodeInvalid},
		"not an archive": {strings.NewReader("hello"), job.CodeInvalid},
		"empty archive":  {bytes.NewReader(zipOf(t, nil)), job.CodeInvalid},
		"too large":      {io.LimitReader(zeros{}, 2<<20), job.CodeTooLarge},
		"bomb":           {bytes.NewReader(zipOf(t, map[string]string{"a.md": strings.Repeat("0", 64<<20)})), job.CodeTooLarge},
		"broken off":     {iotest.TimeoutReader(bytes.NewReader(bytes.Repeat([]byte("x"), 100_000))), job.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, 1<<20)
			_, _, err := s.Receive(t.Context(), c.body)
			var refused *job.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.code, refused.Code, refused.Message)
			require.NotEmpty(t, refused.Hint)
			s.requireNothingLeft(t)
		})
	}
}

func TestUnknownUploads(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1<<20)
	for _, id := range []string{"", "sha256:", "sha256:../../x", strings.Repeat("a", 64), upload.ID(strings.Repeat("a", 64)), upload.ID(strings.Repeat("G", 64))} {
		_, err := s.Find(t.Context(), id)
		require.True(t, errors.Is(err, &job.Error{Code: job.CodeNotFound}), "%q: %v", id, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
