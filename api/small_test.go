package api_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestBadge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.probe("runs")
	resp, picture := w.do("GET", "/v1/jobs/"+string(id)+"/badge.svg", "")
	require.Equal(t, "image/svg+xml; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Contains(t, resp.Header.Get("Cache-Control"), "no-cache")
	require.Contains(t, picture, ">probe</text>")
	require.Contains(t, picture, ">queued</text>")
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	w.Fail(id, &job.Error{Code: job.CodeTimeout, Message: "Too slow."})
	_, picture = w.do("GET", "/v1/jobs/"+string(id)+"/badge.svg", "")
	require.Contains(t, picture, ">failed</text>")
	w.problem(404, "GET", "/v1/jobs/probe-000000000000/badge.svg", "")
}

func TestListAsCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.do("POST", "/v1/jobs", `{"kind":"probe","nonce":"x","submitter":"=cmd()","force":true,"labels":["a","b"]}`)
	}
	resp, body := w.do("GET", "/v1/jobs?kind=probe", "", "Accept: text/csv")
	require.Equal(t, "text/csv; charset=utf-8; header=present", resp.Header.Get("Content-Type"))
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.Equal(t, "job_id", rows[0][0])
	require.Equal(t, "'=cmd()", rows[1][4], "no formula for a spreadsheet")
	require.Equal(t, "a b", rows[1][6])
	_, body = w.do("GET", "/v1/jobs?kind=publish", "", "Accept: text/csv")
	require.Equal(t, 1, strings.Count(body, "\n"), "the head alone")
	w.problem(400, "GET", "/v1/jobs?parent=x", "", "Accept: text/csv")

	id := w.probe("documents")
	w.SetItems(id, job.Item{Document: "a.docx", State: job.StepCompleted, SHA256: "ab", Batch: id.Batch(1)},
		job.Item{Document: "b.docx", State: job.StepFailed, Error: &job.Error{Message: "No."}})
	_, body = w.do("GET", "/v1/jobs?id="+string(id), "", "Accept: text/csv")
	rows, err = csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3, "a line for each document")
	require.Equal(t, []string{"a.docx", "completed", "ab", string(id.Batch(1)), ""}, rows[1][11:])
	require.Equal(t, []string{"b.docx", "failed", "", "", "No."}, rows[2][11:])
}

func TestListsAreFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	queued, failed, done := w.probe("a"), w.probe("b"), w.probe("c")
	w.Fail(failed, &job.Error{Code: job.CodeTimeout, Message: "Too slow."})
	w.SetItems(done, job.Item{Document: "manuals/a b.docx", State: job.StepCompleted})
	w.Finish(done, job.StateCompleted, nil)
	for query, want := range map[string][]job.ID{
		"state=queued,failed": {failed, queued}, "state=queued&state=completed": {done, queued}, "error=too+SLOW": {failed},
		"id=" + string(failed): {failed}, "document=manuals/a%20b.docx": {done}, "document=manuals": nil,
	} {
		_, body := w.do("GET", "/v1/jobs?"+query, "")
		var page job.Page
		require.NoError(t, json.Unmarshal([]byte(body), &page), body)
		var got []job.ID
		for _, j := range page.Jobs {
			got = append(got, j.ID)
		}
		require.Equal(t, want, got, query)
	}
	_, body := w.do("GET", "/v1/jobs/counts?kind=probe", "")
	require.JSONEq(t, `{"total":3,"states":{"queued":1,"failed":1,"completed":1}}`, body)
	w.problem(400, "GET", "/v1/jobs/counts?limit=1", "")
	for _, path := range []string{"/v1/documents/manuals/a%20b.docx/jobs", "/v1/documents/manuals%2Fa%20b.docx/jobs"} {
		_, body = w.do("GET", path, "")
		require.Contains(t, body, string(done))
	}
	w.problem(404, "GET", "/v1/documents/manuals/a%20b.docx", "")
	w.problem(404, "GET", "/v1/documents//jobs", "")
}
