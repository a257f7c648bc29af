package notify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
)

func TestFaultsOfEndpoints(t *testing.T) {
	t.Parallel()
	good := []notify.SecretSource{{Env: "X"}}
	for want, e := range map[string]notify.Endpoint{
		"https://":        {URL: "ftp://x", Secrets: good},
		"allow_http":      {URL: "http://x.example/", Secrets: good},
		"password":        {URL: "https://a:b@x.example/", Secrets: good},
		"1 to 4":          {URL: "https://x.example/"},
		"either":          {URL: "https://x.example/", Secrets: []notify.SecretSource{{Env: "X", File: "/y"}}},
		"no type":         {URL: "https://x.example/", Secrets: good, Events: []string{"everything"}},
		"name of a tenan": {URL: "https://x.example/", Secrets: good, Tenants: []string{"A B"}},
		"channel: is not": {URL: "https://x.example/", Secrets: good, Channel: "C024BE91L"},
		"ID of a channel": {Format: notify.FormatSlack, Channel: "#docs", Secrets: good},
		"repositories: n": {Format: notify.FormatGitHub, Secrets: good},
		"no repository s": {Format: notify.FormatGitLab, Secrets: good, Repositories: []string{"acme"}},
		"must be one":     {Format: notify.FormatGitLab, Repositories: []string{"acme/*"}},
	} {
		err := notify.Endpoints{Named: map[string]notify.Endpoint{"ops": e}}.Validate()
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "ops.")
	}
	require.ErrorContains(t, notify.Endpoints{Named: map[string]notify.Endpoint{"O": {URL: "https://x.example", Secrets: good}}}.Validate(), "no name")
	missing := notify.Endpoints{Named: map[string]notify.Endpoint{"ops": {Secrets: []notify.SecretSource{{Env: "DOCJOBS_TEST_NOT_SET"}}}}}
	require.ErrorContains(t, missing.CheckSecrets(), "DOCJOBS_TEST_NOT_SET")
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	e := notify.Endpoints{Named: map[string]notify.Endpoint{
		"every": {All: true}, "hr": {Tenants: []string{"hr"}, All: true}, "ops": {Events: []string{"job.failed"}},
	}}
	routes, err := e.Routes("it", nil, nil)
	require.Equal(t, []job.Route{{Endpoint: "every"}}, routes)
	require.NoError(t, err)
	routes, err = e.Routes("it", []string{"hr", "ops"}, nil)
	require.Equal(t, []job.Route{{Endpoint: "every"}, {Endpoint: "ops", Events: []string{"job.failed"}}}, routes)
	require.EqualError(t, err, `there is no endpoint "hr"; the endpoints are: every, ops`, "another tenant's is none")
	require.Equal(t, []string{"every", "hr", "ops"}, e.Names("hr"))

	usual := job.Route{}
	require.True(t, usual.Wants("job.queued") && usual.Wants("job.recovered") && usual.Wants("publish.released"))
	require.False(t, usual.Wants("step.started"))
	require.True(t, job.Route{Events: []string{"step.*"}}.Wants("step.failed"))
	require.False(t, job.Route{Events: []string{"step.*"}}.Wants("job.failed"))
	require.True(t, job.Route{Events: []string{"*.failed", "*"}}.Wants("job.failed"))
}

func TestLog(t *testing.T) {
	t.Parallel()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	defer store.Close()
	log, ctx := notify.NewLog(store.Documents()), t.Context()

	_, err = log.Find(ctx, "probe-3f9k2m7qx1ab", 1, "ops")
	require.ErrorIs(t, err, notify.ErrNotFound)
	for _, n := range []int64{10, 9} {
		require.NoError(t, log.Save(ctx, &job.Delivery{JobID: "probe-3f9k2m7qx1ab", Event: n, Endpoint: "ops", Tries: make([]job.Try, 99)}))
	}
	require.NoError(t, log.Save(ctx, &job.Delivery{JobID: "probe-3f9k2m7qx1abc", Event: 1, Endpoint: "ops"}))
	found, err := log.List(ctx, "probe-3f9k2m7qx1ab")
	require.NoError(t, err)
	require.Len(t, found, 2, "and none of another job")
	require.EqualValues(t, 9, found[0].Event)
	require.Len(t, found[0].Tries, job.MaxTries)

	require.NoError(t, log.Enable(ctx, "ops"))
	require.NoError(t, log.Disable(ctx, "ops", "https://a.example/"))
	for url, want := range map[string]bool{"https://a.example/": true, "https://b.example/": false} {
		disabled, err := log.Disabled(ctx, "ops", url)
		require.NoError(t, err)
		require.Equal(t, want, disabled)
	}
	require.NoError(t, log.Enable(ctx, "ops"))
	disabled, err := log.Disabled(ctx, "ops", "https://a.example/")
	require.NoError(t, err)
	require.False(t, disabled)
}
