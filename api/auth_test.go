package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/job"
)

// ring is a ring of keys: the callers by token.
type ring map[string]job.Caller

func (r ring) Required(context.Context) (bool, error) { return len(r) > 0, nil }

func (r ring) Authenticate(_ context.Context, token string) (job.Caller, error) {
	if token == "broken" {
		return job.Caller{}, errors.New("secret: the store is away")
	}
	caller, ok := r[token]
	if !ok {
		return job.Caller{}, &job.Error{Code: job.CodeNoKey, Message: "Not known.", Hint: "Ask."}
	}
	return caller, nil
}

// seen is a service that remembers who called last.
type seen struct {
	job.Service
	caller *job.Caller
}

func (s seen) List(ctx context.Context, f job.Filter) (*job.Page, error) {
	*s.caller = job.CallerFrom(ctx)
	return s.Service.List(ctx, f)
}

func keyedWorld(t *testing.T, adjust ...func(*api.Config)) (*world, *job.Caller) {
	t.Helper()
	caller := &job.Caller{}
	keys := ring{
		"reader": {Tenant: "one", Name: "r", Scopes: []job.Scope{job.ScopeRead}},
		"writer": {Tenant: "two", Name: "w", Scopes: []job.Scope{job.ScopeRead, job.ScopeSubmit}},
		"admin":  {Tenant: "two", Name: "a", Scopes: []job.Scope{job.ScopeAdmin}},
	}
	return newWorld(t, append([]func(*api.Config){func(c *api.Config) {
		c.Keys, c.Service = keys, seen{c.Service, caller}
	}}, adjust...)...), caller
}

func TestKeys(t *testing.T) {
	t.Parallel()
	w, caller := keyedWorld(t)
	for _, header := range []string{"X-None: x", "Authorization: Bearer", "Authorization: Bearer nobody", "Authorization: reader", "Authorization: Basic !"} {
		resp, body := w.do("GET", "/v1/jobs", "", header)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, header)
		require.Contains(t, resp.Header.Get("WWW-Authenticate"), `Bearer realm="docjobs"`)
		require.Contains(t, body, `"code":"no_key"`)
	}
	for _, header := range []string{"Authorization: Bearer reader", "authorization: bearer  reader", "Authorization: Basic OnJlYWRlcg=="} {
		resp, body := w.do("GET", "/v1/jobs", "", header)
		require.Equal(t, http.StatusOK, resp.StatusCode, body)
		require.Equal(t, "one", caller.Tenant)
		require.Equal(t, "r", caller.Name)
	}
	require.NotContains(t, w.problem(500, "GET", "/v1/jobs", "", "Authorization: Bearer broken").Detail, "secret")
	require.Equal(t, job.CodeNoKey, w.problem(401, "GET", "/v1/nothing", "").Code, "what there is, is nobody's business")
	for _, open := range []string{"/", "/healthz", "/readyz", "/openapi.json", "/problems/no_key"} {
		resp, _ := w.do("GET", open, "")
		require.Equal(t, http.StatusOK, resp.StatusCode, open)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	w, _ := keyedWorld(t)
	const probe = `{"kind":"probe","nonce":"a"}`
	p := w.problem(403, "POST", "/v1/jobs", probe, "Authorization: Bearer reader")
	require.Equal(t, job.CodeForbidden, p.Code)
	require.Contains(t, p.Detail, "submit")
	resp, body := w.do("POST", "/v1/jobs", probe, "Authorization: Bearer writer")
	require.Equal(t, http.StatusAccepted, resp.StatusCode, body)
	for token, status := range map[string]int{"reader": 403, "writer": 403, "admin": 200} {
		resp, _ := w.do("GET", "/metrics", "", "Authorization: Bearer "+token)
		require.Equal(t, status, resp.StatusCode, token)
	}
}

// Every route of the description says which scope it needs, and is held to it:
// no route can be added without.
func TestEveryRouteNeedsAScope(t *testing.T) {
	t.Parallel()
	w, _ := keyedWorld(t)
	doc, _ := describe(t, w)
	id := strings.NewReplacer("{id}", "probe-000000000000", "{path}", "x", "{target}", "nowhere")
	for path, methods := range doc.Paths {
		for method, op := range methods {
			require.Len(t, op.Security, 1, "%s %s", method, path)
			scopes := op.Security[0]["key"]
			require.Len(t, scopes, 1)
			require.True(t, slices.Contains(job.Scopes, job.Scope(scopes[0])), scopes[0])
			resp, _ := w.do(strings.ToUpper(method), id.Replace(path), "")
			require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "%s %s", method, path)
			resp, _ = w.do(strings.ToUpper(method), id.Replace(path), "", "Authorization: Bearer reader")
			require.Equal(t, scopes[0] != "read", resp.StatusCode == http.StatusForbidden, "%s %s %d", method, path, resp.StatusCode)
		}
	}
}

func TestRateLimitOfATenant(t *testing.T) {
	t.Parallel()
	w, _ := keyedWorld(t, func(c *api.Config) { c.RateLimit = api.RateLimit{PerSecond: 0.01, Burst: 3} })
	for left := range 3 {
		resp, _ := w.do("GET", "/v1/jobs", "", "Authorization: Bearer writer")
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Contains(t, resp.Header.Get("RateLimit"), `"tenant";r=`+string(rune('2'-left)))
		require.Equal(t, `"tenant";q=3;w=300`, resp.Header.Get("RateLimit-Policy"))
	}
	resp, body := w.do("GET", "/v1/jobs", "", "Authorization: Bearer admin")
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode, "the keys of a tenant share its limit")
	require.Contains(t, body, `"code":"too_many"`)
	require.Regexp(t, `^\d\d+$`, resp.Header.Get("Retry-After"))
	resp, _ = w.do("GET", "/v1/jobs", "", "Authorization: Bearer reader")
	require.Equal(t, http.StatusOK, resp.StatusCode, "another tenant has a limit of its own")
}

func TestAnExposedServerNeedsKeys(t *testing.T) {
	t.Parallel()
	config := apitest.New().Config()
	config.Exposed = true
	_, err := api.New(config)
	require.ErrorContains(t, err, "Keys")

	w := newWorld(t, func(c *api.Config) { c.Exposed, c.Keys = true, ring{} })
	w.problem(401, "GET", "/v1/jobs", "", "Host: docs.example.org")
	local := newWorld(t, func(c *api.Config) { c.Keys = ring{} })
	resp, _ := local.do("GET", "/v1/jobs", "")
	require.Equal(t, http.StatusOK, resp.StatusCode, "without keys the machine itself needs none")
}
