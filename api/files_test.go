package api_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/job"
)

// serve serves on a loopback address and returns it.
func serve(t testing.TB, server *http.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go server.Serve(listener) //nolint:errcheck // it ends with the test
	t.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String()
}

const report = "<h1>Broken links</h1><script>steal()</script>"

func TestOneArtifact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.finished("a", map[string]string{"reports/ä b.html": report, "plain": "x"})
	path := "/v1/jobs/" + string(id) + "/artifacts/reports/%C3%A4%20b.html"
	sum := sha256.Sum256([]byte(report))
	tag := `"` + hex.EncodeToString(sum[:]) + `"`

	resp, body := w.do("GET", path, "")
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	require.Equal(t, report, body)
	for name, want := range map[string]string{
		"ETag":                   tag,
		"Repr-Digest":            "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":",
		"Content-Type":           "text/html; charset=utf-8",
		"Accept-Ranges":          "bytes",
		"X-Content-Type-Options": "nosniff",
	} {
		require.Equal(t, want, resp.Header.Get(name), name)
	}
	require.True(t, strings.HasPrefix(resp.Header.Get("Content-Security-Policy"), "sandbox; default-src 'none'"))

	t.Run("HEAD", func(t *testing.T) {
		resp, body := w.do("HEAD", path, "")
		require.Empty(t, body)
		require.EqualValues(t, len(report), resp.ContentLength)
		require.Equal(t, tag, resp.Header.Get("ETag"))
	})
	t.Run("a range", func(t *testing.T) {
		resp, body := w.do("GET", path, "", "Range: bytes=4-9", "If-Range: "+tag)
		require.Equal(t, http.StatusPartialContent, resp.StatusCode)
		require.Equal(t, report[4:10], body)
		require.NotEmpty(t, resp.Header.Get("Repr-Digest"))
	})
	t.Run("a range that there is not", func(t *testing.T) {
		resp, _ := w.do("GET", path, "", "Range: bytes=999-")
		require.Equal(t, "bytes */45", resp.Header.Get("Content-Range"))
		w.problem(416, "GET", path, "", "Range: bytes=999-")
	})
	t.Run("known already", func(t *testing.T) {
		resp, body := w.do("GET", path, "", "If-None-Match: "+tag)
		require.Equal(t, http.StatusNotModified, resp.StatusCode)
		require.Empty(t, body)
	})
	t.Run("none", func(t *testing.T) {
		require.Equal(t, id, w.problem(404, "GET", strings.Replace(path, ".html", ".pdf", 1), "").JobID)
		w.problem(404, "GET", "/v1/jobs/"+string(id)+"/artifacts/..%2f..%2fetc/passwd", "")
		resp, _ := w.do("HEAD", path+"x", "")
		require.Equal(t, http.StatusNotFound, resp.StatusCode)
	})
}

func TestArtifactsOfAJobThatHasNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	running, expired := w.probe("running"), w.finished("expired", nil)
	w.Expire(expired)
	for _, below := range []string{"/logs", "/logs?follow=1", "/items", "/result"} {
		problem := w.problem(410, "GET", "/v1/jobs/"+string(expired)+below, "")
		require.Contains(t, problem.Title+problem.Detail, "it had ended as completed on 2026-01-01")
		require.Equal(t, expired, problem.JobID)
	}
	for _, below := range []string{"/artifacts", "/artifacts?format=zip", "/artifacts/a"} {
		require.NotEmpty(t, w.problem(409, "GET", "/v1/jobs/"+string(running)+below, "").JobID)
		w.problem(410, "GET", "/v1/jobs/"+string(expired)+below, "")
	}
	w.problem(400, "GET", "/v1/jobs/"+string(running)+"/artifacts?format=rar", "")
}

func TestArtifactsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := map[string]string{"a.txt": "A", "dir/b.html": report, "empty": ""}
	id := w.finished("a", want)
	path := "/v1/jobs/" + string(id) + "/artifacts"

	var list struct{ Artifacts []job.Artifact }
	_, body := w.do("GET", path, "")
	require.NoError(t, json.Unmarshal([]byte(body), &list))
	require.Len(t, list.Artifacts, 3)
	require.Equal(t, "dir/b.html", list.Artifacts[1].Path)

	inFolder := map[string]string{}
	for name, content := range want {
		inFolder[string(id)+"/"+name] = content
	}
	for format, read := range map[string]func(*testing.T, string) map[string]string{"zip": unzip, "tar.gz": untar} {
		resp, body := w.do("GET", path+"?format="+format, "")
		require.Equal(t, `attachment; filename="`+string(id)+"."+format+`"`, resp.Header.Get("Content-Disposition"))
		require.Equal(t, inFolder, read(t, body))
		_, again := w.do("GET", path, "", "Accept: "+resp.Header.Get("Content-Type")+", application/json;q=0.1")
		require.True(t, body == again, "the same bytes every time")
	}
}

func unzip(t *testing.T, content string) map[string]string {
	t.Helper()
	files := map[string]string{}
	archive, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	for _, f := range archive.File {
		r, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		files[f.Name] = string(data)
	}
	return files
}

func untar(t *testing.T, content string) map[string]string {
	t.Helper()
	files := map[string]string{}
	unpacked, err := gzip.NewReader(strings.NewReader(content))
	require.NoError(t, err)
	archive := tar.NewReader(unpacked)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return files
		}
		require.NoError(t, err)
		data, err := io.ReadAll(archive)
		require.NoError(t, err)
		files[header.Name] = string(data)
	}
}

// An archive that cannot be finished must not look like a whole one.
func TestAnArchiveThatBreaksIsCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	big := make([]byte, 1<<20)
	for i := range big {
		big[i] = byte(i * i >> 3)
	}
	id := w.finished("a", map[string]string{"a.png": string(big), "z/../../evil": "x"})
	resp := w.open("GET", "/v1/jobs/"+string(id)+"/artifacts?format=zip", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	_, err := io.Copy(io.Discard, resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *api.Config) { c.MaxUpload = 1 << 10 })
	resp, body := w.do("POST", "/v1/uploads", "archive", "Content-Type: application/zip")
	require.Equal(t, http.StatusCreated, resp.StatusCode, body)
	location := resp.Header.Get("Location")
	require.Equal(t, "/v1/uploads/"+field(t, body, "id").(string), location)
	resp, _ = w.do("POST", "/v1/uploads", "archive", "Content-Type: text/anything")
	require.Equal(t, http.StatusOK, resp.StatusCode)

	_, found := w.do("GET", location, "")
	require.JSONEq(t, body, found)
	resp, _ = w.do("HEAD", location, "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, _ = w.do("HEAD", location[:len(location)-1]+"!", "")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	w.problem(404, "GET", "/v1/uploads/sha256:0", "")
}

func TestUploadsAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *api.Config) { c.MaxUpload = 1 << 10 })
	require.Contains(t, w.problem(413, "POST", "/v1/uploads", strings.Repeat("x", 1<<10+1)).Detail, "1 KiB")

	// Without a length the limit is met on the way.
	body := io.MultiReader(bytes.NewReader(make([]byte, 1<<10)), strings.NewReader("x"))
	req, err := http.NewRequestWithContext(t.Context(), "POST", w.base+"/v1/uploads", body)
	require.NoError(t, err)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
}
