package s3release

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
)

const (
	storeARN     = "arn:aws:cloudfront::123456789012:key-value-store/0a1b2c3d-0000-4000-8000-000000000000"
	distribution = "E2QWRUHAPOMQZL"
)

// cloud stands for CloudFront, which cannot be had in a test: it speaks as much of the
// protocols as is needed, and looks at the shape of the signatures.
type cloud struct {
	t      *testing.T
	server *httptest.Server

	mu      sync.Mutex
	etag    int
	keys    map[string]string
	forgot  [][]string // paths of invalidations
	refs    map[string]bool
	polls   int
	fails   bool
	pending bool   // invalidations are never done
	between func() // before a key is put
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{t: t, keys: map[string]string{}, refs: map[string]bool{}}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

// RoundTrip sends requests for CloudFront to the server, and others to where they go.
func (c *cloud) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if !strings.Contains(r.URL.Host, "cloudfront") {
			return next.RoundTrip(r)
		}
		here, _ := url.Parse(c.server.URL)
		r = r.Clone(r.Context())
		r.Host, r.URL.Scheme, r.URL.Host = r.URL.Host, here.Scheme, here.Host
		return http.DefaultTransport.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.fails {
		http.Error(w, "no", http.StatusInternalServerError)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/key-value-stores/") {
		c.store(w, r)
	} else {
		c.distribution(w, r)
	}
}

func (c *cloud) store(w http.ResponseWriter, r *http.Request) {
	if a := r.Header.Get("Authorization"); !strings.HasPrefix(a, "AWS4-ECDSA-P256-SHA256 Credential=") || !strings.Contains(a, "/cloudfront-keyvaluestore/aws4_request") || !strings.HasPrefix(r.Host, "123456789012.") {
		c.t.Errorf("%s is asked with %q", r.Host, a)
	}
	rest, _ := strings.CutPrefix(r.URL.Path, "/key-value-stores/"+storeARN)
	if r.Method == http.MethodPut && c.between != nil {
		between := c.between
		c.between = nil
		between()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	etag := fmt.Sprint("KV", c.etag)
	key := strings.TrimPrefix(rest, "/keys/")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case rest == "":
		w.Header().Set("ETag", etag)
		fmt.Fprintf(w, `{"KvsARN":%q,"ItemCount":%d,"TotalSizeInBytes":1,"Created":1}`, storeARN, len(c.keys))
	case r.Method == http.MethodGet && c.keys[key] != "":
		fmt.Fprintf(w, `{"Key":%q,"Value":%q,"ItemCount":1,"TotalSizeInBytes":1}`, key, c.keys[key])
	case r.Method == http.MethodPut && r.Header.Get("If-Match") == etag:
		var in struct{ Value string }
		require.NoError(c.t, json.NewDecoder(r.Body).Decode(&in))
		c.keys[key] = in.Value
		c.etag++
		fmt.Fprint(w, `{"ItemCount":1,"TotalSizeInBytes":1}`)
	case r.Method == http.MethodPut:
		w.Header().Set("X-Amzn-ErrorType", "ConflictException")
		w.WriteHeader(http.StatusConflict)
	default:
		w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
	}
}

func (c *cloud) distribution(w http.ResponseWriter, r *http.Request) {
	if a := r.Header.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 Credential=") || !strings.Contains(a, "/us-east-1/cloudfront/aws4_request") {
		c.t.Errorf("%s is asked with %q", r.Host, a)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	require.True(c.t, strings.HasPrefix(r.URL.Path, "/2020-05-31/distribution/"+distribution+"/invalidation"), r.URL.Path)
	status := "InProgress"
	if r.Method == http.MethodPost {
		var in struct {
			CallerReference string
			Paths           struct{ Items struct{ Path []string } }
		}
		data, err := io.ReadAll(r.Body)
		require.NoError(c.t, err)
		require.NoError(c.t, xml.Unmarshal(data, &in))
		if !c.refs[in.CallerReference] {
			c.refs[in.CallerReference] = true
			c.forgot = append(c.forgot, in.Paths.Items.Path)
		}
		w.WriteHeader(http.StatusCreated)
	} else if c.polls++; !c.pending && c.polls%2 == 0 {
		status = "Completed"
	}
	fmt.Fprintf(w, `<Invalidation><Id>I1</Id><Status>%s</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime></Invalidation>`, status)
}

// at lets a target be behind CloudFront.
func (c *cloud) at(cf CloudFront) func(*Options) {
	return func(o *Options) {
		o.CloudFront = &cf
		o.HTTP = c.wrap(o.HTTP)
	}
}

