package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// slackHook is an incoming webhook of Slack, which takes one message after another.
type slackHook struct{}

func (slackHook) address(Endpoint) string { return "" }

func (slackHook) faults(e Endpoint) []error {
	return append(oneSecret(e, "the address of Slack's incoming webhook, or with channel the token of a bot"), onlyFor(e, "url", "repositories")...)
}

func (slackHook) checkSecrets(e Endpoint, allowHTTP bool) error {
	secret, err := e.Secrets[0].Read()
	if err != nil {
		return err
	}
	u, err := url.Parse(secret)
	switch {
	case err != nil || u.Host == "": // and not what it says, which would show the secret
		return errors.New("the address of the endpoint is none")
	case u.Scheme != "https" && !allowHTTP:
		return errors.New("the address of Slack does not begin with https://")
	}
	return nil
}

func (slackHook) showsLatest() bool                 { return false }
func (slackHook) marksCommits() bool                { return false }
func (slackHook) compose(m Message) ([]byte, error) { return m.Slack() }

func (slackHook) request(ctx context.Context, e Endpoint, o Outgoing, _ time.Time) (*http.Request, map[string]string, error) {
	secret, err := e.Secrets[0].Read()
	if err != nil {
		return nil, nil, err
	}
	req, err := post(ctx, secret, o.Body)
	return req, nil, err
}

func (slackHook) judge(v *Verdict, _ Outgoing, _ []byte) { v.Gone = v.Try.Status == http.StatusGone }

// A slackMessage is what Slack takes: Block Kit, and a text
// for notifications and for programs that do not show blocks
// (https://docs.slack.dev/reference/block-kit/blocks).
type slackMessage struct {
	Text   string       `json:"text"`
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// slackMarks are what people see first of a message.
var slackMarks = map[job.State]string{
	job.StateCompleted: ":white_check_mark:", job.StatePartial: ":warning:", job.StateFailed: ":x:",
	job.StateCancelled: ":no_entry_sign:", job.StateQueued: ":hourglass:",
}

// Slack returns the message as Slack shows it, at most [MaxBody] bytes of it.
func (m Message) Slack() ([]byte, error) {
	d := m.Data
	title := d.Summary
	if title == "" {
		title = string(d.JobID)
	}
	what := strings.ReplaceAll(m.Type, ".", " ")
	mark := slackMarks[d.State]
	if mark == "" {
		mark = ":gear:"
	}
	s := slackMessage{
		Text:   fmt.Sprintf("%s: %s (%s)", slackEscape.Replace(title), what, d.JobID),
		Blocks: []slackBlock{section(fmt.Sprintf("%s *%s*\n%s", mark, slackEscape.Replace(title), what))},
	}
	if text := d.explanation(); text != "" {
		s.Blocks = append(s.Blocks, section(text))
	}
	s.Blocks = append(s.Blocks, slackBlock{Type: "context", Elements: []slackText{{"mrkdwn", d.reference()}}})
	return encode(s)
}

func section(text string) slackBlock {
	return slackBlock{Type: "section", Text: &slackText{"mrkdwn", text}}
}

// explanation says why something failed and what to do, or what happened.
func (d Data) explanation() string {
	if d.Error == nil {
		if d.Release != nil && d.Release.URL != "" {
			return slackEscape.Replace(d.Release.URL)
		}
		return escaped(d.Message)
	}
	text := d.Error.Message
	if d.Error.File != "" {
		text = fmt.Sprintf("%s:%d: %s", d.Error.File, d.Error.Line, text)
	}
	if d.Error.Hint != "" {
		text += "\n" + d.Error.Hint
	}
	return escaped(text)
}

// maxSlackText is somewhat less than what Slack takes in one text, in bytes.
const maxSlackText = 2900

// escaped returns the text for Slack, cut short where it would get too long.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		part := slackEscape.Replace(string(r))
		if b.Len()+len(part) > maxSlackText {
			return b.String() + "…"
		}
		b.WriteString(part)
	}
	return b.String()
}

// reference names the job, with a link to it.
func (d Data) reference() string {
	text := fmt.Sprintf("<%s|%s> · attempt %d · event %d", d.Links.Job, d.JobID, d.Attempt, d.Event)
	if d.Submitter != "" {
		text += " · " + slackEscape.Replace(d.Submitter)
	}
	return text
}

// slackEscape escapes what has a meaning of its own in Slack's mrkdwn.
var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
