package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
)

// A receiver is a program that is told of jobs. It checks every signature with the
// reference library.
type receiver struct {
	t    *testing.T
	url  string
	got  chan received
	wh   *standardwebhooks.Webhook
	file string // with the secret
	// refuse says of a message whether it is refused this time.
	refuse func(received) bool
}

// received is what a receiver has got.
type received struct {
	id      string
	message notify.Message
	body    string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	r := &receiver{t: t, got: make(chan received, 1000), refuse: func(received) bool { return false }}
	r.file = filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(r.file, []byte(secret), 0o600))
	var err error
	r.wh, err = standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	r.url = serve(t, http.HandlerFunc(r.serve))
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender was killed
	}
	err = r.wh.Verify(body, req.Header)
	m := received{id: req.Header.Get("webhook-id"), body: string(body)}
	if err == nil {
		err = json.Unmarshal(body, &m.message)
	}
	if err != nil {
		r.t.Error(err)
	}
	if r.refuse(m) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	r.got <- m
}

// endpoints is the receiver as the endpoint "ops".
func (r *receiver) endpoints() notify.Endpoints {
	return notify.Endpoints{
		Named:        map[string]notify.Endpoint{"ops": {URL: r.url, Secrets: []notify.SecretSource{{File: r.file}}}},
		AllowHTTP:    true,
		AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
}

// configuration is the receiver as the endpoint "ops" of a program, which is told of
// every job.
func (r *receiver) configuration() string {
	return "notify:\n  allow_http: true\n  allow_private: [127.0.0.0/8]\n  endpoints:\n    ops:\n      url: " + r.url +
		"\n      all: true\n      secrets:\n        - file: " + r.file + "\n"
}

// next returns the next n messages, in the order of their events.
func (r *receiver) next(n int) (messages []received) {
	r.t.Helper()
	for range n {
		select {
		case m := <-r.got:
			messages = append(messages, m)
		case <-r.t.Context().Done():
			require.FailNow(r.t, "no message")
		}
	}
	slices.SortStableFunc(messages, func(a, b received) int { return int(a.message.Data.Event - b.message.Data.Event) })
	return messages
}

func telling(nonce string) job.Submission {
	s := probe(nonce)
	s.Notify = []string{"ops"}
	return s
}

// TestOthersAreToldOfAJob has a job tell of itself, an endpoint that refuses twice,
// and somebody who asks for it again.
func TestOthersAreToldOfAJob(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	refused := make(chan struct{}, 2)
	r.refuse = func(m received) bool {
		if m.message.Type != "job.completed" {
			return false
		}
		select {
		case refused <- struct{}{}:
			return true
		default:
			return false
		}
	}
	e := newTellingEngine(t, r.endpoints())
	e.work()
	id := e.ended(e.submit(telling("told")).ID).ID

	got := r.next(5)
	var types []string
	for _, m := range got {
		types = append(types, m.message.Type)
		require.Equal(t, id, m.message.Data.JobID)
		require.Equal(t, "https://docjobs.example/v1/jobs/"+string(id), m.message.Data.Links.Job)
	}
	require.Equal(t, []string{"job.queued", "job.processing", "job.completed", "job.completed", "job.completed"}, types)
	require.Equal(t, got[2], got[4], "every try is the same message under the same ID")
	require.Equal(t, notify.ID(id, got[4].message.Data.Event, "ops"), got[4].id)

	again, err := e.Redeliver(t.Context(), id, got[0].id)
	require.NoError(t, err)
	require.Equal(t, job.DeliveryPending, again.State)
	require.Equal(t, got[0], r.next(1)[0])

	list, err := e.Deliveries(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, list.Deliveries, 3)
	require.Len(t, list.Deliveries[2].Tries, 3)
	_, err = e.Redeliver(t.Context(), id, "msg_none")
	require.Equal(t, job.CodeNotFound, job.CodeOf(err))
	_, err = e.Submit(t.Context(), job.Submission{Params: &job.Probe{Nonce: "x"}, Notify: []string{"nobody"}})
	require.ErrorContains(t, err, "ops")
	page, err := e.List(t.Context(), job.Filter{})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 1, "deliveries are no jobs")
}

// TestCancelledJobsTellIt cancels a job before any worker has it: what it tells
// does not end with it.
func TestCancelledJobsTellIt(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	e := newTellingEngine(t, r.endpoints())
	id := e.submit(telling("cancelled")).ID
	require.NoError(t, e.client.CancelWorkflow(t.Context(), string(id), ""))
	e.work()
	got := r.next(3)
	require.Equal(t, "job.cancelled", got[2].message.Type)
	require.Equal(t, job.StateCancelled, e.ended(id).State)
}

// TestOneMessageAndOneMark has a job that was made for a commit show what it has come
// to: by a bot of Slack in one message, and beside the commit on GitHub.
func TestOneMessageAndOneMark(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	posted, shown, state := 0, "", ""
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var body struct{ Text, State string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		switch r.URL.Path {
		case "/chat.postMessage":
			posted++
			shown = body.Text
		case "/chat.update":
			shown = body.Text
		default:
			state = r.URL.Path + " " + body.State
		}
		_, _ = io.WriteString(w, `{"ok":true,"channel":"C024BE91L","ts":"1.2"}`)
	}))
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("token"), 0o600))
	token := []notify.SecretSource{{File: file}}
	e := newTellingEngine(t, notify.Endpoints{
		Named: map[string]notify.Endpoint{
			"chat": {Format: notify.FormatSlack, Channel: "C024BE91L", URL: url, Secrets: token, All: true},
			"hub":  {Format: notify.FormatGitHub, URL: url, Repositories: []string{"acme/*"}, Secrets: token, All: true},
		},
		AllowHTTP: true, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	e.work()
	host := strings.TrimPrefix(url, "http://")
	sha := strings.Repeat("ab", 20)
	s := probe("shown")
	s.Commit = &job.Commit{Repository: "https://" + host + "/acme/handbook.git", SHA: sha}
	id := e.ended(e.submit(s).ID).ID
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Contains(shown, "job completed ("+string(id)+")") && state == "/repos/acme/handbook/statuses/"+sha+" success"
	}, time.Minute, 50*time.Millisecond)
	list, err := e.Deliveries(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, list.Deliveries, 6)
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, 1, posted)
}
