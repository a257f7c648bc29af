package e2e_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// A listener reads the events of a job from the API of one process, as a browser does.
type listener struct {
	t    *testing.T
	resp *http.Response
	read *bufio.Reader
}

// listen connects to the API behind the event that came last.
func listen(t *testing.T, api *program, id job.ID, last int64) *listener {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api.addresses.HTTP+"/v1/jobs/"+string(id)+"/events", nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/event-stream")
	if last > 0 {
		req.Header.Set("Last-Event-ID", strconv.FormatInt(last, 10))
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	return &listener{t: t, resp: resp, read: bufio.NewReader(resp.Body)}
}

// next returns the next event, or nil when the stream ends or breaks.
func (l *listener) next() *job.Event {
	l.t.Helper()
	id := int64(0)
	for {
		line, err := l.read.ReadString('\n')
		if err != nil {
			return nil
		}
		if text, found := strings.CutPrefix(line, "id: "); found {
			id, err = strconv.ParseInt(strings.TrimSpace(text), 10, 64)
			require.NoError(l.t, err)
		}
		if text, found := strings.CutPrefix(line, "data: "); found {
			var e job.Event
			require.NoError(l.t, json.Unmarshal([]byte(text), &e))
			require.Equal(l.t, e.Number, id)
			return &e
		}
	}
}

// Two processes serve the API over one engine, and one of them is killed and started
// again in the middle of a job. Whoever changes between them, naming the event that came
// last, sees every event once, in order, and the same ones.
func TestEventsFromSeveralProcesses(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	one, two := c.api(), c.api()
	receipt := one.publish(folder(t, bigSite("followed", 5)), "site")
	id := receipt.ID
	steady := listen(t, two, id, 0)
	jumping := listen(t, one, id, 0)
	seen := []job.Event{*jumping.next()}
	require.Equal(t, int64(1), seen[0].Number)
	one.kill()
	require.Nil(t, jumping.next(), "the process was killed")

	jumping = listen(t, two, id, 1)
	c.start("worker", t.TempDir())
	for range 3 {
		seen = append(seen, *jumping.next())
	}
	jumping.resp.Body.Close()
	one = c.api() // as after a restart: it remembers nothing
	for n := 0; ; n++ {
		jumping = listen(t, []*program{one, two}[n%2], id, int64(len(seen)))
		if jumping.resp.StatusCode == http.StatusNoContent {
			break
		}
		require.Equal(t, http.StatusOK, jumping.resp.StatusCode)
		if e := jumping.next(); e != nil {
			seen = append(seen, *e)
		}
		jumping.resp.Body.Close() // one event from each connection
	}
	var all []job.Event
	for e := steady.next(); e != nil; e = steady.next() {
		all = append(all, *e)
	}
	require.Equal(t, all, seen)
	for i, e := range seen {
		require.Equal(t, int64(i+1), e.Number)
	}
	require.Equal(t, "job.completed", seen[len(seen)-1].Type)
	for _, api := range []*program{one, two} {
		require.Equal(t, seen, api.events(id))
		require.Equal(t, http.StatusNoContent, listen(t, api, id, int64(len(seen))).resp.StatusCode)
	}
}
