package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestSchedulesOverHTTP(t *testing.T) {
	t.Parallel()
	w, _ := keyedWorld(t)
	const nightly, body = "/v1/schedules/nightly", `{"cron":"0 3 * * *","submission":{"kind":"probe","nonce":"a"}}`
	const reader, writer = "Authorization: Bearer reader", "Authorization: Bearer writer" // of two tenants
	require.Equal(t, job.CodeForbidden, w.problem(403, "PUT", nightly, body, reader).Code)
	resp, text := w.do("PUT", nightly, body, writer)
	require.Equal(t, http.StatusOK, resp.StatusCode, text)

	require.Equal(t, job.CodeNotFound, w.problem(404, "GET", nightly, "", reader).Code, "another tenant's does not exist")
	_, text = w.do("GET", "/v1/schedules", "", reader)
	require.Equal(t, `{"schedules":[]}`, strings.TrimSpace(text))
	_, text = w.do("GET", "/v1/schedules", "", writer)
	require.Equal(t, "0 3 * * *", field(t, text, "schedules").([]any)[0].(map[string]any)["cron"])

	resp, text = w.do("POST", nightly+"/run", "", writer)
	require.Equal(t, http.StatusAccepted, resp.StatusCode, text)
	require.Equal(t, "/v1/jobs/"+field(t, text, "id").(string), resp.Header.Get("Location"))
	resp, _ = w.do("DELETE", nightly, "", writer)
	require.Equal(t, http.StatusNoContent, resp.StatusCode)
	require.Equal(t, job.CodeNotFound, w.problem(404, "DELETE", nightly, "", writer).Code)
}

func TestSchedulesAreRefusedByName(t *testing.T) {
	t.Parallel()
	w, _ := keyedWorld(t)
	const writer = "Authorization: Bearer writer"
	for body, want := range map[string]string{
		`{"cron":"nightly","submission":{"kind":"probe","nonce":"a"}}`:           "cron",
		`{"cron":"0 3 * * *","submission":{"kind":"probe","nonce":"a","tea":1}}`: "tea",
		`{"cron":"0 3 * * *"}`: "kind",
		`{"cron":"0 3 * * *","time_zone":"Mars","submission":{"kind":"probe","nonce":"a"}}`: "time_zone",
	} {
		require.Equal(t, want, w.problem(422, "PUT", "/v1/schedules/x", body, writer).Errors[0].Field, body)
	}
	for _, body := range []string{`{"crom":"0 3 * * *"}`, `{"cron":1}`, `{`, ``} {
		w.problem(400, "PUT", "/v1/schedules/x", body, writer)
	}
	require.Equal(t, "name", w.problem(422, "PUT", "/v1/schedules/No.Name", `{"cron":"0 3 * * *","submission":{"kind":"probe","nonce":"a"}}`, writer).Errors[0].Field)
}