func TestKeyValueStoreFollowsThePointer(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t, Pointer), newCloud(t)
	target, _ := w.open(t, Pointer, c.at(CloudFront{KeyValueStore: storeARN}))
	a := publish(t, target, "publish-a", siteA)
	require.Equal(t, a.ID, c.keys["docs"])
	b := publish(t, target, "publish-b", siteB)
	require.Equal(t, b.ID, c.keys["docs"])
	_, err := target.Rollback(t.Context(), release.RollbackOptions{Meta: meta("rollback-1"), Release: a.ID})
	require.NoError(t, err)
	require.Equal(t, a.ID, c.keys["docs"])

	// The edge cannot be told: that is an error, and the next try tells it.
	c.fails = true
	_, err = target.Publish(t.Context(), source(t, siteB), meta("publish-c"), nil)
	require.ErrorContains(t, err, "the edge could not be told")
	c.fails = false
	again := publish(t, target, "publish-c", siteB)
	require.Equal(t, release.AlreadyLive, again.Outcome)
	require.Equal(t, again.ID, c.keys["docs"])

	// Somebody else comes between: what is live last stands there.
	other, _ := w.open(t, Pointer, c.at(CloudFront{KeyValueStore: storeARN}))
	var last release.Result
	c.between = func() { last = publish(t, other, "publish-e", siteA) }
	publish(t, target, "publish-d", map[string]string{"index.html": "home D"})
	require.Equal(t, last.ID, c.keys["docs"])
	requireLive(t, target, siteA)
}

func TestInvalidation(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t, Sync), newCloud(t)
	target, _ := w.open(t, Sync, c.at(CloudFront{Distribution: distribution, Wait: 10 * time.Second}))
	target.edge.poll = time.Millisecond
	publish(t, target, "publish-a", siteA)
	r := publish(t, target, "publish-b", siteB)
	require.Empty(t, r.Warnings)
	require.Equal(t, []string{"/", "/index.html", "/new/", "/new/index.html", "/sitemap.xml", "/old.html"}, c.forgot[1])

	many := map[string]string{}
	for i := range maxInvalidated + 1 {
		many[fmt.Sprintf("%d.html", i)] = "x"
	}
	publish(t, target, "publish-c", many)
	require.Equal(t, []string{"/*"}, c.forgot[2])
	r = publish(t, target, "publish-c", many)
	require.Equal(t, release.AlreadyLive, r.Outcome)
	require.Len(t, c.forgot, 3, "the same switch is told once")

	c.fails = true
	r = publish(t, target, "publish-d", siteA)
	require.Len(t, r.Warnings, 1)
	require.Contains(t, r.Warnings[0], "CloudFront")
	requireLive(t, target, siteA)
	c.fails, c.pending = false, true
	target.edge.c.Wait = 100 * time.Millisecond
	r = publish(t, target, "publish-e", siteB)
	require.Len(t, r.Warnings, 1)
	require.Contains(t, r.Warnings[0], "is not done after 100ms")
}

func TestCloudFrontSettingsAreChecked(t *testing.T) {
	t.Parallel()
	require.Empty(t, (*CloudFront)(nil).check(Sync))
	require.Empty(t, (&CloudFront{Distribution: distribution, KeyValueStore: storeARN}).check(Pointer))
	require.Len(t, (&CloudFront{}).check(Pointer), 1)
	require.Len(t, (&CloudFront{Distribution: "e2", KeyValueStore: "docs", Wait: -1}).check(Sync), 4)
}

// The function at the edge that the documentation hands out finds every file of the
// live release where the target puts it.
func TestTheFunctionAtTheEdge(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node.js is not installed, which runs the function")
	}
	function, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "cloudfront-function.js"))
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	write("package.json", `{"type":"module"}`)
	write("node_modules/cloudfront/package.json", `{"type":"module","main":"index.js"}`)
	write("node_modules/cloudfront/index.js", `export default {kvs: () => ({get: async (key) => {
		if (key !== 'docs' || !process.env.LIVE) throw new Error('KeyNotFound'); return process.env.LIVE; }})}`)
	write("function.js", string(function)+`
const answers = {};
for (const uri of JSON.parse(process.env.URIS)) answers[uri] = await handler({request: {uri: uri}});
answers.page = await handler({request: {}, response: {statusCode: 200, headers: {}}});
answers.redirect = await handler({request: {}, response: {statusCode: 200, headers: {'x-amz-website-redirect-location': {value: '/new/'}}}});
console.log(JSON.stringify(answers));`)
	run := func(live string, uris ...string) (answers map[string]struct {
		URI        string
		StatusCode int
		Headers    map[string]struct{ Value string }
	}) {
		list, _ := json.Marshal(uris)
		cmd := exec.CommandContext(t.Context(), node, filepath.Join(dir, "function.js"))
		cmd.Env = append(os.Environ(), "LIVE="+live, "URIS="+string(list))
		out, err := cmd.Output()
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(out, &answers))
		return answers
	}
	const id = "publish-a.0123456789ab"
	site := "/" + strings.TrimSuffix((&Target{}).siteKey(id), "/")
	answers := run(id, "/", "/guide/", "/css/main.0a1b2c3d.css", "/guide", "/CNAME")
	require.Equal(t, site+"/CNAME", answers["/CNAME"].URI)
	require.Equal(t, site+"/index.html", answers["/"].URI)
	require.Equal(t, site+"/guide/index.html", answers["/guide/"].URI)
	require.Equal(t, site+"/css/main.0a1b2c3d.css", answers["/css/main.0a1b2c3d.css"].URI)
	require.Equal(t, 200, answers["page"].StatusCode)
	require.Equal(t, 301, answers["redirect"].StatusCode)
	require.Equal(t, "/new/", answers["redirect"].Headers["location"].Value)
	require.Equal(t, 301, answers["/guide"].StatusCode)
	require.Equal(t, "/guide/", answers["/guide"].Headers["location"].Value)
	require.Equal(t, 503, run("", "/")["/"].StatusCode)
}
