package notify_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
)

const sha = "0123456789abcdef0123456789abcdef01234567"

// asked is a request that an API got.
type asked struct {
	path, authorization string
	body                map[string]string
}

// api serves answers to an API's requests, and returns a sender to it as the
// endpoint "ops", and what it was asked.
func api(t *testing.T, e notify.Endpoint, respond http.HandlerFunc) (*notify.Sender, *[]asked) {
	t.Helper()
	var got []asked
	url := answer(t, func(w http.ResponseWriter, r *http.Request) {
		a := asked{path: r.Method + " " + r.URL.EscapedPath(), authorization: r.Header.Get("Authorization"), body: map[string]string{}}
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		for name, value := range body {
			if text, ok := value.(string); ok {
				a.body[name] = text
			}
		}
		got = append(got, a)
		respond(w, r)
	})
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("t0ken\n"), 0o600))
	e.URL, e.Secrets = strings.TrimSuffix(url, "/hook?token=x"), []notify.SecretSource{{File: file}}
	endpoints := notify.Endpoints{
		Named: map[string]notify.Endpoint{"ops": e}, AllowHTTP: true, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	require.NoError(t, endpoints.Validate())
	require.NoError(t, endpoints.CheckSecrets())
	return notify.NewSender(endpoints, "docjobs"), &got
}

func inState(state job.State, text string) notify.Message {
	return notify.NewMessage("https://docjobs.example", job.Summary{Kind: job.KindPublish}, job.ItemCounts{}, job.Event{
		Number: 3, Type: "job." + string(state), JobID: "publish-3f9k2m7qx1ab", State: state, Message: text,
	})
}

func TestCommitsAreMarkedOnGitHub(t *testing.T) {
	t.Parallel()
	s, got := api(t, notify.Endpoint{Format: notify.FormatGitHub, Repositories: []string{"acme/*"}},
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	commit := &job.Commit{Repository: "https://127.0.0.1/acme/hand book.git", SHA: sha}
	for state, want := range map[job.State]string{
		job.StateQueued: "pending", job.StateProcessing: "pending", job.StateAwaitingApproval: "pending", job.StateCompleted: "success",
		job.StateFailed: "failure", job.StatePartial: "failure", job.StateCancelled: "error",
	} {
		*got = nil
		body, err := s.Compose("ops", inState(state, strings.Repeat("é", 200)))
		require.NoError(t, err)
		v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", Body: body, Commit: commit})
		require.NoError(t, err)
		require.True(t, v.Delivered)
		require.NotContains(t, v.Try.Headers, "Authorization")
		require.Equal(t, []asked{{"POST /repos/acme/hand%20book/statuses/" + sha, "Bearer t0ken", map[string]string{
			"state": want, "context": "docjobs/publish", "target_url": "https://docjobs.example/v1/jobs/publish-3f9k2m7qx1ab",
			"description": "publish-3f9k2m7qx1ab: " + strings.Repeat("é", 117) + "…",
		}}}, *got)
	}
	_, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", Body: []byte("{}")})
	require.ErrorContains(t, err, "no commit")
}

func TestCommitsAreMarkedOnGitLab(t *testing.T) {
	t.Parallel()
	status, text := http.StatusCreated, "{}"
	s, got := api(t, notify.Endpoint{Format: notify.FormatGitLab, Repositories: []string{"acme/docs/*"}},
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = w.Write([]byte(text)) })
	send := func(state job.State) notify.Verdict {
		body, err := s.Compose("ops", inState(state, "It goes on."))
		require.NoError(t, err)
		v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", Body: body, Commit: &job.Commit{Repository: "ssh://git@127.0.0.1/acme/docs/handbook.git", SHA: sha}})
		require.NoError(t, err)
		return v
	}
	for state, want := range map[job.State]string{
		job.StateQueued: "pending", job.StateProcessing: "running", job.StateAwaitingApproval: "running", job.StateCompleted: "success",
		job.StateFailed: "failed", job.StatePartial: "failed", job.StateCancelled: "canceled",
	} {
		*got = nil
		require.True(t, send(state).Delivered)
		require.Equal(t, []asked{{"POST /projects/acme%2Fdocs%2Fhandbook/statuses/" + sha, "Bearer t0ken", map[string]string{
			"state": want, "name": "docjobs/publish", "target_url": "https://docjobs.example/v1/jobs/publish-3f9k2m7qx1ab",
			"description": "publish-3f9k2m7qx1ab: It goes on.",
		}}}, *got)
	}
	status, text = http.StatusBadRequest, `{"message":"Cannot transition status via :run from :running (Reason(s): Status cannot transition via \"run\")"}`
	require.True(t, send(job.StateProcessing).Delivered, "the commit is in the state already")
	text = `{"message":"400 (Bad request) \"state\" not given"}`
	require.False(t, send(job.StateProcessing).Delivered)
	status = http.StatusUnauthorized
	require.Contains(t, send(job.StateProcessing).Try.Error, "token")
}

// Whose commits are marked is decided by host and name of the repository.
func TestRoutesOfCommits(t *testing.T) {
	t.Parallel()
	e := notify.Endpoints{Named: map[string]notify.Endpoint{
		"hub":        {Format: notify.FormatGitHub, Repositories: []string{"acme/*"}, All: true},
		"enterprise": {Format: notify.FormatGitHub, URL: "https://git.acme.example/api/v3", Repositories: []string{"docs/handbook"}, All: true},
		"lab":        {Format: notify.FormatGitLab, Repositories: []string{"acme/*/*"}, All: true},
		"chat":       {Format: notify.FormatSlack, Channel: "C024BE91L", All: true},
	}}
	chat := job.Route{Endpoint: "chat", Latest: true}
	for repository, endpoint := range map[string]string{
		"https://github.com/acme/handbook":              "hub",
		"https://GitHub.com/acme/handbook.git":          "hub",
		"ssh://git@github.com/acme/handbook.git":        "hub",
		"https://github.com/acme/team/handbook":         "",
		"https://github.com/other/handbook":             "",
		"https://git.acme.example/docs/handbook":        "enterprise",
		"https://git.acme.example/docs/other":           "",
		"https://gitlab.com/acme/team/handbook":         "lab",
		"https://gitlab.com.evil.example/acme/team/it":  "",
		"https://github.com@evil.example/acme/handbook": "",
	} {
		commit := &job.Commit{Repository: repository, SHA: sha}
		routes, err := e.Routes("it", nil, commit)
		require.NoError(t, err)
		want := []job.Route{chat}
		if endpoint != "" {
			want = append(want, job.Route{Endpoint: endpoint, Latest: true, Commit: commit})
		}
		require.Equal(t, want, routes, repository)
	}
	_, err := e.Routes("it", []string{"hub"}, nil)
	require.ErrorContains(t, err, "names none")
	_, err = e.Routes("it", []string{"hub"}, &job.Commit{Repository: "https://gitlab.com/acme/x", SHA: sha})
	require.ErrorContains(t, err, "does not mark")
}
