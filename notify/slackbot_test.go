package notify_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
)

func TestABotEditsItsMessage(t *testing.T) {
	t.Parallel()
	said := `{"ok":true,"channel":"C024BE91L","ts":"1700000000.000100"}`
	s, got := api(t, notify.Endpoint{Format: notify.FormatSlack, Channel: "C024BE91L"},
		func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, said) })
	send := func(shown notify.Shown) notify.Verdict {
		body, err := s.Compose("ops", inState(job.StateCompleted, "Done."))
		require.NoError(t, err)
		v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_1", Body: body, Shown: shown})
		require.NoError(t, err)
		require.NotContains(t, fmt.Sprint(v.Try), "t0ken")
		return v
	}
	v := send(notify.Shown{})
	require.True(t, v.Delivered)
	shown := notify.Shown{Channel: "C024BE91L", Message: "1700000000.000100"}
	require.Equal(t, shown, v.Shown)
	require.True(t, send(shown).Delivered)
	text := "publish-3f9k2m7qx1ab: job completed (publish-3f9k2m7qx1ab)"
	require.Equal(t, []asked{
		{"POST /chat.postMessage", "Bearer t0ken", map[string]string{"channel": "C024BE91L", "text": text}},
		{"POST /chat.update", "Bearer t0ken", map[string]string{"channel": "C024BE91L", "ts": "1700000000.000100", "text": text}},
	}, *got)

	said = `{"ok":false,"error":"message_not_found"}`
	v = send(shown)
	require.False(t, v.Delivered)
	require.Empty(t, v.Shown.Message, "the next try posts a new one")
	said = `{"ok":false,"error":"not_in_channel"}`
	v = send(shown)
	require.False(t, v.Delivered)
	require.Equal(t, shown, v.Shown)
	require.Contains(t, v.Try.Error, "Invite")
	said = `<html>`
	require.False(t, send(shown).Delivered)
}
