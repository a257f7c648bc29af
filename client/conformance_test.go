package client_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/job"
)

// calls are questions to a service, by name. They must get the same answer
// wherever they are asked.
var calls = map[string]func(context.Context, job.Service, job.ID) (any, error){
	"submit known work": func(ctx context.Context, s job.Service, _ job.ID) (any, error) { return s.Submit(ctx, probe("done")) },
	"submit as a dry run": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		in := probe("dry")
		in.DryRun, in.Labels, in.Submitter = true, []string{"a", "b"}, "Jo"
		return s.Submit(ctx, in)
	},
	"submit with a key that is taken": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		in := probe("other")
		in.IdempotencyKey = `k "1" é`
		return s.Submit(ctx, in)
	},
	"submit nothing": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.Submit(ctx, job.Submission{})
	},
	"submit every fault": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.Submit(ctx, job.Submission{Params: &job.Publish{Dir: "../..", Links: "maybe"}, Priority: 7})
	},
	"get": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Get(ctx, id, job.StatusQuery{})
	},
	"get first": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Get(ctx, id, job.StatusQuery{Attempt: 1})
	},
	"get absent": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Get(ctx, id, job.StatusQuery{Attempt: 9})
	},
	"get and wait": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Get(ctx, id, job.StatusQuery{Wait: time.Minute})
	},
	"list": func(ctx context.Context, s job.Service, _ job.ID) (any, error) { return s.List(ctx, job.Filter{}) },
	"list filtered": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.List(ctx, job.Filter{Kind: job.KindProbe, States: []job.State{job.StateQueued}, Limit: 1, Until: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)})
	},
	"list nothing": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.List(ctx, job.Filter{Label: "x&y=z"})
	},
	"list by everything": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.List(ctx, job.Filter{ID: string(id), States: []job.State{job.StateQueued, job.StateFailed}, Document: "a b/ü.md", Version: "sha256:abcd", Error: `100 % "x"`})
	},
	"counts": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.Counts(ctx, job.Filter{Kind: job.KindProbe})
	},
	"history": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.History(ctx, job.DocumentQuery{Document: "a b/ü?.md"})
	},
	"history of no document": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.History(ctx, job.DocumentQuery{Limit: -1})
	},
	"list bad page": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.List(ctx, job.Filter{Cursor: "x"})
	},
	"items": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Items(ctx, id, job.ItemQuery{})
	},
	"items filtered": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Items(ctx, id, job.ItemQuery{State: job.StepFailed})
	},
	"result": func(ctx context.Context, s job.Service, id job.ID) (any, error) { return s.Result(ctx, id, 0) },
	"events": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return all(s.Events(ctx, id, job.EventQuery{}))
	},
	"later events": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return all(s.Events(ctx, id, job.EventQuery{After: 2}))
	},
	"no events": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return all(s.Events(ctx, id, job.EventQuery{After: 99}))
	},
	"events followed": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		if id == "probe-000000000000" { // followed to the end of the job: see the tests of events
			return nil, nil
		}
		return all(s.Events(ctx, id, job.EventQuery{Follow: true}))
	},
	"logs": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return all(s.Logs(ctx, id, job.LogQuery{}))
	},
	"logs of step": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return all(s.Logs(ctx, id, job.LogQuery{Step: "two", Attempt: 1}))
	},
	"logs of item": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return all(s.Logs(ctx, id, job.LogQuery{Item: "a b/ü.md"}))
	},
	"logs followed": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return all(s.Logs(ctx, id, job.LogQuery{Follow: true}))
	},
	"cancel": func(ctx context.Context, s job.Service, id job.ID) (any, error) { return s.Cancel(ctx, id, "reason") },
	"approve": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Approve(ctx, id, job.Verdict{Comment: "fine"})
	},
	"targets": func(ctx context.Context, s job.Service, _ job.ID) (any, error) { return s.Targets(ctx) },
	"target":  func(ctx context.Context, s job.Service, _ job.ID) (any, error) { return s.Target(ctx, "local") },
	"lock": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.LockTarget(ctx, "local", "a \"reason\" & more")
	},
	"lock what is locked": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.LockTarget(ctx, "locked", "again")
	},
	"unlock nowhere": func(ctx context.Context, s job.Service, _ job.ID) (any, error) {
		return s.UnlockTarget(ctx, "nowhere")
	},
	"unlock":     func(ctx context.Context, s job.Service, _ job.ID) (any, error) { return s.UnlockTarget(ctx, "locked") },
	"deliveries": func(ctx context.Context, s job.Service, id job.ID) (any, error) { return s.Deliveries(ctx, id) },
	"redeliver": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Redeliver(ctx, id, apitest.DeliveryID)
	},
	"redeliver what there is not": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Redeliver(ctx, id, "msg_x")
	},
	"extend": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Extend(ctx, id, job.Extension{For: "14d"})
	},
	"extend until": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		until := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
		return s.Extend(ctx, id, job.Extension{Until: &until})
	},
	"extend by nothing": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Extend(ctx, id, job.Extension{For: "14"})
	},
	"pin": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		pin := true
		return s.Extend(ctx, id, job.Extension{Pin: &pin})
	},
	"resubmit": func(ctx context.Context, s job.Service, id job.ID) (any, error) {
		return s.Resubmit(ctx, id, job.Resubmission{})
	},
}

