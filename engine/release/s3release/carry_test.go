package s3release

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An asset of an older release that cannot be copied is a warning: the site that is
// published does not have it.
func TestAnAssetThatCannotBeCarriedIsAWarning(t *testing.T) {
	t.Parallel()
	const asset = "css/main.9f8e7d6c.css"
	damage := func(t *testing.T, w *world, id string) {
		_, err := w.bucket.put(t.Context(), w.siteKey(id)+asset, bytes.NewReader([]byte("bodyXX")), 6, digestOf([]byte("bodyXX")), properties{}, condition{})
		require.NoError(t, err)
	}
	copies := func(r *http.Request) bool {
		return strings.HasSuffix(r.Header.Get("X-Amz-Copy-Source"), asset)
	}
	for name, prepare := range map[string]func(*testing.T, *world, string){
		"damaged": damage,
		"refused": func(_ *testing.T, w *world, _ string) {
			w.wire.hook = func(_ int, r *http.Request) *http.Response {
				if copies(r) {
					return answer(r, http.StatusForbidden, "<Error><Code>InvalidObjectState</Code><Message>it is archived</Message></Error>")
				}
				return nil
			}
		},
		"damaged, and the store tells no digest": func(t *testing.T, w *world, id string) {
			damage(t, w, id)
			w.wire.hook = func(_ int, r *http.Request) *http.Response {
				if !copies(r) {
					return nil
				}
				resp, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					return answer(r, http.StatusBadGateway, "")
				}
				defer resp.Body.Close()
				io.Copy(io.Discard, resp.Body)
				return answer(r, resp.StatusCode, "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Pointer)
			a := publish(t, w.Target, "publish-a", map[string]string{"index.html": "a", asset: "body{}"})
			w.wire.reset()
			prepare(t, w, a.ID)
			site := map[string]string{"index.html": "b"}
			b, err := w.Publish(t.Context(), source(t, site), meta("publish-b"), nil)
			require.NoError(t, err)
			require.Len(t, b.Warnings, 1)
			require.Contains(t, b.Warnings[0], asset)
			w.wire.reset()
			requireLive(t, w.Target, site)
			for o, err := range w.bucket.list(t.Context(), w.siteKey(b.ID)+"css/") {
				require.NoError(t, err)
				t.Fatalf("%s was left, which is not what it should be", o.key)
			}
		})
	}
}
