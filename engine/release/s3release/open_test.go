package s3release

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/release/s3release/s3test"
)

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	o := Options{Bucket: "A", Prefix: "/x", Endpoint: "s3.example.org", Layout: "flat", Credentials: &Credentials{AccessKey: "a"}}
	var texts []string
	for _, fault := range o.Check() {
		texts = append(texts, fault.Error())
	}
	require.Len(t, texts, 5)
	for i, field := range []string{"bucket", "prefix", "endpoint", "layout", "credentials"} {
		require.Contains(t, texts[i], field+": ")
	}
	require.Len(t, (&Options{Bucket: "docs"}).Check(), 1, "a region or an endpoint is needed")
	require.Empty(t, (&Options{Bucket: "docs", Region: "eu-central-1", Prefix: "a/b"}).Check())
	require.NotEmpty(t, (&Options{Bucket: "docs", Region: "eu-central-1", Prefix: "a/../b"}).Check())
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	server.Bucket(t, "docs")
	good := Options{
		Name: "docs", Bucket: "docs", Endpoint: server.URL, PathStyle: true, Tries: 1,
		Credentials: &Credentials{AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey},
	}
	for name, change := range map[string]func(*Options){
		"no such bucket": func(o *Options) { o.Bucket = "other" },
		"wrong secret":   func(o *Options) { o.Credentials = &Credentials{AccessKey: s3test.AccessKey, SecretKey: "wrong"} },
		"unknown key":    func(o *Options) { o.Credentials = &Credentials{AccessKey: "who", SecretKey: "wrong"} },
		"wrong layout":   func(o *Options) { o.Layout = "flat" },
	} {
		bad := good
		change(&bad)
		_, err := Open(t.Context(), bad)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), s3test.SecretKey)
		var refused *release.RefusedError
		if name != "wrong layout" {
			require.ErrorAs(t, err, &refused, name)
		}
	}
	away := good
	away.Endpoint = "http://127.0.0.1:1"
	target, err := Open(t.Context(), away)
	require.NoError(t, err, "a store that does not answer may answer later")
	_, err = target.Head(t.Context())
	require.Error(t, err)
	_, err = Open(t.Context(), good)
	require.NoError(t, err)
}

// A store that writes although the condition does not hold cannot keep two publishes
// apart.
func TestAStoreWithoutConditionsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Pointer)
	for _, ignored := range []string{"If-None-Match", "If-Match"} {
		w.wire.reset()
		w.wire.hook = func(_ int, r *http.Request) *http.Response {
			if strings.HasSuffix(r.URL.Path, "/conditions.json") && r.Header.Get(ignored) != "" {
				return answer(r, http.StatusOK, "")
			}
			return nil
		}
		_, err := w.Publish(t.Context(), source(t, siteA), meta("publish-a"), nil)
		var refused *release.RefusedError
		require.ErrorAs(t, err, &refused, ignored)
		require.Empty(t, w.wire.sent("COPY", "DELETE"))
	}
	w.wire.reset()
	publish(t, w.Target, "publish-a", siteA)
	w.wire.reset()
	publish(t, w.Target, "publish-b", siteB)
	require.NotContains(t, strings.Join(w.wire.sent("PUT"), " "), "conditions", "it is found out once")
}
