package e2e_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// ask sends a request with these header fields and returns answer and body.
func ask(t *testing.T, method, url string, header map[string]string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	for name, value := range header {
		if name == "Host" {
			request.Host = value
		}
		request.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(request) // as it is: no redirects
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, body
}

func TestTheAPIOfARealServer(t *testing.T) {
	t.Parallel()
	p := up(t, t.TempDir())
	receipt := p.publish(folder(t, map[string]string{
		"README.md": "# Home\n\n<script>fetch('/v1/jobs', {method: 'POST'})</script>\n\nSee [more](more.md).\n",
		"more.md":   "# More\n\nHello.\n",
	}), "local")
	requireCompleted(t, p.finished(receipt.ID))
	base := p.addresses.HTTP + "/v1/jobs/" + string(receipt.ID)

	t.Run("artifacts one by one", func(t *testing.T) { getsArtifacts(t, p, receipt.ID, base+"/artifacts") })
	t.Run("all artifacts", func(t *testing.T) { getsArchives(t, p, receipt.ID, base+"/artifacts") })
	t.Run("a hostile site", func(t *testing.T) { sitesAreApart(t, p.addresses.HTTP) })
	t.Run("problems", func(t *testing.T) { tellsProblems(t, p.addresses.HTTP, receipt.ID) })
	t.Run("description", func(t *testing.T) { describesItself(t, p.addresses.HTTP) })
}

func getsArtifacts(t *testing.T, p *program, id job.ID, url string) {
	var paths []string
	for a, err := range p.Artifacts(t.Context(), id, 0) {
		require.NoError(t, err)
		paths = append(paths, a.Path)
		address := url + "/" + a.Path
		resp, body := ask(t, http.MethodGet, address, nil)
		require.Equal(t, http.StatusOK, resp.StatusCode, a.Path)
		require.EqualValues(t, a.Size, len(body))
		sum := sha256.Sum256(body)
		require.Equal(t, a.SHA256, hex.EncodeToString(sum[:]))
		require.Equal(t, `"`+a.SHA256+`"`, resp.Header.Get("ETag"))
		require.Equal(t, "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":", resp.Header.Get("Repr-Digest"))
		require.Equal(t, a.MediaType, resp.Header.Get("Content-Type"))
		require.Contains(t, resp.Header.Get("Content-Security-Policy"), "sandbox")

		resp, body = ask(t, http.MethodGet, address, map[string]string{"If-None-Match": `"` + a.SHA256 + `"`})
		require.Equal(t, http.StatusNotModified, resp.StatusCode)
		require.Empty(t, body)
		resp, body = ask(t, http.MethodGet, address, map[string]string{"Range": "bytes=1-3"})
		require.Equal(t, http.StatusPartialContent, resp.StatusCode)
		require.Len(t, body, 3)
		resp, body = ask(t, http.MethodHead, address, nil)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, a.Size, resp.ContentLength)
		require.Empty(t, body)
		resp, _ = ask(t, http.MethodGet, address, map[string]string{"Range": "bytes=99999999-"})
		require.Equal(t, http.StatusRequestedRangeNotSatisfiable, resp.StatusCode)
	}
	require.Subset(t, paths, []string{"site/index.html", "site/more/index.html", "reports/links.html", "reports/links.json"})
	resp, _ := ask(t, http.MethodGet, url+"/site/../../records/latest.json", nil)
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
}

func getsArchives(t *testing.T, p *program, id job.ID, url string) {
	want := map[string]string{}
	for a, err := range p.Artifacts(t.Context(), id, 0) {
		require.NoError(t, err)
		want[a.Path] = a.SHA256
	}
	_, body := ask(t, http.MethodGet, url, map[string]string{"Accept": "application/zip"})
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	zipped := map[string]string{}
	for _, f := range archive.File {
		content, err := f.Open()
		require.NoError(t, err)
		zipped[f.Name] = digestOf(t, content)
	}
	requireHolds(t, want, zipped)

	_, body = ask(t, http.MethodGet, url+"?format=tar.gz", nil)
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	tarred := map[string]string{}
	for reader := tar.NewReader(unpacked); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if header.Typeflag == tar.TypeReg {
			tarred[header.Name] = digestOf(t, reader)
		}
	}
	requireHolds(t, want, tarred)
}

// requireHolds checks that an archive has every artifact, perhaps in a folder
// of its own.
func requireHolds(t *testing.T, want, got map[string]string) {
	t.Helper()
	digests := func(m map[string]string) (all []string) {
		for _, digest := range m {
			all = append(all, digest)
		}
		return all
	}
	require.Subset(t, digests(got), digests(want))
	require.GreaterOrEqual(t, len(got), len(want))
}

func digestOf(t *testing.T, r io.Reader) string {
	t.Helper()
	sum := sha256.New()
	_, err := io.Copy(sum, r)
	require.NoError(t, err)
	return hex.EncodeToString(sum.Sum(nil))
}

