package embedded_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/embedded"
)

func TestUI(t *testing.T) {
	t.Parallel()
	url := start(t, embedded.Config{}).UIURL()

	for _, tc := range []struct {
		name, method, path string
		header             map[string]string
		status             int
		body               string
	}{
		{name: "page", method: "GET", path: "/", status: 200, body: "<html"},
		{name: "page inside the application", method: "GET", path: "/namespaces/documents/workflows", status: 200, body: "<html"},
		{name: "settings", method: "GET", path: "/api/v1/settings", status: 200, body: `"DefaultNamespace":"documents"`},
		{name: "no news from the internet", method: "GET", path: "/api/v1/settings", status: 200, body: `"DisableNewsFetch":true`},
		{name: "Temporal's API", method: "GET", path: "/api/v1/namespaces/documents", status: 200, body: `"name": "documents"`},
		{name: "other host name", method: "GET", path: "/", header: map[string]string{"Host": "evil.example"}, status: 421, body: "localhost only"},
		{
			name: "write from another site", method: "POST", path: "/api/v1/namespaces/documents/workflows/x",
			header: map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, status: 403,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tc.method, url+tc.path, strings.NewReader("{}"))
			require.NoError(t, err)
			for name, value := range tc.header {
				req.Header.Set(name, value)
			}
			req.Host = tc.header["Host"]
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, tc.status, resp.StatusCode, string(body))
			require.Contains(t, string(body), tc.body)
			require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
		})
	}
}

func TestUI_canBeLeftOut(t *testing.T) {
	t.Parallel()
	require.Empty(t, start(t, embedded.Config{NoUI: true}).UIURL())
}
