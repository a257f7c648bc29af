package weblinks_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/weblinks"
)

// raw serves what HTTP libraries do not: each connection gets its request read
// and is then in the hands of answer.
func raw(t *testing.T, answer func(c net.Conn, request *http.Request)) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if request, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					answer(c, request)
				}
			}()
		}
	}()
	return &httptest.Server{URL: "http://" + listener.Addr().String()}
}

func says(text string) func(net.Conn, *http.Request) {
	return func(c net.Conn, _ *http.Request) { _, _ = io.WriteString(c, text) }
}

// What the web has besides servers that work: none of these is certain to be
// broken for a reader, none holds the check up, and none is a crash.
func TestServersThatBehaveStrangely(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(net.Conn, *http.Request)
		want   string
	}{
		"no HTTP":                  {says("SSH-2.0-OpenSSH_9.2\r\n"), "unknown unreachable"},
		"nothing":                  {says(""), "unknown unreachable"},
		"HTTP/1.0 without a field": {says("HTTP/1.0 200 OK\r\n\r\n"), "ok "},
		"a body shorter than said": {says("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"), "ok "},
		"a fault in the length":    {says("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), "unknown unreachable"},
		"endless fields": {func(c net.Conn, _ *http.Request) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(c, "X-Filler: "+strings.Repeat("x", 4096)+"\r\n"); err != nil {
					return
				}
			}
		}, "unknown unreachable"},
		"endless informational answers": {func(c net.Conn, _ *http.Request) {
			for {
				if _, err := io.WriteString(c, "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
					return
				}
			}
		}, "unknown unreachable"},
		"fields byte by byte": {func(c net.Conn, _ *http.Request) {
			for _, b := range []byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("slow", 1000)) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}, "unknown unreachable"},
		"a body byte by byte": {func(c net.Conn, r *http.Request) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for range 4000 {
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}, "ok "},
		"a redirect to nowhere":         {says("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "unknown redirects"},
		"a redirect that is no address": {says("HTTP/1.1 302 Found\r\nLocation: http://[::bad\r\nContent-Length: 0\r\n\r\n"), "unknown unreachable"},
		"an unknown status":             {says("HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n"), "ok "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := raw(t, c.answer)
			o := options(t, s)
			o.Timeout, o.Budget = 500*time.Millisecond, 20*time.Second
			a := ask(t, o, s.URL+"/page")
			require.Equal(t, c.want, string(a.State)+" "+string(a.Reason), a.Message)
		})
	}
}

func TestBotsAreRefusedAndReadersAreNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.UserAgent(), "Firefox") {
			rw.WriteHeader(http.StatusForbidden)
		}
	})
	a := ask(t, options(t, w.Server), w.URL+"/")
	require.Equal(t, []any{weblinks.Unknown, weblinks.ReasonRefused}, []any{a.State, a.Reason})
	require.Equal(t, []int{1, 1}, []int{w.count("HEAD /"), w.count("GET /")}, "not again and again")
}

func TestBrokenEncryption(t *testing.T) {
	t.Parallel()
	quiet := func(s *httptest.Server) *httptest.Server { // its log would be full of what is wanted here
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		return s
	}
	plain := newWorld(t, func(http.ResponseWriter, *http.Request) {})
	a := ask(t, options(t, plain.Server), strings.Replace(plain.URL, "http:", "https:", 1))
	require.Equal(t, []any{weblinks.Unknown, weblinks.ReasonUnreachable}, []any{a.State, a.Reason}, "a server without encryption")

	old := quiet(httptest.NewUnstartedServer(http.NotFoundHandler()))
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	a = ask(t, options(t, old), old.URL)
	require.Equal(t, []any{weblinks.Unknown, weblinks.ReasonUnreachable}, []any{a.State, a.Reason}, "a version that is too old")

	own := quiet(httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	own.StartTLS()
	t.Cleanup(own.Close)
	o := options(t, own)
	o.RootCAs = own.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	require.Equal(t, weblinks.OK, ask(t, o, own.URL).State)
	a = ask(t, o, strings.Replace(own.URL, "127.0.0.1", "127.0.0.2", 1))
	require.Equal(t, weblinks.Unknown, a.State, "another machine: %+v", a)
}

func TestAFragmentIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.RequestURI != "/page?q=%C3%BC" {
			rw.WriteHeader(http.StatusNotFound)
		}
	})
	require.Equal(t, weblinks.OK, ask(t, options(t, w.Server), w.URL+"/page?q=%C3%BC#%C3%BCber:~:text=x").State)
}

// A name in another script goes over the wire in its ASCII form (RFC 5891).
func TestInternationalNames(t *testing.T) {
	t.Parallel()
	var asked []string
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host)
		if r.URL.Path == "/" {
			http.Redirect(rw, r, fmt.Sprintf("http://%s/bücher", r.Host), http.StatusFound)
		}
	})
	require.Equal(t, weblinks.OK, ask(t, options(t, w.Server), w.URL+"/").State)
	require.Len(t, asked, 2)
	require.Equal(t, 1, w.count("HEAD /b%c3%bccher"), "and paths percent-encoded")

	for _, name := range []string{"http://bücher.invalid/", "http://例え.invalid/", "http://xn--bcher-kva.invalid/"} {
		a := ask(t, options(t, w.Server), name)
		require.NotEqual(t, weblinks.ReasonMalformed, a.Reason, "%s: %+v", name, a)
		require.NotEqual(t, weblinks.OK, a.State)
	}
	require.Equal(t, weblinks.Unknown, ask(t, options(t, w.Server), "http://"+strings.Repeat("ü", 300)+".invalid/").State, "a name that is too long")
}
