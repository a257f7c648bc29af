package api_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/job"
)

const sse = "Accept: text/event-stream"

func TestEventsAsList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.finished("a", nil)
	var list struct{ Events []job.Event }
	_, body := w.do("GET", "/v1/jobs/"+string(id)+"/events?after=1", "")
	require.NoError(t, json.Unmarshal([]byte(body), &list))
	require.Len(t, list.Events, 2)
	require.EqualValues(t, 2, list.Events[0].Number)
	_, body = w.do("GET", "/v1/jobs/"+string(id)+"/events?after=99", "")
	require.JSONEq(t, `{"events":[]}`, body)
	w.problem(404, "GET", "/v1/jobs/probe-000000000000/events", "")
}

func TestEventsAsStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	path := "/v1/jobs/" + string(id) + "/events"
	resp := w.open("GET", path, "", sse)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	stream := bufio.NewReader(resp.Body)

	require.Equal(t, "1", message(t, stream)["id"])
	w.Begin(id) // while the stream is open
	second := message(t, stream)
	require.Equal(t, "2", second["id"])
	require.NotContains(t, second, "event", "browsers get only messages without a name")
	var event job.Event
	require.NoError(t, json.Unmarshal([]byte(second["data"]), &event))
	require.Equal(t, job.StateProcessing, event.State)
	w.Finish(id, job.StateCompleted, nil)
	require.Equal(t, "3", message(t, stream)["id"])
	require.Nil(t, message(t, stream), "the stream ends with the job")

	t.Run("taken up again", func(t *testing.T) {
		resumed := bufio.NewReader(w.open("GET", path, "", sse, "Last-Event-ID: 2").Body)
		require.Equal(t, "3", message(t, resumed)["id"])
		require.Nil(t, message(t, resumed))
	})
	t.Run("nothing more will come", func(t *testing.T) {
		resp, _ := w.do("GET", path, "", sse, "Last-Event-ID: 3")
		require.Equal(t, http.StatusNoContent, resp.StatusCode)
	})
	t.Run("refused", func(t *testing.T) {
		w.problem(404, "GET", "/v1/jobs/probe-000000000000/events", "", sse)
		p := w.problem(400, "GET", path, "", sse, "Last-Event-ID: x")
		require.Equal(t, "Last-Event-ID", p.Errors[0].Field)
	})
}

func TestASilentStreamIsKeptAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *api.Config) { c.KeepAlive = time.Millisecond })
	id := w.probe("a")
	stream := bufio.NewReader(w.open("GET", "/v1/jobs/"+string(id)+"/events", "", sse).Body)
	require.Equal(t, "1", message(t, stream)["id"])
	for range 3 {
		comment, err := stream.ReadString('\n')
		require.NoError(t, err)
		require.True(t, comment == ": keep-alive\n" || comment == "\n", comment)
	}
}

func TestAFailureInTheStreamIsAProblemEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	stream := bufio.NewReader(w.open("GET", "/v1/jobs/"+string(id)+"/events", "", sse).Body)
	message(t, stream)
	w.Break(&job.Error{Code: job.CodeUnavailable, Message: "Away."})
	last := message(t, stream)
	require.Equal(t, "problem", last["event"])
	require.Contains(t, last["data"], `"code":"unavailable"`)
	require.Contains(t, last["data"], string(id))
	require.Nil(t, message(t, stream))
}

// Clients that go away leave no goroutine behind: goleak looks for them at the
// end of all tests.
func TestAClientThatGoesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	for _, path := range []string{"/events", "/logs?follow=1"} {
		resp := w.open("GET", "/v1/jobs/"+string(id)+path, "", sse)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.NoError(t, resp.Body.Close())
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	handler, err := api.New(w.Config())
	require.NoError(t, err)
	server := api.Server(handler)
	other := serve(t, server)
	w.base = other
	resp := w.open("GET", "/v1/jobs/"+string(id)+"/events", "", sse)
	stream := bufio.NewReader(resp.Body)
	require.Equal(t, "1", message(t, stream)["id"])
	require.NoError(t, server.Shutdown(t.Context()))
	require.Nil(t, message(t, stream))
}

func TestLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.finished("a", nil)
	path := "/v1/jobs/" + string(id) + "/logs"

	resp, body := w.do("GET", path, "")
	require.Equal(t, "application/x-ndjson", resp.Header.Get("Content-Type"))
	require.Equal(t, 2, strings.Count(body, "\n"))
	var line job.LogLine
	require.NoError(t, json.Unmarshal([]byte(strings.Split(body, "\n")[0]), &line))
	require.Equal(t, "first line", line.Message)

	resp, body = w.do("GET", path+"?step=two", "", "Accept: text/html, text/plain;q=0.5")
	require.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Equal(t, "2026-01-01T00:00:04Z info  two      second \uFFFD[31mline\n", body, "no terminal escapes")

	_, body = w.do("GET", path+"?step=three", "")
	require.Empty(t, body)
	w.problem(404, "GET", path+"?attempt=2", "")
	w.problem(404, "GET", path+"?attempt=2&follow=1", "")
	require.Equal(t, "follow", w.problem(400, "GET", path+"?follow=perhaps", "").Errors[0].Field)
}

func TestLogsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	lines := bufio.NewScanner(w.open("GET", "/v1/jobs/"+string(id)+"/logs?follow=1", "", "Accept: text/plain").Body)
	for _, text := range []string{"one", "two"} {
		w.Log(id, "step", text)
		require.True(t, lines.Scan())
		require.Contains(t, lines.Text(), text)
	}
	w.Finish(id, job.StateCompleted, nil)
	require.False(t, lines.Scan(), "the log ends with the job")
	require.NoError(t, lines.Err())
}

var _ job.Service = (*apitest.Server)(nil)

func TestLogsOfADocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("documents")
	w.Begin(id)
	w.Log(id, "two", "about none")
	w.LogItem(id, "two", "guide/a.md", "about it")
	w.LogItem(id, "two", "guide/a.md", "guide/a.md:3: about a line")
	w.LogItem(id, "two", "guide/b.md", "about another")
	w.Finish(id, job.StateCompleted, nil)
	_, body := w.do("GET", "/v1/jobs/"+string(id)+"/logs?item=guide/a.md", "", "Accept: text/plain")
	lines := strings.Split(strings.TrimSpace(body), "\n")
	require.Len(t, lines, 2)
	require.True(t, strings.HasSuffix(lines[0], " two      guide/a.md: about it"), lines[0])
	require.True(t, strings.HasSuffix(lines[1], " two      guide/a.md:3: about a line"), lines[1])
}
