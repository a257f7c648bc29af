package notify_test

import (
	"encoding/json"
	"io"
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

func failedEvent(text string) notify.Message {
	return notify.NewMessage("https://docjobs.example", job.Summary{Kind: job.KindPublish, Summary: "Publish <b>" + text, Submitter: text},
		job.ItemCounts{}, job.Event{
			Number: 9, Type: "job.failed", JobID: "publish-3f9k2m7qx1ab", Attempt: 2, State: job.StateFailed,
			Error: &job.Error{Message: "It & that broke." + text, File: "a.md", Line: 7, Hint: "Mend it." + text},
		})
}

func TestSlackShowsWhyAJobFailed(t *testing.T) {
	t.Parallel()
	body, err := failedEvent("").Slack()
	require.NoError(t, err)
	require.JSONEq(t, `{
		"text": "Publish &lt;b&gt;: job failed (publish-3f9k2m7qx1ab)",
		"blocks": [
			{"type": "section", "text": {"type": "mrkdwn", "text": ":x: *Publish &lt;b&gt;*\njob failed"}},
			{"type": "section", "text": {"type": "mrkdwn", "text": "a.md:7: It &amp; that broke.\nMend it."}},
			{"type": "context", "elements": [{"type": "mrkdwn",
				"text": "<https://docjobs.example/v1/jobs/publish-3f9k2m7qx1ab|publish-3f9k2m7qx1ab> · attempt 2 · event 9"}]}
		]
	}`, string(body))
}

// Slack takes 3,000 characters in a text.
func TestSlackMessagesAreShort(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("&", 5000), strings.Repeat("<\"", 5000), strings.Repeat("\x00é", 5000)} {
		body, err := failedEvent(text).Slack()
		require.NoError(t, err)
		require.LessOrEqual(t, len(body), notify.MaxBody)
		var m struct {
			Blocks []struct{ Text struct{ Text string } }
		}
		require.NoError(t, json.Unmarshal(body, &m))
		for _, b := range m.Blocks {
			require.LessOrEqual(t, len(b.Text.Text), 3000)
		}
	}
}

func TestSlackIsSentWithoutItsAddressBeingShown(t *testing.T) {
	t.Parallel()
	var got string
	var headers http.Header
	url := answer(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, headers = string(body), r.Header
	})
	file := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(file, []byte(url+"\n"), 0o600))
	slack := notify.Endpoint{Format: notify.FormatSlack, Secrets: []notify.SecretSource{{File: file}}}
	endpoints := notify.Endpoints{
		Named: map[string]notify.Endpoint{"chat": slack}, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	require.NoError(t, endpoints.Validate())
	require.ErrorContains(t, endpoints.CheckSecrets(), "https://")
	endpoints.AllowHTTP = true
	require.NoError(t, endpoints.CheckSecrets())

	s := notify.NewSender(endpoints, "docjobs")
	body, err := s.Compose("chat", failedEvent(""))
	require.NoError(t, err)
	v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "chat", ID: "msg_1", Body: body})
	require.NoError(t, err)
	require.True(t, v.Delivered, v.Try.Error)
	require.Equal(t, string(body), got)
	require.Empty(t, headers.Get("webhook-signature"))
	require.NotContains(t, v.Try.URL, "hook", "the path is the secret")

	require.NoError(t, os.WriteFile(file, []byte("xoxb-secret"), 0o600))
	_, err = s.Send(t.Context(), notify.Outgoing{Endpoint: "chat", ID: "msg_1", Body: body})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "xoxb")
	for _, bad := range []notify.Endpoint{{Format: "teams"}, {Format: notify.FormatSlack}, {Format: notify.FormatSlack, URL: "https://x", Secrets: slack.Secrets}} {
		require.Error(t, notify.Endpoints{Named: map[string]notify.Endpoint{"chat": bad}}.Validate())
	}
}
