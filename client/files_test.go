package client_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

func TestUploadSendsContentOnce(t *testing.T) {
	t.Parallel()
	var posts atomic.Int64
	_, c := startBehind(t, func(_ int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.Method == http.MethodPost {
			posts.Add(1)
		}
		pass.ServeHTTP(w, r)
	})
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("archive")), nil }
	first, err := c.Upload(t.Context(), "", open)
	require.NoError(t, err)
	again, err := c.Upload(t.Context(), first.ID, func() (io.ReadCloser, error) {
		t.Error("the source was opened although the server has it")
		return nil, errors.New("not wanted")
	})
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.EqualValues(t, 1, posts.Load())

	_, err = c.Upload(t.Context(), "sha256:"+strings.Repeat("0", 64), open)
	require.ErrorContains(t, err, "changed while it was being sent")
	unreadable := errors.New("permission denied")
	_, err = c.Upload(t.Context(), "", func() (io.ReadCloser, error) { return nil, unreadable })
	require.ErrorIs(t, err, unreadable)
}

func TestUploadIsSentAgain(t *testing.T) {
	t.Parallel()
	_, c := startBehind(t, func(n int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if n == 1 {
			panic(http.ErrAbortHandler)
		}
		pass.ServeHTTP(w, r)
	})
	u, err := c.Upload(t.Context(), "", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("archive")), nil })
	require.NoError(t, err)
	require.EqualValues(t, len("archive"), u.Size)
}

const page = "dir with space/ü?#%.html"

func TestDownload(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	id := submitted(t, s, "a")
	s.Finish(id, job.StateCompleted, map[string]string{page: "<p>hello", "empty": ""})
	for path, content := range map[string]string{page: "<p>hello", "empty": ""} {
		var out bytes.Buffer
		require.NoError(t, c.Download(t.Context(), id, 0, path, &out))
		require.Equal(t, content, out.String())
	}
	require.Equal(t, job.CodeNotFound, job.CodeOf(c.Download(t.Context(), id, 1, "absent", io.Discard)))
	full := errors.New("disk full")
	require.ErrorIs(t, c.Download(t.Context(), id, 0, page, failing{full}), full)

	files, err := all(c.Artifacts(t.Context(), id, 0))
	require.NoError(t, err)
	require.Len(t, files, 2)
	require.Equal(t, page, files[0].Path)
}

func TestDownloadGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	ranges := make(chan string, 10)
	s, c := startBehind(t, func(n int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
		ranges <- r.Header.Get("Range")
		if n == 1 {
			w = &cutter{ResponseWriter: w}
		}
		pass.ServeHTTP(w, r)
	})
	content := strings.Repeat("0123456789abcdef", 64<<10)
	id := submitted(t, s, "a")
	s.Finish(id, job.StateCompleted, map[string]string{"big": content})
	var out bytes.Buffer
	require.NoError(t, c.Download(t.Context(), id, 0, "big", &out))
	require.True(t, out.String() == content)
	require.Empty(t, <-ranges)
	require.Regexp(t, `^bytes=[1-9][0-9]*-$`, <-ranges)
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	s, c := startBehind(t, func(_ int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
		pass.ServeHTTP(&forger{w}, r)
	})
	id := submitted(t, s, "a")
	s.Finish(id, job.StateCompleted, map[string]string{"a": "hello"})
	require.ErrorContains(t, c.Download(t.Context(), id, 0, "a", io.Discard), "damaged")
}

func TestArchive(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	id := submitted(t, s, "a")
	s.Finish(id, job.StateCompleted, map[string]string{"a": "hello"})
	var out bytes.Buffer
	require.NoError(t, c.Archive(t.Context(), id, 0, "zip", &out))
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	require.Equal(t, string(id)+"/a", archive.File[0].Name)
	err = c.Archive(t.Context(), id, 0, "rar", io.Discard)
	require.Equal(t, job.CodeInvalid, job.CodeOf(err))
}

// failing is a writer that fails.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// forger changes the content that passes.
type forger struct{ http.ResponseWriter }

func (f *forger) Write(b []byte) (int, error) { return f.ResponseWriter.Write(bytes.ToUpper(b)) }

var _ job.Service = (*client.Client)(nil)