// all returns everything that the sequence yields before its error.
func all[T any](seq iter.Seq2[T, error]) (values []T, err error) {
	for v, err := range seq {
		if err != nil {
			return values, err
		}
		values = append(values, v)
	}
	return values, nil
}

// TestHTTPSaysTheSame asks two services that went through the same every
// question, one directly and one over HTTP.
func TestHTTPSaysTheSame(t *testing.T) {
	t.Parallel()
	endings := map[string]func(*apitest.Server, job.ID){
		"completed": func(s *apitest.Server, id job.ID) {
			s.Finish(id, job.StateCompleted, map[string]string{"a.txt": "A", "dir/b.html": "<b>"})
		},
		"failed": func(s *apitest.Server, id job.ID) {
			s.Fail(id, &job.Error{Code: job.CodeBuildFailed, Message: "No <title>.", File: "a.md", Line: 3, Detail: "raw & words"})
		},
		"expired": func(s *apitest.Server, id job.ID) { s.Finish(id, job.StateCompleted, nil); s.Expire(id) },
	}
	for ending, end := range endings {
		for name, call := range calls {
			t.Run(ending+"/"+name, func(t *testing.T) {
				t.Parallel()
				direct := apitest.New()
				remote, c := start(t)
				id := live(t, direct, end)
				require.Equal(t, id, live(t, remote, end))

				want, wantErr := call(t.Context(), direct, id)
				got, err := call(t.Context(), c, id)
				requireSame(t, wantErr, err)
				require.Equal(t, want, got)
				wantJobs, _ := direct.List(t.Context(), job.Filter{})
				jobs, _ := remote.List(t.Context(), job.Filter{})
				require.Equal(t, wantJobs, jobs, "what was done")
			})
		}
	}
}

// TestRefusalsAreTheSame asks after what there is not, or not yet.
func TestRefusalsAreTheSame(t *testing.T) {
	t.Parallel()
	broken := &job.Error{Code: job.CodeUnavailable, Cause: job.CauseService, Message: "Temporal does not answer.", Retryable: true}
	for name, call := range calls {
		if name == "events followed" || name == "logs followed" || name == "get and wait" {
			continue // they wait for a job that runs
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := apitest.New()
			remote, c := start(t)
			for _, id := range []job.ID{"probe-000000000000", submitted(t, direct, "runs")} {
				submitted(t, remote, "runs")
				want, wantErr := call(t.Context(), direct, id)
				got, err := call(t.Context(), c, id)
				requireSame(t, wantErr, err)
				require.Equal(t, want, got)
			}
			remote.Break(broken)
			if _, err := call(t.Context(), c, "probe-000000000000"); job.CodeOf(err) != job.CodeInvalid {
				requireSame(t, broken, err)
			}
		})
	}
}

// live lets a job live to its end, beside two others.
func live(t *testing.T, s *apitest.Server, end func(*apitest.Server, job.ID)) job.ID {
	t.Helper()
	submitted(t, s, "queued")
	keyed := probe("keyed")
	keyed.IdempotencyKey = `k "1" é`
	_, err := s.Submit(t.Context(), keyed)
	require.NoError(t, err)
	id := submitted(t, s, "done")
	s.Begin(id)
	s.Step(id, "one")
	s.Log(id, "one", "first <line> & more")
	s.LogItem(id, "two", "a b/ü.md", "about a document")
	s.Log(id, "two", "zweite Zeile\twith \x1b")
	s.SetItems(id, job.Item{Document: "a.md", State: job.StepFailed, Error: &job.Error{Code: job.CodeInternal, Message: "m"}})
	end(s, id)
	return id
}

// requireSame compares errors as programs see them. The raw words of what
// failed underneath stay in the server.
func requireSame(t *testing.T, want, got error) {
	t.Helper()
	if want == nil {
		require.NoError(t, got)
		return
	}
	var w, g *job.Error
	require.True(t, errors.As(want, &w))
	require.True(t, errors.As(got, &g), "%v", got)
	expected := *w
	if g.JobID != "" && expected.JobID == "" {
		expected.JobID = g.JobID
	}
	expected.Detail = ""
	require.Equal(t, expected, *g)
}
