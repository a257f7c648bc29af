package api_test

import (
	"encoding/csv"
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
}
