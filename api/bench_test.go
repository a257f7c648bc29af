package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/job"
)

// stub is a service that answers at once, so that what is measured is HTTP.
type stub struct {
	job.Service
	status job.Status
}

func (s stub) Submit(context.Context, job.Submission) (*job.Receipt, error) {
	return &job.Receipt{Status: s.status}, nil
}

func (s stub) Get(context.Context, job.ID, job.StatusQuery) (*job.Status, error) {
	return &s.status, nil
}

func benchmarkConfig() api.Config {
	config := apitest.New().Config()
	now := time.Now()
	config.Service = stub{config.Service, job.Status{
		ID: "probe-3f9k2m7qx1ab4c5d", Kind: job.KindProbe, State: job.StateProcessing, Attempt: 1, CreatedAt: now, UpdatedAt: now,
		Summary: "Probe x", Params: []byte(`{"nonce":"x"}`),
		Steps:       []job.Step{{Name: "one", State: job.StepCompleted, StartedAt: &now, FinishedAt: &now, Try: 1}, {Name: "two", State: job.StepProcessing}, {Name: "three", State: job.StepQueued}},
		Transitions: []job.Transition{{State: job.StateQueued, At: now}, {State: job.StateProcessing, At: now}},
	}}
	return config
}

// exchange sends one request after the other over one connection.
func exchange(b *testing.B, base, method, path, body string, status int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequest(method, base+path, strings.NewReader(body))
		require.NoError(b, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		require.NoError(b, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		require.Equal(b, status, resp.StatusCode)
	}
}

const submission = `{"kind":"probe","nonce":"x"}`

// BenchmarkSubmit is POST /v1/jobs over loopback, client included.
func BenchmarkSubmit(b *testing.B) {
	exchange(b, apitest.Start(b, benchmarkConfig()), "POST", "/v1/jobs", submission, http.StatusAccepted)
}

// BenchmarkGet is GET /v1/jobs/{id} over loopback, client included.
func BenchmarkGet(b *testing.B) {
	exchange(b, apitest.Start(b, benchmarkConfig()), "GET", "/v1/jobs/probe-3f9k2m7qx1ab4c5d", "", http.StatusOK)
}

// BenchmarkSubmitHandler is what router, huma and JSON cost without a network.
func BenchmarkSubmitHandler(b *testing.B) {
	handler, err := api.New(benchmarkConfig())
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest("POST", "http://127.0.0.1/v1/jobs", strings.NewReader(submission))
		req.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		require.Equal(b, http.StatusAccepted, answer.Code)
	}
}

// BenchmarkBareHTTP is what loopback and net/http cost by themselves.
func BenchmarkBareHTTP(b *testing.B) {
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, submission)
	})}
	exchange(b, serve(b, server), "POST", "/v1/jobs", submission, http.StatusAccepted)
}
