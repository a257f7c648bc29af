package weblinks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/engine/weblinks"
)

// A world is a web server on loopback that counts what it is asked.
type world struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int // "METHOD /path"
}

func newWorld(t *testing.T, handler http.HandlerFunc) *world {
	t.Helper()
	w := &world{asked: map[string]int{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked[r.Method+" "+r.URL.RequestURI()]++
		w.mu.Unlock()
		handler(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *world) count(request string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[request]
}

// options allow what the guard otherwise forbids: this machine, at the ports of the servers.
func options(t *testing.T, servers ...*httptest.Server) weblinks.Options {
	t.Helper()
	o := weblinks.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Interval: time.Microsecond}
	for _, s := range servers {
		u, err := url.Parse(s.URL)
		require.NoError(t, err)
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		require.NoError(t, err)
		o.Ports = append(o.Ports, uint16(port))
	}
	return o
}

// ask checks one address.
func ask(t *testing.T, o weblinks.Options, target string) weblinks.Answer {
	t.Helper()
	answers, err := weblinks.Check(t.Context(), []string{target}, o)
	require.NoError(t, err)
	require.Len(t, answers, 1)
	require.Equal(t, target, answers[0].URL)
	if answers[0].State != weblinks.OK {
		require.NotEmpty(t, answers[0].Message)
	}
	return answers[0]
}

func TestWhatStatusesMean(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		rw.WriteHeader(status)
	})
	o := options(t, w.Server)
	for status, want := range map[int]string{
		200: "ok ", 204: "ok ", 206: "ok ",
		404: "broken missing", 410: "broken missing", 400: "broken missing",
		401: "unknown refused", 403: "unknown refused", 406: "unknown refused", 451: "unknown refused",
		429: "unknown too-many", 500: "unknown server-error", 503: "unknown server-error", 999: "unknown server-error",
	} {
		a := ask(t, o, fmt.Sprintf("%s/%d", w.URL, status))
		require.Equal(t, want, string(a.State)+" "+string(a.Reason), status)
		require.Equal(t, status, a.Status)
	}
}

func TestGetIsTriedWhereHeadIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			status, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
			rw.WriteHeader(status)
		}
	})
	for _, status := range []int{403, 404, 405, 500, 501} {
		require.Equal(t, weblinks.OK, ask(t, options(t, w.Server), fmt.Sprintf("%s/%d", w.URL, status)).State, status)
	}
	require.Equal(t, weblinks.OK, ask(t, options(t, w.Server), w.URL+"/200").State)
	require.Zero(t, w.count("GET /200"), "a good answer to HEAD is enough")
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(rw, r, "/here", http.StatusMovedPermanently)
		case "/login":
			http.Redirect(rw, r, "/here", http.StatusFound)
		case "/lost":
			http.Redirect(rw, r, "/none", http.StatusFound)
		case "/loop":
			http.Redirect(rw, r, "/loop", http.StatusFound)
		case "/app":
			http.Redirect(rw, r, "app://x", http.StatusFound)
		case "/metadata":
			http.Redirect(rw, r, "http://169.254.169.254/latest/", http.StatusFound)
		case "/none":
			http.NotFound(rw, r)
		}
	})
	o := options(t, w.Server)
	moved := ask(t, o, w.URL+"/moved")
	require.Equal(t, []string{"ok", w.URL + "/here"}, []string{string(moved.State), moved.Moved})
	require.Empty(t, ask(t, o, w.URL+"/login").Moved, "only a redirect for good names a new address")
	require.Equal(t, weblinks.Broken, ask(t, o, w.URL+"/lost").State)
	for path, reason := range map[string]weblinks.Reason{
		"/loop": weblinks.ReasonRedirects, "/app": weblinks.ReasonRedirects, "/metadata": weblinks.ReasonPrivate,
	} {
		a := ask(t, o, w.URL+path)
		require.Equal(t, weblinks.Unknown, a.State, path)
		require.Equal(t, reason, a.Reason, path)
	}
	require.Equal(t, 11, w.count("HEAD /loop")+w.count("GET /loop"))
}

