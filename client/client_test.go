package client_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"http://127.0.0.1:8080", "127.0.0.1:8080", "localhost:8080/", "https://docs.example.org/jobs"} {
		_, err := client.New(good)
		require.NoError(t, err, good)
	}
	for _, bad := range []string{"", "ftp://a", "http://", "http://user@a", "http://a?b=c", "http://a b"} {
		_, err := client.New(bad)
		require.ErrorContains(t, err, "not the address of a server", bad)
	}
	_, err := client.New("a", client.WithBackoff(client.Backoff{}))
	require.Error(t, err)
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	c := connect(t, address)
	_, err = c.Get(t.Context(), "probe-000000000000", job.StatusQuery{})
	require.EqualError(t, err, "No docjobs server is running at http://"+address+".")
	require.Equal(t, job.CodeUnavailable, job.CodeOf(err))
	for _, err := range c.Events(t.Context(), "probe-000000000000", job.EventQuery{Follow: true}) {
		require.ErrorContains(t, err, "No docjobs server is running")
	}
}

func TestSomethingElseAnswers(t *testing.T) {
	t.Parallel()
	_, c := startBehind(t, func(_ int64, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		_, _ = io.WriteString(w, "<html>Welcome</html>")
	})
	_, err := c.List(t.Context(), job.Filter{})
	require.ErrorContains(t, err, "is not one of docjobs")
}

func TestBusyServersAreAskedAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable} {
		_, c := startBehind(t, func(n int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if n < 3 {
				w.Header().Set("Retry-After", "3600") // more than the client waits
				w.WriteHeader(status)
				return
			}
			pass.ServeHTTP(w, r)
		})
		receipt, err := c.Submit(t.Context(), probe("a"))
		require.NoError(t, err)
		require.False(t, receipt.Deduplicated)
	}
}

func TestAServerThatStaysBusy(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	_, c := startBehind(t, func(n int64, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		requests.Store(n)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := c.Submit(t.Context(), probe("a"))
	require.Equal(t, job.CodeUnavailable, job.CodeOf(err))
	require.EqualValues(t, 4, requests.Load())
}

// The answer to a submission is lost, so it is sent again. Even where a fresh
// job is asked for there is one job in the end.
func TestALostAnswerDoesNotMakeTwoJobs(t *testing.T) {
	t.Parallel()
	for _, force := range []bool{false, true} {
		s, c := startBehind(t, func(n int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if n == 1 {
				pass.ServeHTTP(discard{http.Header{}}, r)
				panic(http.ErrAbortHandler)
			}
			pass.ServeHTTP(w, r)
		})
		in := probe("a")
		in.Force = force
		_, err := c.Submit(t.Context(), in)
		require.NoError(t, err)
		page, err := s.List(t.Context(), job.Filter{})
		require.NoError(t, err)
		require.Len(t, page.Jobs, 1)
	}
}

func TestAForcedJobIsAFreshOne(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	in := probe("a")
	in.Force = true
	one, err := c.Submit(t.Context(), in)
	require.NoError(t, err)
	two, err := c.Submit(t.Context(), in)
	require.NoError(t, err)
	require.NotEqual(t, one.ID, two.ID)
}

// What must not happen twice is not sent again when its answer is lost.
func TestResubmitIsSentOnce(t *testing.T) {
	t.Parallel()
	s, c := startBehind(t, func(_ int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
		pass.ServeHTTP(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	})
	id := submitted(t, s, "a")
	s.Fail(id, &job.Error{Code: job.CodeBuildFailed, Message: "No."})
	_, err := c.Resubmit(t.Context(), id, job.Resubmission{})
	require.Equal(t, job.CodeUnavailable, job.CodeOf(err))
	st, err := s.Get(t.Context(), id, job.StatusQuery{})
	require.NoError(t, err)
	require.Equal(t, 2, st.Attempt)
}

func TestACancelledContextEndsEveryCall(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	id := submitted(t, s, "a")
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	errs := make(chan error, 4)
	group.Go(func() { _, err := c.Wait(ctx, id, nil); errs <- err })
	group.Go(func() { _, err := all(c.Events(ctx, id, job.EventQuery{Follow: true})); errs <- err })
	group.Go(func() { _, err := all(c.Logs(ctx, id, job.LogQuery{Follow: true})); errs <- err })
	s.Begin(id)
	cancel()
	group.Wait()
	for range 3 {
		require.ErrorIs(t, <-errs, context.Canceled)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	id := submitted(t, s, "a")
	go func() { s.Begin(id); s.Finish(id, job.StateCompleted, nil) }()
	var seen []job.State
	st, err := c.Wait(t.Context(), id, func(st *job.Status) { seen = append(seen, st.State) })
	require.NoError(t, err)
	require.Equal(t, job.StateCompleted, st.State)
	require.Equal(t, job.StateCompleted, seen[len(seen)-1])
	_, err = c.Wait(t.Context(), "probe-000000000000", nil)
	require.Equal(t, job.CodeNotFound, job.CodeOf(err))
}

func TestReady(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	require.NoError(t, c.Ready(t.Context()))
	require.True(t, strings.HasPrefix(c.Server(), "http://127.0.0.1:"))
}

// discard is where answers are lost.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