// A published page may run scripts, but not in the name of the server.
func sitesAreApart(t *testing.T, server string) {
	resp, body := ask(t, http.MethodGet, server+"/sites/local/", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, string(body), "More")
	policy := resp.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "sandbox")
	require.NotContains(t, policy, "allow-same-origin")
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	for _, path := range []string{"/sites/local/nowhere/", "/sites/local/%2e%2e/%2e%2e/manifest.json", "/sites/local/../../v1/jobs"} {
		resp, _ := ask(t, http.MethodGet, server+path, nil)
		if resp.StatusCode == http.StatusOK {
			t.Errorf("%s is answered", path)
		}
	}

	for name, header := range map[string]map[string]string{
		"from a sandboxed page":  {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
		"from a page, older":     {"Origin": "null"},
		"from another server":    {"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"},
		"from another port here": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
		"by another name":        {"Host": "docs.example.org"},
	} {
		resp, _ := ask(t, http.MethodPost, server+"/v1/jobs", header)
		require.Equal(t, http.StatusForbidden, resp.StatusCode, name)
		require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"), name)
	}
	resp, _ = ask(t, http.MethodGet, server+"/v1/jobs", map[string]string{"Host": "docs.example.org"})
	require.Equal(t, http.StatusForbidden, resp.StatusCode, "a name of somebody else that points here")
	resp, _ = ask(t, http.MethodGet, server+"/v1/jobs", map[string]string{"Origin": "null"})
	require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"), "a page may not read the API")
}

func tellsProblems(t *testing.T, server string, id job.ID) {
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/v2", 404},
		{http.MethodGet, "/v1/jobs/publish-0000000000000000", 404},
		{http.MethodGet, "/v1/jobs/no-job", 404},
		{http.MethodGet, "/v1/jobs/" + string(id) + "/artifacts/nowhere", 404},
		{http.MethodGet, "/v1/jobs/" + string(id) + "?attempt=2", 404},
		{http.MethodGet, "/v1/uploads/nothing", 404},
		{http.MethodGet, "/sites/nowhere/", 404},
		{http.MethodDelete, "/v1/jobs/" + string(id), 405},
		{http.MethodPut, "/v1/jobs", 405},
		{http.MethodPost, "/v1/jobs/" + string(id) + "/cancel", 409},
		{http.MethodPost, "/v1/jobs/" + string(id) + "/resubmit", 409},
	} {
		resp, body := ask(t, c.method, server+c.path, nil)
		require.Equal(t, c.status, resp.StatusCode, "%s %s: %s", c.method, c.path, body)
		require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"), c.path)
		var problem refusal
		require.NoError(t, json.Unmarshal(body, &problem))
		require.Equal(t, c.status, problem.Status)
		require.NotEmpty(t, problem.Detail)
		if c.status == http.StatusMethodNotAllowed {
			require.NotEmpty(t, resp.Header.Get("Allow"))
		}
	}
	resp, body := ask(t, http.MethodGet, server+"/v1/jobs?colour=red&state=done", nil)
	require.GreaterOrEqual(t, resp.StatusCode, 400)
	require.Contains(t, string(body), "colour")
}

func describesItself(t *testing.T, server string) {
	resp, body := ask(t, http.MethodGet, server+"/openapi.json", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	var description struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	require.NoError(t, json.Unmarshal(body, &description))
	require.Regexp(t, `^3\.1\.`, description.OpenAPI)
	for path, methods := range map[string][]string{
		"/v1/jobs": {"get", "post"}, "/v1/jobs/{id}": {"get"}, "/v1/jobs/{id}/result": {"get"}, "/v1/jobs/{id}/items": {"get"},
		"/v1/jobs/{id}/events": {"get"}, "/v1/jobs/{id}/logs": {"get"}, "/v1/jobs/{id}/cancel": {"post"},
		"/v1/jobs/{id}/resubmit": {"post"}, "/v1/jobs/{id}/artifacts": {"get"}, "/v1/jobs/{id}/artifacts/{path}": {"get", "head"},
		"/v1/uploads": {"post"}, "/v1/uploads/{id}": {"get", "head"},
	} {
		for _, method := range methods {
			require.Contains(t, description.Paths[path], method, path)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		resp, _ := ask(t, http.MethodGet, server+path, nil)
		require.Equal(t, http.StatusOK, resp.StatusCode, path)
	}
}

// Many who publish the same folder at once get one job.
func TestSubmittedByManyAtOnce(t *testing.T) {
	t.Parallel()
	p := up(t, t.TempDir())
	const many = 50
	archive := zipOf(t, handbook("Hello."))
	upload, err := p.Upload(t.Context(), "", func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive)), nil
	})
	require.NoError(t, err)
	receipts := make([]*job.Receipt, many)
	took := make([]time.Duration, many)
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			start := time.Now()
			receipt, err := p.Submit(t.Context(), job.Submission{Params: &job.Publish{Source: job.Source{Upload: upload.ID}, Target: "local"}})
			took[i] = time.Since(start)
			if err != nil {
				t.Error(err)
				return
			}
			receipts[i] = receipt
		})
	}
	group.Wait()
	require.False(t, t.Failed())
	started := 0
	for _, receipt := range receipts {
		require.Equal(t, receipts[0].ID, receipt.ID)
		require.Equal(t, 1, receipt.Attempt)
		if !receipt.Deduplicated {
			started++
		}
	}
	require.Equal(t, 1, started)
	requireCompleted(t, p.finished(receipts[0].ID))
	requireOrdered(t, p.events(receipts[0].ID))
	slices.Sort(took)
	t.Logf("%d at once: half within %v, all within %v", many, took[many/2], took[many-1])

	alone := make([]time.Duration, 100)
	for i := range alone {
		start := time.Now()
		_, err := p.Submit(t.Context(), probe(strconv.Itoa(i)))
		require.NoError(t, err)
		alone[i] = time.Since(start)
	}
	slices.Sort(alone)
	t.Logf("one after the other: half within %v, 99%% within %v", alone[50], alone[98])
}