func TestPrivateAddressesAreNotDialled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {})
	port := "/" // by the default ports
	for _, target := range []string{
		w.URL, "http://localhost" + port, "http://[::1]" + port, "http://[::ffff:127.0.0.1]" + port, "http://10.0.0.1" + port,
		"http://192.168.1.1" + port, "http://169.254.169.254" + port, "http://100.64.0.1" + port, "http://0.0.0.0" + port,
	} {
		a := ask(t, weblinks.Options{}, target)
		require.Equal(t, weblinks.Unknown, a.State, "%s %+v", target, a)
	}
	require.Empty(t, w.asked)
	allowed := options(t)
	require.Equal(t, weblinks.ReasonPrivate, ask(t, allowed, w.URL).Reason, "a port that nobody allowed")
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := &httptest.Server{URL: "http://" + listener.Addr().String()}
	require.NoError(t, listener.Close())
	a := ask(t, options(t, closed), closed.URL)
	require.Equal(t, []any{weblinks.Unknown, weblinks.ReasonUnreachable}, []any{a.State, a.Reason}, "it may come back")

	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	a = ask(t, options(t, secure), secure.URL)
	require.Equal(t, []any{weblinks.Broken, weblinks.ReasonCertificate}, []any{a.State, a.Reason})

	require.Equal(t, weblinks.ReasonMalformed, ask(t, weblinks.Options{}, "http://[").Reason)
	require.Equal(t, weblinks.ReasonMalformed, ask(t, weblinks.Options{}, "gopher://example.com/").Reason)
}

func TestNamesThatDoNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {})
	const gone = "https://docs.invalid/"
	alone := ask(t, options(t, w.Server), gone)
	require.Equal(t, weblinks.Unknown, alone.State, "a worker that hears of nobody is itself without a network: %+v", alone)
	answers, err := weblinks.Check(t.Context(), []string{gone, w.URL + "/"}, options(t, w.Server))
	require.NoError(t, err)
	if answers[0].Reason != weblinks.ReasonNoHost {
		t.Skip("no name server answers here")
	}
	require.Equal(t, weblinks.Broken, answers[0].State)
}

func TestAConnectionThatBreaksIsTriedAgain(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			conn, _, _ := http.NewResponseController(rw).Hijack()
			conn.Close()
		}
	})
	require.Equal(t, weblinks.OK, ask(t, options(t, w.Server), w.URL+"/").State)
}

func TestAHostThatNeverAnswersIsLeftAlone(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		conn, _, _ := http.NewResponseController(rw).Hijack()
		conn.Close()
	})
	o := options(t, w.Server)
	o.PerHost = 1
	var urls []string
	for i := range 50 {
		urls = append(urls, fmt.Sprintf("%s/%d", w.URL, i))
	}
	answers, err := weblinks.Check(t.Context(), urls, o)
	require.NoError(t, err)
	for i, a := range answers {
		require.Equal(t, weblinks.ReasonUnreachable, a.Reason)
		require.Equal(t, urls[i], a.URL)
	}
	require.LessOrEqual(t, n.Load(), int32(15), "not 50 times")
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	var again atomic.Int64
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/soon" && n.Add(1) == 1 {
			again.Store(time.Now().Add(time.Second).UnixNano())
			rw.Header().Set("Retry-After", "1")
			rw.WriteHeader(http.StatusTooManyRequests)
		}
		if r.URL.Path == "/later" {
			rw.Header().Set("Retry-After", "3600")
			rw.WriteHeader(http.StatusTooManyRequests)
		}
		if r.URL.Path == "/soon" && n.Load() > 1 && time.Now().UnixNano() < again.Load() {
			t.Error("asked before the time that the server gave")
		}
	})
	o := options(t, w.Server)
	require.Equal(t, weblinks.OK, ask(t, o, w.URL+"/soon").State)
	a := ask(t, o, w.URL+"/later")
	require.Equal(t, []any{weblinks.Unknown, weblinks.ReasonTooMany}, []any{a.State, a.Reason})
	require.Equal(t, 1, w.count("HEAD /later")+w.count("GET /later"), "nobody waits for an hour")
}

func TestAHostThatWantsToBeAskedLessOftenIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusTooManyRequests) })
	o := options(t, w.Server)
	o.PerHost = 1
	answers, err := weblinks.Check(t.Context(), []string{w.URL + "/a", w.URL + "/b", w.URL + "/c"}, o)
	require.NoError(t, err)
	for _, a := range answers {
		require.Equal(t, []any{weblinks.Unknown, weblinks.ReasonTooMany}, []any{a.State, a.Reason})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Len(t, w.asked, 1)
}

