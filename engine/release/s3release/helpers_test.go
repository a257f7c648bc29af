package s3release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/release/s3release/s3test"
)

const bucketUsed = "docs"

// world is a bucket with a target in it.
type world struct {
	*Target
	server *s3test.Server
	wire   *wire
	folder string // of the bucket
}

func newWorld(t *testing.T, layout Layout) *world {
	t.Helper()
	w := &world{server: s3test.Start(t)}
	w.folder = w.server.Bucket(t, bucketUsed)
	w.Target, w.wire = w.open(t, layout)
	return w
}

// open returns another handle on the target, as another process has.
func (w *world) open(t *testing.T, layout Layout, change ...func(*Options)) (*Target, *wire) {
	t.Helper()
	wire := &wire{next: httpClient().GetTransport()}
	o := Options{
		Name: "docs", Bucket: bucketUsed, Prefix: "site", Endpoint: w.server.URL, PathStyle: true, Layout: layout,
		Credentials: &Credentials{AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey},
		HTTP:        wire, Tries: 1, hurry: true,
	}
	for _, c := range change {
		c(&o)
	}
	target, err := Open(t.Context(), o)
	require.NoError(t, err)
	wire.reset()
	return target, wire
}

// wire is the network: it notes requests, and can fail.
type wire struct {
	next http.RoundTripper

	mu   sync.Mutex
	log  []string                                    // METHOD key, and "copy key" for copies
	n    int                                         // of requests since the reset
	dead int                                         // from this request on none arrives; 0 is never
	mute int                                         // the answer of this request is lost; 0 is none
	hook func(n int, r *http.Request) *http.Response // may answer instead, or wait
}

var errDead = errors.New("the process was killed")

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.n++
	n, hook := w.n, w.hook
	dead, mute := w.dead != 0 && n >= w.dead, n == w.mute
	w.mu.Unlock()
	if dead {
		return nil, errDead
	}
	if hook != nil {
		if resp := hook(n, r); resp != nil {
			return resp, nil
		}
	}
	line := describe(r)
	resp, err := w.next.RoundTrip(r)
	if err == nil && resp.StatusCode < 300 {
		w.mu.Lock()
		w.log = append(w.log, line)
		w.mu.Unlock()
	}
	if err == nil && mute {
		resp.Body.Close()
		return nil, errDead
	}
	return resp, err
}

func describe(r *http.Request) string {
	key := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/"+bucketUsed), "/site/")
	method := r.Method
	switch {
	case r.Header.Get("X-Amz-Copy-Source") != "":
		method = "COPY"
	case r.Method == http.MethodPost && r.URL.Query().Has("delete"):
		method = "DELETE"
	case r.URL.Query().Has("list-type"):
		return "LIST " + strings.TrimPrefix(r.URL.Query().Get("prefix"), "site/")
	}
	return method + " " + key
}

func (w *wire) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log, w.n, w.dead, w.mute, w.hook = nil, 0, 0, 0, nil
}

// sent returns the noted requests with one of the methods.
func (w *wire) sent(methods ...string) (list []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.log {
		for _, m := range methods {
			if strings.HasPrefix(line, m+" ") {
				list = append(list, line)
			}
		}
	}
	return list
}

var (
	siteA = map[string]string{
		"index.html": "home A", "guide/index.html": "guide A", "guide/set up & run.html": "setup",
		"css/main.0a1b2c3d.css": "body{}", "sitemap.xml": "<urlset>A</urlset>", "old.html": "only A",
	}
	siteB = map[string]string{
		"index.html": "home B", "guide/index.html": "guide A", "guide/set up & run.html": "setup",
		"css/main.9f8e7d6c.css": "body{color:red}", "sitemap.xml": "<urlset>B</urlset>", "new/index.html": "only B",
	}
)

func source(tb testing.TB, site map[string]string) *release.Folder {
	tb.Helper()
	fsys := fstest.MapFS{}
	for p, content := range site {
		fsys[p] = &fstest.MapFile{Data: []byte(content)}
	}
	src, err := release.FromFS(tb.Context(), fsys)
	require.NoError(tb, err)
	return src
}

func meta(id string) release.Meta { return release.Meta{JobID: id, Attempt: 1} }

func publish(tb testing.TB, t *Target, id string, site map[string]string) release.Result {
	tb.Helper()
	r, err := t.Publish(tb.Context(), source(tb, site), meta(id), nil)
	require.NoError(tb, err)
	return r
}

// requireLive checks that exactly this site is live, byte by byte, as readers of the
// layout find it.
func requireLive(tb testing.TB, t *Target, site map[string]string) {
	tb.Helper()
	ctx := context.Background()
	p, _, err := t.load(ctx)
	require.NoError(tb, err)
	for path, content := range site {
		data, _, err := t.bucket.get(ctx, p.Site+path, 1<<20, false)
		require.NoError(tb, err, path)
		require.Equal(tb, content, string(data), path)
	}
	m, err := t.Current(ctx)
	require.NoError(tb, err)
	require.Equal(tb, source(tb, site).Files(), m.Files, "the manifest describes the site")
	for o, err := range t.bucket.list(ctx, p.Site) {
		require.NoError(tb, err)
		path := strings.TrimPrefix(o.key, p.Site)
		if _, known := site[path]; !known && !strings.HasPrefix(path, ".docjobs/") {
			require.True(tb, release.Fingerprinted(path), "%s does not belong there", path)
		}
	}
}

// answer is an answer that the store did not give.
func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Request: r, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)),
	}
}

// website makes the bucket a site.
func (b *bucket) website(ctx context.Context) error {
	_, err := b.client.PutBucketWebsite(ctx, &s3.PutBucketWebsiteInput{Bucket: &b.name, WebsiteConfiguration: &types.WebsiteConfiguration{
		IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}, ErrorDocument: &types.ErrorDocument{Key: aws.String("404.html")},
	}})
	if err != nil {
		return err
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + b.name + `/*"}]}`
	_, err = b.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &b.name, Policy: &policy})
	return err
}
