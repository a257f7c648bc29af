package ticket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/ticket"
)

func TestTicket(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 12, 0, 0, 123e6, time.UTC)
	var b strings.Builder
	require.NoError(t, ticket.Ticket{
		Version: "v1.2.3", Workflow: "http://127.0.0.1:8233/namespaces/default/workflows/publish-3f9k2m7qx1ab4c5d",
		Status: &job.Status{
			ID: "publish-3f9k2m7qx1ab4c5d", Kind: job.KindPublish, State: job.StateFailed, Attempt: 2, Summary: "Publish docs\x1b[2J to local",
			Submitter: "anna", Transitions: []job.Transition{{State: job.StateQueued, At: at}, {State: job.StateFailed, At: at.Add(time.Second)}},
			Steps: []job.Step{{Name: "fetch", State: job.StepCompleted, StartedAt: &at, FinishedAt: &at, Summary: "3 files"}, {Name: "build", State: job.StepFailed, StartedAt: &at, Try: 3}},
			Error: &job.Error{
				Code: job.CodeBuildFailed, Cause: job.CauseContent, Step: "build", File: "a.md", Line: 3, Message: "Hugo found an error.",
				Hint: "Mend it.", Detail: "ERROR one\nAPI_TOKEN=abc two",
			},
		},
		Log: []job.LogLine{{Time: at, Level: "error", Step: "build", Message: "cloning https://anna:hunter2@example.com/x.git"}},
	}.Write(&b))
	require.Equal(t, `job        publish-3f9k2m7qx1ab4c5d
kind       publish
what       Publish docs [2J to local
state      failed
attempt    2
submitter  anna
docjobs    v1.2.3
workflow   http://127.0.0.1:8233/namespaces/default/workflows/publish-3f9k2m7qx1ab4c5d

STATES
  2026-01-31T12:00:00.123Z  queued
  2026-01-31T12:00:01.123Z  failed

STEPS
  fetch      completed  2026-01-31T12:00:00.123Z  2026-01-31T12:00:00.123Z  try 1  3 files
  build      failed     2026-01-31T12:00:00.123Z  -                         try 3  

ERROR
  code     build_failed
  cause    content
  step     build
  message  Hugo found an error.
  place    a.md:3
  hint     Mend it.
  retry    does not help by itself
  | ERROR one
  | API_TOKEN=[redacted] two

LAST LINES OF THE LOG
  2026-01-31T12:00:00.123Z error build cloning https://[redacted]@example.com/x.git
`, b.String())
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"git clone https://user:pw@host/x":               "git clone https://[redacted]@host/x",
		"Authorization: Bearer abc.def":                  "Authorization: [redacted]",
		"sent bearer abcdefgh12":                         "sent bearer [redacted]",
		"key dj_abc123_Zm9vYmFy in use":                  "key [redacted] in use",
		"AWS AKIAABCDEFGHIJKLMNOP ok":                    "AWS [redacted] ok",
		`{"db_password": "a b", "user": "x"}`:            `{"db_password": [redacted], "user": "x"}`,
		"curl 'http://a/?access_token=abc&x=1'":          "curl 'http://a/?access_token=[redacted]&x=1'",
		"--api-key=abc next":                             "--api-key=[redacted] next",
		"-----BEGIN RSA PRIVATE KEY-----\nMII\n  cut of": "[redacted]",
		"a page about tokens and secrets, no values":     "a page about tokens and secrets, no values",
		"see https://example.com/a@b and me@b.example":   "see https://example.com/a@b and me@b.example",
	} {
		require.Equal(t, want, ticket.Redact(text))
	}
}

// Redacting never grows a text without bound.
func FuzzRedact(f *testing.F) {
	f.Add("token=abc https://a:b@c Authorization: x")
	f.Fuzz(func(t *testing.T, text string) {
		once := ticket.Redact(text)
		require.LessOrEqual(t, len(once), 12*len(text)+64)
	})
}
