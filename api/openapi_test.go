package api_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/job"
)

// document is as much of an OpenAPI description as the tests look at.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]map[string]any }
}

type operation struct {
	OperationID string
	Security    []map[string][]string
	Parameters  []struct {
		Name, In string
		Schema   map[string]any
	}
	RequestBody *struct{ Content map[string]any }
	Responses   map[string]struct {
		Description string
		Content     map[string]struct{ Schema map[string]any }
	}
}

func describe(t *testing.T, w *world) (document, string) {
	t.Helper()
	resp, body := w.do("GET", "/openapi.json", "")
	require.Contains(t, resp.Header.Get("Content-Type"), "json")
	var doc document
	require.NoError(t, json.Unmarshal([]byte(body), &doc))
	return doc, body
}

// checker returns a function that checks JSON against the schema at a JSON
// pointer into the description.
func checker(t *testing.T, text string) func(pointer, content string) error {
	t.Helper()
	decode := func(content string) any {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
		require.NoError(t, err, content)
		return value
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("openapi.json", decode(text)))
	return func(pointer, content string) error {
		schema, err := compiler.Compile("openapi.json#" + pointer)
		require.NoError(t, err, pointer)
		return schema.Validate(decode(content))
	}
}

// pointer returns the JSON pointer (RFC 6901) with these steps.
func pointer(steps ...string) string {
	var b strings.Builder
	for _, step := range steps {
		b.WriteString("/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(step)))
	}
	return b.String()
}

func TestDescription(t *testing.T) {
	t.Parallel()
	doc, text := describe(t, newWorld(t))
	_, again := describe(t, newWorld(t))
	require.Equal(t, text, again, "the same on every start")
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.Equal(t, []string{
		"/v1/documents/{document}/jobs", "/v1/jobs", "/v1/jobs/counts", "/v1/jobs/{id}", "/v1/jobs/{id}/approve", "/v1/jobs/{id}/artifacts", "/v1/jobs/{id}/artifacts/{path}", "/v1/jobs/{id}/badge.svg", "/v1/jobs/{id}/cancel",
		"/v1/jobs/{id}/deliveries", "/v1/jobs/{id}/deliveries/{delivery}/redeliver", "/v1/jobs/{id}/events", "/v1/jobs/{id}/extend", "/v1/jobs/{id}/items", "/v1/jobs/{id}/logs", "/v1/jobs/{id}/preview/{path}", "/v1/jobs/{id}/resubmit",
		"/v1/jobs/{id}/result", "/v1/jobs/{id}/ticket", "/v1/schedules", "/v1/schedules/{name}", "/v1/schedules/{name}/run",
		"/v1/targets", "/v1/targets/{target}", "/v1/targets/{target}/lock", "/v1/targets/{target}/unlock",
		"/v1/uploads", "/v1/uploads/{id}",
	}, slices.Sorted(maps.Keys(doc.Paths)))
	for _, part := range strings.Split(text, `"$ref":"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		require.Contains(t, doc.Components.Schemas, name, "every reference leads somewhere")
	}
	seen := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			require.NotEmpty(t, op.OperationID)
			require.False(t, seen[op.OperationID], "operation IDs are unique")
			seen[op.OperationID] = true
			for _, p := range op.Parameters {
				require.Equal(t, p.In == "path", strings.Contains(path, "{"+p.Name+"}"), "%s %s", path, p.Name)
			}
			for status, response := range op.Responses {
				require.NotEmpty(t, response.Description, "%s %s %s", method, path, status)
				if status >= "400" && method != "head" {
					require.Equal(t, "#/components/schemas/Problem", response.Content["application/problem+json"].Schema["$ref"], "%s %s %s", method, path, status)
				}
			}
		}
	}
}

func TestSubmissionsAreDescribed(t *testing.T) {
	t.Parallel()
	doc, text := describe(t, newWorld(t))
	check := checker(t, text)
	union := doc.Components.Schemas["Submission"]
	require.Equal(t, "kind", union["discriminator"].(map[string]any)["propertyName"])
	require.Len(t, union["oneOf"], len(job.Kinds))

	publish := doc.Components.Schemas["PublishSubmission"]
	require.Equal(t, []any{"kind", "source"}, publish["required"])
	require.Equal(t, false, publish["additionalProperties"])
	properties := publish["properties"].(map[string]any)
	// The schema and the decoder name the same fields.
	for name := range properties {
		var s job.Submission
		err := s.UnmarshalJSON([]byte(`{"kind":"publish","` + name + `":null}`))
		if name != "kind" {
			require.NoError(t, err, name)
		}
	}
	require.Contains(t, properties, "labels")
	require.Contains(t, properties, "env")
	require.NotContains(t, properties, "Params")
	require.Equal(t, "publish", properties["kind"].(map[string]any)["const"])
	require.Equal(t, []any{"new", "all", "warn"}, properties["links"].(map[string]any)["enum"])

	// And they refuse the same.
	for body, good := range map[string]bool{
		`{"kind":"probe","nonce":"a"}`: true,
		`{"kind":"publish","source":{"upload":"sha256:` + strings.Repeat("0", 64) + `"},"target":"local","labels":["a"],"priority":1}`: true,
		`{"kind":"probe"}`:                          false,
		`{"kind":"probe","nonce":"a","tea":1}`:      false,
		`{"kind":"probe","nonce":1}`:                false,
		`{"kind":"brew","nonce":"a"}`:               false,
		`{"kind":"probe","nonce":"a","priority":9}`: false,
		`{"kind":"publish","source":{"git":"https://a/b","tea":1},"target":"local"}`:      false,
		`{"kind":"publish","source":{"git":"https://a/b"},"target":"local","links":"no"}`: false,
	} {
		var s job.Submission
		err := s.UnmarshalJSON([]byte(body))
		if err == nil {
			err = s.Normalize()
		}
		require.Equal(t, good, err == nil, body)
		require.Equal(t, good, check("/components/schemas/Submission", body) == nil, body)
	}
}

// TestRoutesAreAsDescribed walks every route of the description against the
// server: it answers, with a status and a media type that the description has.
func TestRoutesAreAsDescribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc, text := describe(t, w)
	check := checker(t, text)
	done := w.finished("done", map[string]string{"a.txt": "A"})
	_, body := w.do("POST", "/v1/uploads", "archive")
	upload := field(t, body, "id").(string)
	failed := w.probe("failed")
	w.Fail(failed, &job.Error{Code: job.CodeTimeout, Message: "Too slow."})
	waits, shown := w.probe("waits"), w.probe("shown")
	w.AwaitApproval(waits, nil)
	w.AwaitApproval(shown, map[string]string{"site/a.txt": "A"})
	ids := map[string]string{"/v1/jobs/{id}/approve": string(waits), "/v1/jobs/{id}/preview/{path}": string(shown), "/v1/uploads/{id}": upload, "/v1/jobs/{id}/cancel": string(w.probe("runs")), "/v1/jobs/{id}/resubmit": string(failed)}

	checked := 0
	for path, methods := range doc.Paths {
		id := ids[path]
		if id == "" {
			id = string(done)
		}
		target := "local"
		if strings.HasSuffix(path, "/unlock") {
			target = "locked"
		}
		for method, op := range methods {
			for name, target := range map[string]string{
				"good":    strings.NewReplacer("{id}", id, "{path}", "a.txt", "{target}", target, "{name}", "nightly", "{document}", "manuals/a.docx", "{delivery}", apitest.DeliveryID).Replace(path),
				"absent":  strings.NewReplacer("{id}", "probe-000000000000", "{path}", "none", "{target}", "nowhere", "{name}", "none", "{document}", "none").Replace(path),
				"unknown": strings.NewReplacer("{id}", id, "{path}", "a.txt", "{target}", target, "{name}", "nightly", "{document}", "manuals/a.docx", "{delivery}", apitest.DeliveryID).Replace(path) + "?tea=1",
			} {
				body := ""
				if path == "/v1/jobs" && method == "post" {
					body = `{"kind":"probe","nonce":"` + name + `"}`
				}
				if strings.HasSuffix(path, "/extend") {
					body = `{"for":"14d"}`
				}
				if strings.HasSuffix(path, "/lock") {
					body = `{"reason":"incident"}`
				}
				if strings.HasPrefix(path, "/v1/schedules") {
					spec := job.ScheduleSpec{Cron: "0 3 * * *", Submission: job.Submission{Params: &job.Probe{Nonce: "nightly"}}}
					_, err := w.PutSchedule(t.Context(), "nightly", spec)
					require.NoError(t, err)
				}
				if method == "put" {
					body = `{"cron":"0 3 * * *","submission":{"kind":"probe","nonce":"nightly"}}`
				}
				resp, content := w.do(strings.ToUpper(method), target, body)
				label := method + " " + target + ": " + resp.Status + " " + content
				response, described := op.Responses[strconv.Itoa(resp.StatusCode)]
				require.True(t, described, label)
				if name == "unknown" {
					require.Equal(t, 400, resp.StatusCode, label)
				}
				if name == "good" {
					require.Less(t, resp.StatusCode, 300, label)
				}
				mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
				if _, any := response.Content["*/*"]; !any && method != "head" && resp.StatusCode != 204 {
					require.Contains(t, response.Content, mediaType, label)
				}
				if strings.HasSuffix(mediaType, "json") && method != "head" && strings.HasSuffix(content, "}\n") && mediaType != "application/x-ndjson" {
					schema := pointer("paths", path, method, "responses", strconv.Itoa(resp.StatusCode), "content", mediaType, "schema")
					require.NoError(t, check(schema, content), label)
					checked++
				}
			}
		}
	}
	require.Greater(t, checked, 30, "bodies were compared with their schemas")
}