func TestAHostIsAskedAFewAtATime(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		now.Add(-1)
	})
	o := options(t, w.Server)
	o.PerHost = 2
	var urls []string
	for i := range 100 {
		urls = append(urls, fmt.Sprintf("%s/%d", w.URL, i))
	}
	urls = append(urls, urls[0])
	var last, total int64
	o.Progress = func(done, all int64) { last, total = done, all }
	answers, err := weblinks.Check(t.Context(), urls, o)
	require.NoError(t, err)
	require.Len(t, answers, 101)
	require.LessOrEqual(t, most.Load(), int32(2))
	require.Equal(t, 1, w.count("HEAD /0"), "an address is asked once")
	require.Equal(t, []int64{100, 100}, []int64{last, total})
}

func TestTheBudgetEndsTheCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/fast" {
			<-r.Context().Done()
		}
	})
	o := options(t, w.Server)
	o.Budget, o.PerHost = 500*time.Millisecond, 4
	answers, err := weblinks.Check(t.Context(), []string{w.URL + "/fast", w.URL + "/a", w.URL + "/b"}, o)
	require.NoError(t, err, "that time is over is no error")
	require.Equal(t, weblinks.OK, answers[0].State)
	require.Equal(t, weblinks.ReasonBudget, answers[1].Reason)
	require.Equal(t, weblinks.ReasonBudget, answers[2].Reason)
}

func TestCancelStopsTheCheck(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := newWorld(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, err := weblinks.Check(ctx, []string{w.URL + "/"}, options(t, w.Server))
	require.ErrorIs(t, err, context.Canceled)
}

func TestLargeBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			rw.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		for r.Context().Err() == nil { // endless
			if _, err := rw.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	require.Equal(t, weblinks.OK, ask(t, options(t, w.Server), w.URL+"/").State)
}

// memory is a cache.
type memory struct {
	mu   sync.Mutex
	good map[string]map[string]time.Time
}

func (m *memory) Load(_ context.Context, host string) (map[string]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.good[host], nil
}

func (m *memory) Save(_ context.Context, host string, good map[string]time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.good[host] = good
	return nil
}

func TestGoodAnswersAreKeptAndBadOnesNot(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" || down.Load() {
			http.NotFound(rw, r)
		}
	})
	cache := &memory{good: map[string]map[string]time.Time{}}
	o := options(t, w.Server)
	o.Cache = cache
	require.Equal(t, weblinks.OK, ask(t, o, w.URL+"/good?token=secret").State)
	require.Equal(t, weblinks.Broken, ask(t, o, w.URL+"/bad").State)
	require.NotContains(t, fmt.Sprint(cache.good), "secret")

	down.Store(true)
	again := ask(t, o, w.URL+"/good?token=secret")
	require.Equal(t, []any{weblinks.OK, true}, []any{again.State, again.Cached})
	require.Equal(t, weblinks.Broken, ask(t, o, w.URL+"/bad").State)
	require.Equal(t, 4, w.count("HEAD /bad")+w.count("GET /bad"), "a bad answer is asked for again")

	o.Fresh = time.Nanosecond
	require.Equal(t, weblinks.Broken, ask(t, o, w.URL+"/good?token=secret").State, "an old answer does not count")
}

func TestReport(t *testing.T) {
	t.Parallel()
	place := []links.Place{{Page: "a.html", Line: 3, Source: "a.md", SourceLine: 7}}
	report := weblinks.NewReport([]weblinks.Answer{
		{URL: "https://a.example/", State: weblinks.OK, Cached: true},
		{URL: "https://b.example/", State: weblinks.Broken, Message: "Gone <b>."},
		{URL: "javascript:alert(1)", State: weblinks.Unknown, Message: "Who knows."},
		{URL: "https://d.example/", State: weblinks.OK, Moved: "https://e.example/"},
	}, []links.ExternalLink{{Links: 1}, {Links: 9, Places: place}, {Links: 1}, {Links: 1}})
	require.Equal(t, []int{4, 12, 2, 1}, []int{report.Addresses, report.Links, report.OK, report.Cached})
	var page, text bytes.Buffer
	require.NoError(t, report.WriteHTML(&page))
	for _, want := range []string{"1 broken of 4", "a.md:7", "9 links in all", "Gone &lt;b&gt;.", "Moved for good", "https://e.example/"} {
		require.Contains(t, page.String(), want)
	}
	require.NotContains(t, page.String(), `href="javascript:`)
	require.NoError(t, report.WriteJSON(&text))
	var again weblinks.Report
	require.NoError(t, json.Unmarshal(text.Bytes(), &again))
	require.Equal(t, report.Broken, again.Broken)
}
