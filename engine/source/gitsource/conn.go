package gitsource

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docjobs/docjobs/engine/netguard"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// conn is one conversation with one repository. It uses go-git's HTTP client
// with an http.Client of its own; go-git's global table of protocols, which
// other code could change, is not consulted.
type conn struct {
	url     *url.URL
	session transport.UploadPackSession
	refs    *packp.AdvRefs
	seen    *evidence
	close   func()
}

// dial asks the repository for its refs (protocol version 0 or 1).
func dial(ctx context.Context, src Source, o Options) (*conn, error) {
	u, err := parseURL(src.URL, o)
	if err != nil {
		return nil, err
	}
	if err := checkRef(src.Ref); err != nil {
		return nil, err
	}
	base := newTransport(o)
	seen := &evidence{}
	seen.budget.Store(o.MaxResponse)
	c := &conn{url: u, seen: seen, close: base.CloseIdleConnections}
	client := &http.Client{
		Transport:     &guarded{base: base, seen: seen, origin: u.Host, credentials: o.Credentials},
		CheckRedirect: checkRedirect(o),
	}
	ep, err := transport.NewEndpoint(u.String())
	if err != nil {
		return nil, refuse(ReasonURL, "it cannot be read as a git URL")
	}
	if c.session, err = githttp.NewClient(client).NewUploadPackSession(ep, nil); err == nil {
		c.refs, err = c.session.AdvertisedReferencesContext(ctx)
	}
	if err != nil {
		c.close()
		return nil, c.classify(ctx, err)
	}
	return c, nil
}

func newTransport(o Options) *http.Transport {
	ports := append([]uint16{443}, o.Ports...)
	if o.AllowHTTP {
		ports = append(ports, 80)
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second, Control: netguard.Control(ports, o.AllowPrivate)}
	return &http.Transport{
		Proxy:                  nil, // a proxy would dial for us, unguarded
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    30 * time.Second,
		ResponseHeaderTimeout:  2 * time.Minute, // a large repository takes its time to count objects
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // packs are compressed; anything else would be a bomb
		ForceAttemptHTTP2:      true,
	}
}

func checkRedirect(o Options) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		switch {
		case len(via) > 5:
			return refuse(ReasonRedirect, "the server redirects in circles")
		case req.URL.User != nil:
			return refuse(ReasonRedirect, "the server redirects to a URL with credentials")
		case req.URL.Scheme != "https" && (via[0].URL.Scheme == "https" || !o.AllowHTTP):
			return refuse(ReasonRedirect, "the server redirects away from https")
		}
		return nil
	}
}

// evidence is what the connection saw last, and how much it may still read.
type evidence struct {
	budget atomic.Int64
	mu     sync.Mutex
	status int
	err    error
}

func (e *evidence) note(status int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status, e.err = status, err
}

func (e *evidence) last() (status int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status, e.err
}

// guarded bounds what is read and keeps credentials with their host.
type guarded struct {
	base        http.RoundTripper
	seen        *evidence
	origin      string
	credentials *Credentials
}

func (g *guarded) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Del("Authorization")
	if g.credentials != nil && req.URL.Host == g.origin {
		req.SetBasicAuth(g.credentials.Username, g.credentials.Password)
	}
	res, err := g.base.RoundTrip(req)
	if err != nil {
		g.seen.note(0, err)
		return nil, err
	}
	g.seen.note(res.StatusCode, nil)
	res.Body = &boundedBody{res.Body, res.StatusCode, g.seen}
	return res, nil
}

type boundedBody struct {
	io.ReadCloser
	status int
	seen   *evidence
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.seen.budget.Add(-int64(n)) < 0 {
		n, err = 0, &source.Refused{Reason: source.ReasonTotalSize, Detail: "the repository sends more than the limit, even for one commit"}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.seen.note(b.status, err)
	}
	return n, err
}
