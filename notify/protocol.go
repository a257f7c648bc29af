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

// A protocol is how the endpoints of a format are told.
type protocol interface {
	// address is where the endpoint is; "" where its secret says that.
	address(Endpoint) string
	// faults says what is wrong with the endpoint, beyond what holds for all.
	faults(Endpoint) []error
	checkSecrets(e Endpoint, allowHTTP bool) error
	// showsLatest reports whether the endpoint shows what a job has come to, so that an
	// earlier event must not come after a later one.
	showsLatest() bool
	marksCommits() bool
	// compose makes what is sent of a message.
	compose(Message) ([]byte, error)
	// request makes the request that sends it. headers are those that may be shown.
	request(ctx context.Context, e Endpoint, o Outgoing, at time.Time) (req *http.Request, headers map[string]string, err error)
	// judge changes the verdict on an answer where its status does not say all.
	judge(v *Verdict, o Outgoing, answer []byte)
}

// protocol returns how the endpoint is told; nil of a format that there is not.
func (e Endpoint) protocol() protocol {
	switch {
	case e.Format == FormatWebhook:
		return webhook{}
	case e.Format == FormatSlack && e.Channel == "":
		return slackHook{}
	case e.Format == FormatSlack:
		return slackBot{}
	case e.Format == FormatGitHub:
		return gitHub{}
	case e.Format == FormatGitLab:
		return gitLab{}
	}
	return nil
}

// An Outgoing is what is sent to an endpoint once.
type Outgoing struct {
	Endpoint string
	ID       string      // the same for every try
	Body     []byte      // as [Sender.Compose] made it
	Commit   *job.Commit // to be marked
	Shown    Shown       // what the endpoint shows of the job
}

// Shown is what an endpoint shows of a job, of those that show what it has come to.
type Shown struct {
	Event   int64  `json:"event"`             // its number
	Channel string `json:"channel,omitempty"` // of Slack, where its message is
	Message string `json:"message,omitempty"` // of Slack, its timestamp, which is its ID
}

// webhook is Standard Webhooks.
type webhook struct{}

func (webhook) address(e Endpoint) string { return e.URL }

func (webhook) faults(e Endpoint) (faults []error) {
	if e.URL == "" {
		faults = append(faults, errors.New("url: is missing"))
	}
	if len(e.Secrets) == 0 || len(e.Secrets) > maxSecrets {
		faults = append(faults, fmt.Errorf("secrets: must be 1 to %d", maxSecrets))
	}
	return append(faults, onlyFor(e, "channel", "repositories")...)
}

func (webhook) checkSecrets(e Endpoint, _ bool) error {
	_, err := e.Keys()
	return err
}

func (webhook) showsLatest() bool                 { return false }
func (webhook) marksCommits() bool                { return false }
func (webhook) compose(m Message) ([]byte, error) { return m.Encode() }

func (webhook) request(ctx context.Context, e Endpoint, o Outgoing, at time.Time) (*http.Request, map[string]string, error) {
	keys, err := e.Keys()
	if err != nil {
		return nil, nil, err
	}
	req, err := post(ctx, e.URL, o.Body)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("webhook-signature", Sign(keys, o.ID, at, o.Body))
	return req, map[string]string{"webhook-id": o.ID, "webhook-timestamp": timestamp(at)}, nil
}

func (webhook) judge(v *Verdict, _ Outgoing, _ []byte) { v.Gone = v.Try.Status == http.StatusGone }

// onlyFor says of fields that another format has that they are none here.
func onlyFor(e Endpoint, fields ...string) (faults []error) {
	given := map[string]bool{"url": e.URL != "", "channel": e.Channel != "", "repositories": len(e.Repositories) > 0}
	for _, field := range fields {
		if given[field] {
			faults = append(faults, fmt.Errorf("%s: is nothing for this type of endpoint; leave it out", field))
		}
	}
	return faults
}

// oneSecret says that there must be one secret, and what it is.
func oneSecret(e Endpoint, what string) []error {
	if len(e.Secrets) == 1 {
		return nil
	}
	return []error{fmt.Errorf("secrets: must be one, %s", what)}
}

// post returns a request for an address that may be a secret: errors do not show it.
func post(ctx context.Context, address string, body []byte) (*http.Request, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return nil, errors.New("the address of the endpoint is none")
	}
	return http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(string(body)))
}

// token is the secret of an API.
func token(e Endpoint) (string, error) {
	secret, err := e.Secrets[0].Read()
	if err == nil && (secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' })) {
		err = fmt.Errorf("what %s holds is no token", e.Secrets[0])
	}
	return secret, err
}
