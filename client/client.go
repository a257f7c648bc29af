package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/docjobs/docjobs/job"
)

// A Client speaks to one server. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	backoff Backoff
	agent   string
	key     string

	// met is set once the server has answered anything. Before that, a
	// connection that is refused means that no server runs, and waiting for one
	// would only delay the news; afterwards it means that the server restarts.
	met atomic.Bool
}

var _ job.Service = (*Client)(nil)

// A Backoff says how failed requests are tried again: after pauses that double
// from Min to Max, each with up to a half taken off by chance, or after what the
// server asks for in Retry-After if that is not more than Max.
type Backoff struct {
	Min, Max time.Duration
	Tries    int // how often one request is sent at most, with the first
}

// DefaultBackoff tries for about ten seconds.
var DefaultBackoff = Backoff{Min: 100 * time.Millisecond, Max: 10 * time.Second, Tries: 8}

// An Option changes a client that is being made.
type Option func(*Client)

// WithHTTPClient sends requests through c. It must not follow redirects to
// other hosts and must have no timeout, which would cut event streams off.
func WithHTTPClient(c *http.Client) Option { return func(cl *Client) { cl.http = c } }

// WithBackoff replaces [DefaultBackoff].
func WithBackoff(b Backoff) Option { return func(cl *Client) { cl.backoff = b } }

// WithKey sends an API key with every request.
func WithKey(key string) Option { return func(cl *Client) { cl.key = key } }

// WithUserAgent sets the User-Agent of requests.
func WithUserAgent(agent string) Option { return func(cl *Client) { cl.agent = agent } }

// New returns a client for the server at an address such as
// http://127.0.0.1:8080 or 127.0.0.1:8080. It does not connect yet.
func New(server string, options ...Option) (*Client, error) {
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	base, err := url.Parse(strings.TrimRight(server, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") || base.User != nil || base.RawQuery != "" {
		return nil, fmt.Errorf("%q is not the address of a server; it looks like http://127.0.0.1:8080", server)
	}
	c := &Client{base: base, backoff: DefaultBackoff, agent: "docjobs"}
	for _, option := range options {
		option(c)
	}
	if c.backoff.Tries < 1 || c.backoff.Min <= 0 || c.backoff.Max < c.backoff.Min {
		return nil, errors.New("client: the backoff needs at least one try and pauses that grow from above zero")
	}
	if c.http == nil {
		c.http = &http.Client{Transport: transport(), CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	return c, nil
}

// answerTimeout is how long a server may take to begin its answer. It unpacks
// and checks a whole upload before it does.
const answerTimeout = 5 * time.Minute

// transport returns a transport that gives up on servers that do not answer.
func transport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: answerTimeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   16,
		ForceAttemptHTTP2:     true,
	}
}

// Server returns the address of the server.
func (c *Client) Server() string { return c.base.String() }

// Close gives idle connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }
