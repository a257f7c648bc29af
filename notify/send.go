package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/docjobs/docjobs/engine/netguard"
	"github.com/docjobs/docjobs/job"
)

const (
	// sendTimeout bounds one request with its answer.
	sendTimeout = 15 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 4 << 10
	// maxRetryAfter bounds how long an endpoint can ask to be left alone.
	maxRetryAfter = 24 * time.Hour
)

// A Sender sends messages to endpoints. It reaches no private network that the
// operator has not named, whatever a host name resolves to.
type Sender struct {
	endpoints Endpoints
	agent     string
	now       func() time.Time
}

// NewSender returns a sender to the endpoints. agent is its User-Agent.
func NewSender(endpoints Endpoints, agent string) *Sender {
	return &Sender{endpoints, agent, time.Now}
}

// ErrUnknown says that there is no endpoint of that name.
var ErrUnknown = errors.New("there is no such endpoint in the configuration any more")

// A Verdict says what an answer means.
type Verdict struct {
	Try        job.Try
	Delivered  bool
	Gone       bool          // 410: the endpoint wants nothing any more
	Refused    bool          // the same again would be refused again
	RetryAfter time.Duration // what the endpoint asked for, or 0
	Shown      Shown         // what the endpoint shows now
}

// URL returns the address of an endpoint, or "".
func (s *Sender) URL(endpoint string) string { return s.endpoints.Named[endpoint].URL }

// Compose returns what the endpoint is sent of a message.
func (s *Sender) Compose(endpoint string, m Message) ([]byte, error) {
	e, ok := s.endpoints.Named[endpoint]
	if !ok {
		return m.Encode() // which is not sent, but shows in the log
	}
	return e.protocol().compose(m)
}

// Send sends once what is to be sent. That it was not taken is in the verdict; an
// error is a fault on this side, such as a secret that cannot be read.
func (s *Sender) Send(ctx context.Context, o Outgoing) (Verdict, error) {
	e, ok := s.endpoints.Named[o.Endpoint]
	if !ok {
		return Verdict{}, ErrUnknown
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	at := s.now().UTC()
	p := e.protocol()
	req, headers, err := p.request(ctx, e, o, at)
	if err != nil {
		return Verdict{}, err
	}
	if headers == nil {
		headers = map[string]string{}
	}
	headers["Content-Type"], headers["User-Agent"] = "application/json", s.agent
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	v := Verdict{Shown: o.Shown}
	if answer := s.exchange(req, &v); v.Try.Status != 0 {
		p.judge(&v, o, answer)
	}
	v.Try.At, v.Try.URL, v.Try.Headers = at, e.shown(req.URL), headers
	v.Try.Took = s.now().Sub(at).Seconds()
	return v, nil
}

// exchange sends the request, judges the answer by its status and returns the
// beginning of it.
func (s *Sender) exchange(req *http.Request, v *Verdict) []byte {
	client := newClient(req.URL, s.endpoints.AllowPrivate)
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		v.Try.Error = reason(err)
		return nil
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	v.Try.Status, v.Try.Answer = resp.StatusCode, clip(string(answer), maxAnswer)
	v.Delivered = resp.StatusCode/100 == 2
	v.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), s.now())
	if v.Delivered {
		return answer
	}
	v.Try.RetryAfter = int(v.RetryAfter.Seconds())
	v.Try.Error = fmt.Sprintf("The endpoint answered %d %s.", resp.StatusCode, http.StatusText(resp.StatusCode))
	if resp.StatusCode/100 == 3 {
		v.Try.Error += " Redirects are not followed; put the new address into the configuration."
	}
	return answer
}

// newClient returns a client for one request to u: it dials only what u names, and
// nothing private outside of allowed.
func newClient(u *url.URL, allowed []netip.Prefix) *http.Client {
	dialer := &net.Dialer{Timeout: sendTimeout, Control: netguard.Control([]uint16{portOf(u)}, allowed)}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would dial for us, unguarded
			DialContext:            dialer.DialContext,
			MaxResponseHeaderBytes: 16 << 10,
			DisableCompression:     true,
			DisableKeepAlives:      true,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shown returns the address as people see it: without what may hold a token.
func (e Endpoint) shown(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host}
	if e.Format != FormatSlack || e.Channel != "" {
		shown.Path = u.Path
	}
	return shown.String()
}

func portOf(u *url.URL) uint16 {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(port)
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

// reason says in a sentence why there was no answer.
func reason(err error) string {
	switch {
	case netguard.Refused(err):
		return "The address leads into a private network, which notify.allow_private in the configuration does not name."
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("The endpoint did not answer within %d seconds.", int(sendTimeout.Seconds()))
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return clip("The endpoint cannot be reached: "+err.Error()+".", 500)
}

// retryAfter reads the header field Retry-After (RFC 9110, section 10.2.3):
// seconds or a date. What cannot be read, or lies in the past, is 0.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	var wait time.Duration
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
