package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/job"
)

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, host := range []string{"localhost", "LOCALHOST:80", "docs.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:80", "[::1]", "localhost."} {
		resp, _ := w.do("GET", "/healthz", "", "Host: "+host)
		require.Equal(t, http.StatusOK, resp.StatusCode, host)
	}
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "notlocalhost", "[::]", "169.254.169.254"} {
		for _, path := range []string{"/", "/v1/jobs", "/nowhere", "/metrics"} {
			require.Equal(t, job.CodeForbidden, w.problem(403, "GET", path, "", "Host: "+host).Code, host)
		}
	}
}

func TestPagesOfOtherOriginsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "Origin: null"} {
		w.problem(403, "POST", "/v1/jobs", `{"kind":"probe","nonce":"a"}`, header)
		w.problem(403, "POST", "/v1/uploads", "x", header)
	}
	resp, _ := w.do("GET", "/v1/jobs", "", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
	require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"), "it may be sent, and not be read")
}

func TestWhatThereIsNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/nowhere", "/v1", "/v1/jobs/", "/v2/jobs", "/docs", "/sites/none/", "/sites/none", "/problems/none"} {
		require.Equal(t, job.CodeNotFound, w.problem(404, "GET", path, "").Code, path)
	}
	for _, id := range []string{"x", "probe-", "PROBE-000000000000", "probe-000000000000", "probe-000000000000..", strings.Repeat("a", 300)} {
		for _, below := range []string{"", "/result", "/items", "/events", "/logs", "/artifacts", "/artifacts/a"} {
			w.problem(404, "GET", "/v1/jobs/"+id+below, "")
		}
		w.problem(404, "POST", "/v1/jobs/"+id+"/cancel", "")
		w.problem(404, "POST", "/v1/jobs/"+id+"/resubmit", "")
	}
	for path, allow := range map[string]string{
		"/v1/jobs": "GET, POST", "/v1/jobs/probe-000000000000": "GET", "/v1/uploads/x": "GET, HEAD", "/healthz": "GET, HEAD",
	} {
		w.problem(405, "DELETE", path, "")
		resp, _ := w.do("DELETE", path, "")
		require.ElementsMatch(t, strings.Split(allow, ", "), strings.Split(resp.Header.Get("Allow"), ", "))
	}
	w.problem(405, "BREW", "/v1/jobs", "")
}

// lockedBuffer is a log that is written and read at the same time.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// panicking is a service with a defect.
type panicking struct{ job.Service }

func (panicking) List(context.Context, job.Filter) (*job.Page, error) {
	panic("secret: index out of range")
}

func TestDefectsAreLoggedAndNotTold(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	w := newWorld(t, func(c *api.Config) {
		c.Service = panicking{c.Service}
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	w.Break(errors.New("secret: /var/lib is full"))
	for _, path := range []string{"/v1/jobs", "/v1/jobs/probe-000000000000"} {
		p := w.problem(500, "GET", path, "")
		require.Equal(t, job.CodeInternal, p.Code)
		require.NotContains(t, p.Detail+p.Hint, "secret")
		_, incident, _ := strings.Cut(p.Instance, "#")
		require.NotEmpty(t, incident)
		require.Contains(t, log.String(), incident)
	}
	require.Contains(t, log.String(), "secret: index out of range")
	require.Contains(t, log.String(), "secret: /var/lib is full")
}

// TestEveryCodeHasItsStatus is the table of the API's promises.
func TestEveryCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for code, status := range map[job.Code]int{
		job.CodeInvalid: 422, job.CodeNotFound: 404, job.CodeConflict: 409, job.CodeMismatch: 422, job.CodeGone: 410,
		job.CodeTooLarge: 413, job.CodeForbidden: 403, job.CodeUnavailable: 503, job.CodeInternal: 500,
		job.CodeSourceRefused: 422, job.CodeSourceUnavailable: 502, job.CodeTimeout: 504,
	} {
		w.Break(&job.Error{Code: code, Message: "What happened.", Hint: "What to do.", Detail: "raw words"})
		p := w.problem(status, "POST", "/v1/jobs", `{"kind":"probe","nonce":"a"}`)
		require.Equal(t, code, p.Code)
		resp, body := w.do("GET", "/v1/jobs/probe-000000000000", "")
		require.NotContains(t, body, "raw words")
		require.Equal(t, status == 503, resp.Header.Get("Retry-After") != "")
		resp, _ = w.do("GET", p.Type, "")
		require.Equal(t, http.StatusOK, resp.StatusCode, "the type can be looked up")
	}
}

func TestSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *api.Config) {
		c.Sites = map[string]http.Handler{"local": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.URL.Path)
		})}
	})
	resp, body := w.do("GET", "/sites/local/guide/index.html", "")
	require.Equal(t, "/guide/index.html", body)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "sandbox allow-scripts")
	require.NotContains(t, resp.Header.Get("Content-Security-Policy"), "allow-same-origin")
	require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
	for referer, allowed := range map[string]string{
		"own": "null", "https://example.com/": "", "": "", "::": "",
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.base+"/sites/local/font.woff2", nil)
		require.NoError(t, err)
		req.Header.Set("Origin", "null")
		if referer == "own" {
			referer = w.base + "/"
		}
		req.Header.Set("Referer", referer)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, allowed, resp.Header.Get("Access-Control-Allow-Origin"), referer)
	}
	resp, _ = w.do("GET", "/sites/local", "")
	require.Equal(t, http.StatusPermanentRedirect, resp.StatusCode)
	require.Equal(t, "/sites/local/", resp.Header.Get("Location"))

	_, page := w.do("GET", "/", "")
	for _, link := range []string{"/v1/jobs", "/openapi.json", "http://127.0.0.1:8233", "/sites/local/", "1.2.3"} {
		require.Contains(t, page, link)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	var broken error
	w := newWorld(t, func(c *api.Config) { c.Ready = func(context.Context) error { return broken } })
	resp, _ := w.do("GET", "/readyz", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	broken = errors.New("no worker")
	require.NotContains(t, w.problem(503, "GET", "/readyz", "").Detail, "no worker")
	resp, _ = w.do("GET", "/healthz", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)

	w.do("GET", "/v1/jobs/probe-000000000000", "")
	w.do("GET", "/secret-path", "")
	_, metrics := w.do("GET", "/metrics", "")
	require.Contains(t, metrics, `docjobs_http_request_duration_seconds_count{method="GET",route="/v1/jobs/:id",status="404"} 1`)
	require.Contains(t, metrics, `route="other"`)
	require.Contains(t, metrics, "docjobs_http_requests_in_flight 1")
	require.NotContains(t, metrics, "secret-path")
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	_, err := api.New(api.Config{Sites: map[string]http.Handler{"No": nil}})
	for _, missing := range []string{"Service", "Schedules", "Uploads", "Artifacts", "Sites: No"} {
		require.ErrorContains(t, err, missing)
	}
}
