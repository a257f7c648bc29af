package weblinks

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/docjobs/docjobs/engine/netguard"
)

// maxRedirects bounds how often one address leads on to another.
const maxRedirects = 10

var (
	errRedirects = errors.New("the server redirects more than 10 times")
	errScheme    = errors.New("the server redirects to something that is no web page")
)

// newClient returns a client that dials no private address, whatever a name resolves to and wherever a redirect leads.
func newClient(o Options) *http.Client {
	ports := append([]uint16{80, 443, 8080, 8443}, o.Ports...)
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: netguard.Control(ports, o.AllowPrivate)}
	return &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would dial for us, unguarded
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    o.PerHost,
			IdleConnTimeout:        10 * time.Second,
		},
		CheckRedirect: checkRedirect,
	}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return errRedirects
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return errScheme
	}
	req.URL.User = nil
	req.Header.Del("Authorization")
	req.Header.Del("Referer")
	return nil
}
