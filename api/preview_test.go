package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("shown")
	w.AwaitApproval(id, map[string]string{
		"site/index.html":       `<a href="https://docs.example/guide/">x</a><script>fetch("/v1/jobs")</script>`,
		"site/guide/index.html": "guide",
		"site/a.css":            `a{background:url(/i.png)}`,
		"site/404.html":         `<a href="/">home</a>`,
		"site/i.png":            "picture",
		"secret.txt":            "no page",
	})
	preview := job.PreviewPath(id)
	resp, body := w.do("GET", preview, "")
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, body, `<a href="`+preview+`guide/">`)
	policy := resp.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "sandbox")
	require.NotContains(t, policy, "allow-same-origin", "scripts of the site cannot use the reader's key")
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	require.Equal(t, "same-origin", resp.Header.Get("Referrer-Policy"))
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))

	_, body = w.do("GET", preview+"a.css", "")
	require.Equal(t, "a{background:url("+preview+"i.png)}", body)
	resp, body = w.do("GET", preview+"nowhere", "")
	require.Equal(t, 404, resp.StatusCode)
	require.Equal(t, `<a href="`+preview+`">home</a>`, body)
	resp, body = w.do("GET", preview+"i.png", "", "Range: bytes=0-2")
	require.Equal(t, []any{206, "pic"}, []any{resp.StatusCode, body})
	w.problem(416, "GET", preview+"i.png", "", "Range: bytes=99-")
	resp, _ = w.do("GET", preview+"../secret.txt", "")
	require.Equal(t, 404, resp.StatusCode, "only the site is shown")
	require.Equal(t, job.CodeNotFound, w.problem(404, "GET", job.PreviewPath(w.probe("other")), "").Code)
}

func TestPreviewsNeedAKey(t *testing.T) {
	t.Parallel()
	w, _ := keyedWorld(t)
	id := w.probe("shown")
	w.AwaitApproval(id, map[string]string{"site/index.html": "x"})
	require.Equal(t, job.CodeNoKey, w.problem(401, "GET", job.PreviewPath(id), "").Code)
	resp, _ := w.do("GET", job.PreviewPath(id), "", "Authorization: Basic OnJlYWRlcg==")
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, job.CodeForbidden, w.problem(403, "POST", "/v1/jobs/"+string(id)+"/approve", "", "Authorization: Bearer writer").Code)
}
