package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// slackBot is a bot of Slack, which has one message for each job and edits it: it
// calls chat.postMessage, and then chat.update
// (https://docs.slack.dev/reference/methods/chat.update).
type slackBot struct{}

// slackAPI is where Slack's methods are.
const slackAPI = "https://slack.com/api"

// slackChannel is an ID: chat.update takes no names.
var slackChannel = regexp.MustCompile(`^[CDG][A-Z0-9]{2,40}$`)

func (slackBot) address(e Endpoint) string { return cmp.Or(e.URL, slackAPI) }

func (slackBot) faults(e Endpoint) []error {
	faults := append(oneSecret(e, "the token of Slack's bot"), onlyFor(e, "repositories")...)
	if !slackChannel.MatchString(e.Channel) {
		faults = append(faults, fmt.Errorf("channel: %q is no ID of a channel, such as C024BE91L; Slack shows it in the details of the channel", e.Channel))
	}
	return faults
}

func (slackBot) checkSecrets(e Endpoint, _ bool) error {
	_, err := token(e)
	return err
}

func (slackBot) showsLatest() bool                 { return true }
func (slackBot) marksCommits() bool                { return false }
func (slackBot) compose(m Message) ([]byte, error) { return m.Slack() }

func (b slackBot) request(ctx context.Context, e Endpoint, o Outgoing, _ time.Time) (*http.Request, map[string]string, error) {
	secret, err := token(e)
	if err != nil {
		return nil, nil, err
	}
	var body struct {
		Channel string `json:"channel"`
		TS      string `json:"ts,omitempty"`
		slackMessage
	}
	if err := json.Unmarshal(o.Body, &body.slackMessage); err != nil {
		return nil, nil, fmt.Errorf("reading what is to be sent: %w", err)
	}
	method := "chat.postMessage"
	body.Channel = e.Channel
	if o.Shown.Message != "" {
		method, body.Channel, body.TS = "chat.update", o.Shown.Channel, o.Shown.Message
	}
	content, err := encode(body)
	if err != nil {
		return nil, nil, err
	}
	req, err := post(ctx, strings.TrimSuffix(b.address(e), "/")+"/"+method, content)
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	return req, nil, err
}

// judge reads Slack's answer, which is 200 also when it is a refusal.
func (slackBot) judge(v *Verdict, _ Outgoing, answer []byte) {
	if !v.Delivered {
		return
	}
	var said struct {
		OK      bool   `json:"ok"`
		Error   string `json:"error"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		v.Delivered, v.Try.Error = false, "The endpoint answered what is not Slack's."
		return
	}
	if said.OK && said.TS != "" {
		v.Shown.Channel, v.Shown.Message = said.Channel, said.TS
		return
	}
	v.Delivered = false
	v.Try.Error = "Slack refused it: " + clip(said.Error, 100) + "."
	switch said.Error {
	case "message_not_found", "cant_update_message", "edit_window_closed": // somebody has deleted it: a new one is posted
		v.Shown.Channel, v.Shown.Message = "", ""
	case "not_in_channel", "channel_not_found":
		v.Try.Error += " Invite the bot into the channel."
	case "invalid_auth", "token_revoked", "token_expired", "not_authed", "account_inactive", "missing_scope":
		v.Try.Error += " The bot's token needs the scope chat:write."
	}
}
