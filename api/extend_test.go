package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/job"
)

func TestResultsAreKeptLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.finished("a", map[string]string{"a.txt": "A"})
	path := "/v1/jobs/" + string(id)
	resp, body := w.do("POST", path+"/extend", `{"until":"2027-03-04T05:06:07Z"}`)
	require.Equal(t, 200, resp.StatusCode, body)
	require.Equal(t, "Thu, 04 Mar 2027 05:06:07 GMT", resp.Header.Get("Sunset"))
	require.Equal(t, "2027-03-04T05:06:07Z", field(t, body, "expires_at"))

	_, body = w.do("POST", path+"/extend", `{"pin":true}`)
	require.Equal(t, true, field(t, body, "pinned"))
	for _, below := range []string{"", "/result", "/artifacts/a.txt"} {
		resp, _ = w.do("GET", path+below, "")
		require.Empty(t, resp.Header.Get("Sunset"), "a pinned job has no end")
	}
	_, body = w.do("POST", path+"/extend", `{"pin":false}`)
	require.NotEmpty(t, field(t, body, "expires_at"))

	w.problem(422, "POST", path+"/extend", `{}`)
	w.problem(422, "POST", path+"/extend", `{"for":"14d","pin":true}`)
	w.problem(422, "POST", path+"/extend", `{"for":"a fortnight"}`)
	w.problem(404, "POST", "/v1/jobs/probe-000000000000/extend", `{"for":"14d"}`)
	w.problem(409, "POST", "/v1/jobs/"+string(w.probe("runs"))+"/extend", `{"for":"14d"}`)
	w.Expire(id)
	gone := w.problem(410, "POST", path+"/extend", `{"for":"14d"}`)
	require.Contains(t, gone.Hint, "resubmit")
}

// fetchedResult is what the API tells of a result that was fetched.
type fetchedResult struct {
	id      job.ID
	attempt int
}

func TestWhatWasFetchedIsToldOnce(t *testing.T) {
	t.Parallel()
	told := make(chan fetchedResult, 10)
	fails := make(chan error, 1)
	fails <- context.DeadlineExceeded // the first time
	w := newWorld(t, func(c *api.Config) {
		c.Fetched = func(_ context.Context, id job.ID, attempt int) error {
			told <- fetchedResult{id, attempt}
			select {
			case err := <-fails:
				return err
			default:
				return nil
			}
		}
	})
	id, other := w.finished("a", map[string]string{"a.txt": "A", "b.txt": "B"}), w.finished("b", map[string]string{"a.txt": "A"})
	path := "/v1/jobs/" + string(id)
	for _, below := range []string{"", "/result", "/artifacts", "/artifacts/none"} {
		w.do("GET", path+below, "")
	}
	w.do("HEAD", path+"/artifacts/a.txt", "")
	require.Empty(t, told, "nothing of it was fetched")

	w.do("GET", path+"/artifacts/a.txt", "")
	require.Equal(t, fetchedResult{id, 1}, <-told)
	require.Eventually(t, func() bool { // it could not be noted, so that it is told again
		w.do("GET", path+"/artifacts/b.txt", "")
		return len(told) > 0
	}, 10*time.Second, time.Millisecond)
	<-told
	for range 20 {
		w.do("GET", path+"/artifacts/a.txt", "")
	}
	w.do("GET", "/v1/jobs/"+string(other)+"/artifacts?format=zip", "")
	require.Equal(t, fetchedResult{other, 1}, <-told, "and nothing in between")
}
