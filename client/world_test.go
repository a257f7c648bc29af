package client_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick tries again at once, as far as that goes.
var quick = client.WithBackoff(client.Backoff{Min: time.Millisecond, Max: 2 * time.Millisecond, Tries: 4})

// connect returns a client of the server at the address.
func connect(t *testing.T, address string) *client.Client {
	t.Helper()
	c, err := client.New(address, quick)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// start returns docjobs in memory and a client that speaks to it over HTTP.
func start(t *testing.T) (*apitest.Server, *client.Client) {
	t.Helper()
	s := apitest.New()
	return s, connect(t, apitest.Start(t, s.Config()))
}

// startBehind is start with something between client and server. It is called
// with the number of the request, from 1, and passes on what it does not
// answer itself.
func startBehind(t *testing.T, between func(n int64, w http.ResponseWriter, r *http.Request, pass http.Handler)) (*apitest.Server, *client.Client) {
	t.Helper()
	s := apitest.New()
	target, err := url.Parse(apitest.Start(t, s.Config()))
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		FlushInterval: -1,
		Transport:     &http.Transport{DisableKeepAlives: true},
	}
	var n atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		between(n.Add(1), w, r, proxy)
	}))
	t.Cleanup(front.Close)
	return s, connect(t, front.URL)
}

// probe asks for a probe.
func probe(nonce string) job.Submission { return job.Submission{Params: &job.Probe{Nonce: nonce}} }

// submitted submits a probe to s itself and returns its ID.
func submitted(t *testing.T, s *apitest.Server, nonce string) job.ID {
	t.Helper()
	receipt, err := s.Submit(t.Context(), probe(nonce))
	require.NoError(t, err)
	return receipt.ID
}
