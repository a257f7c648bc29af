package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a running API and what it stands on.
type world struct {
	*apitest.Server
	t    *testing.T
	base string
}

func newWorld(t *testing.T, adjust ...func(*api.Config)) *world {
	t.Helper()
	s := apitest.New()
	config := s.Config()
	for _, f := range adjust {
		f(&config)
	}
	return &world{Server: s, t: t, base: apitest.Start(t, config)}
}

// do sends a request and returns the answer with its body read. Headers are
// given as "Name: value".
func (w *world) do(method, path, body string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	resp := w.open(method, path, body, headers...)
	content, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp, string(content)
}

// open sends a request and returns the answer with its body still to be read.
func (w *world) open(method, path, body string, headers ...string) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, strings.NewReader(body))
	require.NoError(w.t, err)
	if strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// problem sends a request that must be refused and returns the problem.
func (w *world) problem(status int, method, path, body string, headers ...string) api.Problem {
	w.t.Helper()
	resp, content := w.do(method, path, body, headers...)
	require.Equal(w.t, status, resp.StatusCode, content)
	require.Equal(w.t, "application/problem+json", resp.Header.Get("Content-Type"))
	require.Equal(w.t, "no-store", resp.Header.Get("Cache-Control"))
	require.Equal(w.t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	var p api.Problem
	require.NoError(w.t, json.Unmarshal([]byte(content), &p), content)
	require.Equal(w.t, status, p.Status)
	require.NotEmpty(w.t, p.Title)
	require.Regexp(w.t, `^/problems/[a-z_]+$`, p.Type)
	require.True(w.t, strings.HasPrefix(p.Instance, strings.Split(path, "?")[0]), p.Instance)
	return p
}

// probe submits a probe and returns its ID.
func (w *world) probe(nonce string) job.ID {
	w.t.Helper()
	receipt, err := w.Submit(w.t.Context(), job.Submission{Params: &job.Probe{Nonce: nonce}})
	require.NoError(w.t, err)
	return receipt.ID
}

// finished submits a probe that has completed with these artifacts.
func (w *world) finished(nonce string, files map[string]string) job.ID {
	id := w.probe(nonce)
	w.Begin(id)
	w.Log(id, "one", "first line")
	w.Log(id, "two", "second \x1b[31mline")
	w.Finish(id, job.StateCompleted, files)
	return id
}

// message reads one message of an event stream, without comments.
func message(t *testing.T, r *bufio.Reader) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		require.NoError(t, err)
		line = strings.TrimSuffix(line, "\n")
		if line == "" && len(fields) > 0 {
			return fields
		}
		if name, value, ok := strings.Cut(line, ": "); ok && name != "" {
			fields[name] = value
		}
	}
}
