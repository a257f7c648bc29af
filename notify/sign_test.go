package notify_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
)

// secret returns a secret whose key is n times the letter.
func secret(letter string, n int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, n)))
}

func key(t *testing.T, text string) notify.Key {
	t.Helper()
	k, err := notify.ParseSecret(text)
	require.NoError(t, err)
	return k
}

// TestSignaturesVerify has the reference library check what is signed, with either
// of two keys, and refuse what was changed.
func TestSignaturesVerify(t *testing.T) {
	t.Parallel()
	older, newer := secret("a", 24), secret("b", 64)
	now, body := time.Now(), []byte(`{"type":"job.completed"}`)
	headers := http.Header{}
	headers.Set("webhook-id", "msg_1")
	headers.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	headers.Set("webhook-signature", notify.Sign([]notify.Key{key(t, older), key(t, newer)}, "msg_1", now, body))

	for name, c := range map[string]struct {
		secret string
		body   string
		good   bool
	}{
		"the older key": {older, string(body), true},
		"the newer key": {newer, string(body), true},
		"another key":   {secret("c", 24), string(body), false},
		"another body":  {older, `{"type":"job.failed"}`, false},
	} {
		wh, err := standardwebhooks.NewWebhook(c.secret)
		require.NoError(t, err)
		require.Equal(t, c.good, wh.Verify([]byte(c.body), headers) == nil, name)
	}

	wh, err := standardwebhooks.NewWebhook(older)
	require.NoError(t, err)
	theirs, err := wh.Sign("msg_1", now, body)
	require.NoError(t, err)
	require.Equal(t, theirs, notify.Sign([]notify.Key{key(t, older)}, "msg_1", now, body))
}

func TestSecretsThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, why := range map[string]string{
		"":                "whsec_",
		"abc":             "whsec_",
		"whsec_%%":        "base64",
		secret("a", 23):   "23 bytes",
		secret("a", 65):   "65 bytes",
		"WHSEC_" + "YWFh": "whsec_",
	} {
		_, err := notify.ParseSecret(text)
		require.ErrorContains(t, err, why, text)
	}
	_, err := notify.ParseSecret(secret("a", 24) + "\n")
	require.NoError(t, err, "as files end")
}

func TestIDsTellEventsApart(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, id := range []string{
		notify.ID("probe-3f9k2m7qx1ab", 1, "ops"), notify.ID("probe-3f9k2m7qx1ab", 11, "ops"),
		notify.ID("probe-3f9k2m7qx1ab", 1, "chat"), notify.ID("probe-3f9k2m7qx1ac", 1, "ops"),
	} {
		require.Regexp(t, `^msg_[a-z2-7]{26}$`, id)
		ids[id] = true
	}
	require.Len(t, ids, 4)
	require.Equal(t, notify.ID("probe-3f9k2m7qx1ab", 1, "ops"), notify.ID("probe-3f9k2m7qx1ab", 1, "ops"))
}

func FuzzSecret(f *testing.F) {
	f.Add(secret("a", 24))
	f.Add("whsec_")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := notify.ParseSecret(text)
		if err != nil {
			return
		}
		wh, err := standardwebhooks.NewWebhook(strings.TrimSpace(text))
		require.NoError(t, err)
		at := time.Unix(1_700_000_000, 0)
		theirs, err := wh.Sign("msg_1", at, []byte("{}"))
		require.NoError(t, err)
		require.Equal(t, theirs, notify.Sign([]notify.Key{k}, "msg_1", at, []byte("{}")))
	})
}

// FuzzMessage makes sure that no event makes a message that is too long, or that
// is no JSON.
func FuzzMessage(f *testing.F) {
	f.Add("done", "https://docs.example/", 1)
	f.Add(strings.Repeat("\x00\u2028\"\\<", 9000), strings.Repeat("é", 9000), 20)
	f.Fuzz(func(t *testing.T, text, other string, labels int) {
		e := job.Event{
			Number: 1, Type: "job.failed", JobID: job.ID("publish-" + strings.Repeat("0", 190)), State: job.StateFailed,
			Step: text, Message: text, Error: &job.Error{Message: text, File: other, Hint: text, Detail: text},
			Release: &job.Release{ID: other, Target: text, URL: other},
		}
		summary := job.Summary{Kind: job.KindPublish, Submitter: other, Summary: text}
		for range min(max(labels, 0), 100) {
			summary.Labels = append(summary.Labels, text)
		}
		body, err := notify.NewMessage("https://docjobs.example/", summary, job.ItemCounts{Total: 3}, e).Encode()
		require.NoError(t, err)
		require.LessOrEqual(t, len(body), notify.MaxBody)
		require.True(t, json.Valid(body))
	})
}

func TestMessagesHaveLinks(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	body, err := notify.NewMessage("https://docjobs.example/", job.Summary{Kind: job.KindProbe, Submitter: "Jo", Labels: []string{"a"}, Summary: "Probe"},
		job.ItemCounts{}, job.Event{Number: 9, Type: "job.completed", At: at, JobID: "probe-3f9k2m7qx1ab", Attempt: 2, State: job.StateCompleted}).Encode()
	require.NoError(t, err)
	require.JSONEq(t, `{
		"type": "job.completed", "timestamp": "2026-01-02T03:04:05Z",
		"data": {
			"job_id": "probe-3f9k2m7qx1ab", "event": 9, "attempt": 2, "kind": "probe", "state": "completed",
			"submitter": "Jo", "labels": ["a"], "summary": "Probe",
			"links": {
				"job": "https://docjobs.example/v1/jobs/probe-3f9k2m7qx1ab",
				"events": "https://docjobs.example/v1/jobs/probe-3f9k2m7qx1ab/events",
				"logs": "https://docjobs.example/v1/jobs/probe-3f9k2m7qx1ab/logs",
				"result": "https://docjobs.example/v1/jobs/probe-3f9k2m7qx1ab/result"
			}
		}
	}`, string(body))
}
