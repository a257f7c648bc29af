package s3test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A Proxy stands before a server, notes what writes and can hold it back.
type Proxy struct {
	URL string

	mu   sync.Mutex
	log  []string
	hold func(line string) // may wait
}

// Proxy returns a proxy before the server. It ends with the test.
func (s *Server) Proxy(tb testing.TB) *Proxy {
	tb.Helper()
	to, err := url.Parse(s.URL)
	require.NoError(tb, err)
	p := &Proxy{}
	// The host stays what the client has signed.
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/")
		switch {
		case r.Header.Get("X-Amz-Copy-Source") != "":
			line = "COPY" + strings.TrimPrefix(line, r.Method)
		case r.Method == http.MethodPost:
			line = "DELETE" + strings.TrimPrefix(line, r.Method)
		}
		// Only of a request that was read to its end it is known when who asked goes away.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.mu.Lock()
		hold := p.hold
		p.mu.Unlock()
		if hold != nil {
			hold(line)
		}
		if r.Context().Err() != nil {
			return // who asked is gone
		}
		answer := &status{ResponseWriter: w}
		forward.ServeHTTP(answer, r)
		if answer.code >= 300 {
			return
		}
		p.mu.Lock()
		p.log = append(p.log, line)
		p.mu.Unlock()
	}))
	tb.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// status notes the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Hold calls hold before each request is passed on; nil ends that.
func (p *Proxy) Hold(hold func(line string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = hold
}

// Writes returns what was written successfully since the last call, a sorted list of METHOD and key;
// a copy within the store has the method COPY.
func (p *Proxy) Writes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := slices.DeleteFunc(p.log, func(line string) bool { return strings.HasPrefix(line, "GET ") || strings.HasPrefix(line, "HEAD ") })
	p.log = nil
	slices.Sort(list)
	return list
}
