package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/job"
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	resp, body := w.do("POST", "/v1/jobs", `{"kind":"probe","nonce":"a","labels":["nightly"]}`)
	require.Equal(t, http.StatusAccepted, resp.StatusCode, body)
	var first api.Receipt
	require.NoError(t, json.Unmarshal([]byte(body), &first))
	require.Equal(t, "/v1/jobs/"+string(first.ID), resp.Header.Get("Location"))
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	require.Equal(t, job.StateQueued, first.State)
	require.Equal(t, []string{"nightly"}, first.Labels)
	require.False(t, first.Deduplicated)
	require.Equal(t, "http://127.0.0.1:8233/namespaces/default/workflows/"+string(first.ID), first.Links.UI)

	t.Run("the same again is found", func(t *testing.T) {
		resp, body := w.do("POST", "/v1/jobs", `{"kind":"probe","nonce":"a"}`)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Contains(t, body, `"deduplicated":true`)
		require.Contains(t, body, string(first.ID))
	})
	t.Run("a dry run starts nothing", func(t *testing.T) {
		resp, body := w.do("POST", "/v1/jobs", `{"kind":"probe","nonce":"dry","dry_run":true}`)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Contains(t, body, `"dry_run":true`)
		_, list := w.do("GET", "/v1/jobs", "")
		require.NotContains(t, list, "dry")
	})
	t.Run("an idempotency key names the work", func(t *testing.T) {
		_, quoted := w.do("POST", "/v1/jobs", `{"kind":"probe","nonce":"k"}`, `Idempotency-Key: "release \"1\""`)
		resp, bare := w.do("POST", "/v1/jobs", `{"kind":"probe","nonce":"k"}`, `Idempotency-Key: release "1"`)
		require.Equal(t, http.StatusOK, resp.StatusCode, bare)
		require.Equal(t, field(t, quoted, "id"), field(t, bare, "id"))
		p := w.problem(422, "POST", "/v1/jobs", `{"kind":"probe","nonce":"other"}`, `Idempotency-Key: release "1"`)
		require.Equal(t, job.CodeMismatch, p.Code)
		require.NotEmpty(t, p.JobID)
	})
}

func TestFiftySubmissionsAtOnceAreOneJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	codes := make(chan int, 50)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			resp, err := http.Post(w.base+"/v1/jobs", "application/json", strings.NewReader(`{"kind":"probe","nonce":"x"}`))
			if err == nil {
				codes <- resp.StatusCode
				resp.Body.Close()
			}
		})
	}
	group.Wait()
	close(codes)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	counts := map[int]int{}
	for code := range codes {
		counts[code]++
	}
	require.Equal(t, map[int]int{http.StatusAccepted: 1, http.StatusOK: 49}, counts)
}

func TestRefusedSubmissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	json := "Content-Type: application/json"
	tests := []struct {
		name, body string
		headers    []string
		status     int
		fields     []string
	}{
		{"not JSON", `{"kind":`, nil, 400, nil},
		{"empty", ``, []string{json}, 400, nil},
		{"no object", `[1]`, []string{json}, 422, []string{"body"}},
		{"another media type", `{"kind":"probe","nonce":"a"}`, []string{"Content-Type: text/plain"}, 415, nil},
		{"no kind", `{}`, nil, 422, []string{"kind"}},
		{"unknown kind", `{"kind":"brew"}`, nil, 422, []string{"kind"}},
		{"every fault at once", `{"kind":"probe","nonce":1,"tea":2,"labels":"x"}`, nil, 422, []string{"labels", "nonce", "tea"}},
		{"missing parameters", `{"kind":"publish"}`, nil, 422, []string{"source", "target"}},
		{"priority out of range", `{"kind":"probe","nonce":"a","priority":9}`, nil, 422, []string{"priority"}},
		{"key that is no string", `{"kind":"probe","nonce":"a"}`, []string{`Idempotency-Key: "open`}, 400, []string{"Idempotency-Key"}},
		{"key that is too long", `{"kind":"probe","nonce":"a"}`, []string{"Idempotency-Key: " + strings.Repeat("k", 256)}, 400, []string{"Idempotency-Key"}},
		{"too large", `{"kind":"probe","nonce":"` + strings.Repeat("n", 256<<10) + `"}`, nil, 413, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := w.problem(test.status, "POST", "/v1/jobs", test.body, test.headers...)
			var fields []string
			for _, fault := range p.Errors {
				fields = append(fields, fault.Field)
			}
			require.Equal(t, test.fields, fields)
		})
	}
	t.Run("what was sent is not repeated", func(t *testing.T) {
		_, body := w.do("POST", "/v1/jobs", `{"kind":"probe","nonce":"a","password":"hunter2","labels":["hunter2\u0000"]}`)
		require.Contains(t, body, "password")
		require.NotContains(t, body, "hunter2")
	})
	page, err := w.List(t.Context(), job.Filter{})
	require.NoError(t, err)
	require.Empty(t, page.Jobs)
}

func TestASubmissionMayFillItsLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"kind":"probe","nonce":"a"}`
	body = body + strings.Repeat(" ", 256<<10-len(body))
	resp, _ := w.do("POST", "/v1/jobs", body)
	require.Equal(t, http.StatusAccepted, resp.StatusCode)
}

func TestGet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	path := "/v1/jobs/" + string(id)

	t.Run("while it runs", func(t *testing.T) {
		resp, body := w.do("GET", path, "")
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, "300", resp.Header.Get("Retry-After"), "the job is months old")
		require.Empty(t, resp.Header.Get("Sunset"))
		require.Equal(t, path+"/events", field(t, body, "links").(map[string]any)["events"])
	})
	t.Run("waiting until it has ended", func(t *testing.T) {
		answered := make(chan string)
		go func() {
			resp, body := w.do("GET", path, "", "Prefer: respond-async, wait=3600")
			answered <- resp.Header.Get("Preference-Applied") + " " + field(t, body, "state").(string)
		}()
		w.Finish(id, job.StateCompleted, nil)
		require.Equal(t, "wait=60 completed", <-answered)
	})
	t.Run("afterwards", func(t *testing.T) {
		resp, _ := w.do("GET", path, "")
		require.Empty(t, resp.Header.Get("Retry-After"))
		sunset, err := http.ParseTime(resp.Header.Get("Sunset"))
		require.NoError(t, err)
		require.True(t, sunset.After(time.Date(2026, 1, 7, 0, 0, 0, 0, time.UTC)))
	})
	t.Run("an attempt that there was not", func(t *testing.T) {
		require.Equal(t, id, w.problem(404, "GET", path+"?attempt=7", "").JobID)
	})
	t.Run("an attempt that cannot be", func(t *testing.T) {
		for _, attempt := range []string{"0", "two", "-1", "99999999999999999999"} {
			p := w.problem(400, "GET", path+"?attempt="+attempt, "")
			require.Equal(t, "attempt", p.Errors[0].Field)
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, empty := w.do("GET", "/v1/jobs", "")
	require.JSONEq(t, `{"jobs":[]}`, empty)
	one, two := w.probe("1"), w.probe("2")
	w.Finish(one, job.StateCompleted, nil)

	_, all := w.do("GET", "/v1/jobs", "")
	require.Less(t, strings.Index(all, string(two)), strings.Index(all, string(one)), "newest first")
	_, completed := w.do("GET", "/v1/jobs?state=completed&kind=probe&since=2025-01-01T00:00:00Z", "")
	require.NotContains(t, completed, string(two))
	_, page := w.do("GET", "/v1/jobs?limit=1", "")
	_, next := w.do("GET", "/v1/jobs?limit=1&cursor="+field(t, page, "next").(string), "")
	require.Contains(t, next, string(one))

	for query, name := range map[string]string{
		"sate=completed": "sate", "limit=0": "limit", "limit=501": "limit", "since=yesterday": "since", "parent=..": "parent",
	} {
		require.Equal(t, name, w.problem(400, "GET", "/v1/jobs?"+query, "").Errors[0].Field)
	}
}

func TestResultAndItems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	path := "/v1/jobs/" + string(id)
	w.SetItems(id, job.Item{Document: "a.md", State: job.StepCompleted}, job.Item{Document: "b.md", State: job.StepFailed})

	resp, _ := w.do("GET", path+"/result", "")
	require.Equal(t, "300", resp.Header.Get("Retry-After"))
	require.True(t, w.problem(409, "GET", path+"/result", "").Retryable)

	w.Finish(id, job.StatePartial, map[string]string{"report.txt": "fine"})
	resp, body := w.do("GET", path+"/result", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Sunset"))
	require.Contains(t, body, "report.txt")

	_, failed := w.do("GET", path+"/items?state=failed", "")
	require.JSONEq(t, `{"items":[{"document":"b.md","state":"failed"}]}`, failed)
	require.Equal(t, "state", w.problem(400, "GET", path+"/items?state=lost", "").Errors[0].Field)

	w.Expire(id)
	require.Equal(t, job.CodeGone, w.problem(410, "GET", path+"/result", "").Code)
}

func TestCancelAndResubmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("a")
	path := "/v1/jobs/" + string(id)

	p := w.problem(422, "POST", path+"/cancel", `{"reason":"x","force":true}`)
	require.Equal(t, []job.Fault{{Field: "force", Message: "is not a field of this request."}}, p.Errors)
	w.problem(400, "POST", path+"/cancel", `{"reason"`)

	_, body := w.do("POST", path+"/cancel", `{"reason":"wrong branch"}`)
	require.Equal(t, "cancelled", field(t, body, "state"))
	_, events := w.do("GET", path+"/events", "")
	require.Contains(t, events, "wrong branch")
	require.Equal(t, job.CodeConflict, w.problem(409, "POST", path+"/cancel", "").Code)

	resp, body := w.do("POST", path+"/resubmit", "")
	require.Equal(t, http.StatusAccepted, resp.StatusCode)
	require.Equal(t, path, resp.Header.Get("Location"))
	require.EqualValues(t, 2, field(t, body, "attempt"))
	require.Equal(t, job.CodeConflict, w.problem(409, "POST", path+"/resubmit", "").Code)
}

// field returns a member of a JSON object.
func field(t *testing.T, object, name string) any {
	t.Helper()
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(object), &members), object)
	return members[name]
}
