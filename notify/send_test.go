package notify_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/notify"
)

// sender returns a sender to one endpoint, "ops", and the file that holds its secret.
func sender(t *testing.T, url string, private bool) (*notify.Sender, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte(secret("a", 24)+"\n"), 0o600))
	endpoints := notify.Endpoints{
		Named:     map[string]notify.Endpoint{"ops": {URL: url, Secrets: []notify.SecretSource{{File: file}}}},
		AllowHTTP: true,
	}
	if private {
		endpoints.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	require.NoError(t, endpoints.Validate())
	return notify.NewSender(endpoints, "docjobs/test"), file
}

// answer serves one answer to everything.
func answer(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/hook?token=x"
}

func TestWhatIsSentVerifies(t *testing.T) {
	t.Parallel()
	var got error
	url := answer(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		wh, _ := standardwebhooks.NewWebhook(secret("a", 24))
		got = wh.Verify(body, r.Header)
	})
	s, _ := sender(t, url, true)
	v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: []byte("{}")})
	require.NoError(t, err)
	require.NoError(t, got)
	require.True(t, v.Delivered)
	require.Equal(t, "msg_1", v.Try.Headers["webhook-id"])
	require.NotContains(t, v.Try.Headers, "webhook-signature")
	require.NotContains(t, v.Try.URL, "token", "what may be a secret is not logged")
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status    int
		after     string
		delivered bool
		gone      bool
		wait      time.Duration
	}{
		"taken":             {status: 204, delivered: true},
		"busy":              {status: 503, after: "120", wait: 2 * time.Minute},
		"busy for a year":   {status: 429, after: "31536000", wait: 24 * time.Hour},
		"busy until then":   {status: 503, after: "Thu, 01 Jan 1970 00:00:00 GMT"},
		"busy without form": {status: 503, after: "soon"},
		"busy below zero":   {status: 503, after: "-5"},
		"gone":              {status: 410, gone: true},
		"refused":           {status: 400},
		"moved":             {status: 307},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			url := answer(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", "/elsewhere")
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
			})
			s, _ := sender(t, url, true)
			v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: []byte("{}")})
			require.NoError(t, err)
			require.Equal(t, c.delivered, v.Delivered)
			require.Equal(t, c.gone, v.Gone)
			require.Equal(t, c.wait, v.RetryAfter)
			require.Equal(t, c.status, v.Try.Status)
			require.EqualValues(t, 1, calls.Load(), "redirects are not followed")
		})
	}
}

func TestLongAnswersAreCutShort(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	url := answer(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, strings.Repeat("\xffa", 4096)); err != nil {
				close(stop)
				return
			}
		}
	})
	s, _ := sender(t, url, true)
	v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: []byte("{}")})
	require.NoError(t, err)
	<-stop // the connection was given up
	require.LessOrEqual(t, len(v.Try.Answer), 4<<10)
	require.True(t, v.Delivered)
}

// TestPrivateNetworksAreNotReached sends to a loopback server that nobody allowed,
// under its address and under a name that resolves to it.
func TestPrivateNetworksAreNotReached(t *testing.T) {
	t.Parallel()
	url := answer(t, func(http.ResponseWriter, *http.Request) { t.Error("it was reached") })
	for _, u := range []string{url, strings.Replace(url, "127.0.0.1", "localhost", 1), "http://169.254.169.254/latest", "http://[::1]:80/"} {
		s, _ := sender(t, u, false)
		v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: []byte("{}")})
		require.NoError(t, err)
		require.False(t, v.Delivered, u)
		require.Contains(t, v.Try.Error, "private network", u)
	}
}

func TestSecretsChangeWhileItRuns(t *testing.T) {
	t.Parallel()
	wanted := secret("b", 32)
	url := answer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		wh, _ := standardwebhooks.NewWebhook(wanted)
		if wh.Verify(body, r.Header) != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	s, file := sender(t, url, true)
	v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: []byte("{}")})
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, v.Try.Status)
	require.NoError(t, os.WriteFile(file, []byte(wanted), 0o600))
	v, err = s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: []byte("{}")})
	require.NoError(t, err)
	require.True(t, v.Delivered)
	require.NoError(t, os.Remove(file))
	_, err = s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: []byte("{}")})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = s.Send(t.Context(), notify.Outgoing{Endpoint: "nobody", ID: "msg_1", Body: []byte("{}")})
	require.ErrorIs(t, err, notify.ErrUnknown)
}
