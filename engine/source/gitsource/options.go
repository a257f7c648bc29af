package gitsource

import (
	"crypto/x509"
	"net/netip"
	"time"

	"github.com/docjobs/docjobs/engine/source"
)

// Source names what to fetch.
type Source struct {
	URL string // https://host/path, without credentials, query or fragment
	Ref string // branch, tag, refs/…, or a full commit hash; empty: the default branch
}

// Options are the operator's choices. The zero value is the strict default.
type Options struct {
	AllowHTTP    bool           // accept http:// too
	AllowPrivate []netip.Prefix // private addresses that may be dialled all the same
	Ports        []uint16       // ports besides 443 (and 80 with AllowHTTP)
	RootCAs      *x509.CertPool // nil: the system's
	Credentials  *Credentials   // sent to the host of the URL only, never after a redirect elsewhere
	Limits       source.Limits  // zero: source.DefaultLimits
	MaxResponse  int64          // bytes the server may send in all; zero: Limits.TotalBytes
	Timeout      time.Duration  // for a whole call; zero: 10 minutes
}

// Credentials for HTTP basic authentication. Hosting sites take an access token
// as the password.
type Credentials struct {
	Username, Password string
}

// String hides the password from logs.
func (*Credentials) String() string { return "credentials (hidden)" }

// GoString hides the password from %#v.
func (*Credentials) GoString() string { return "credentials (hidden)" }

func (o Options) withDefaults() (Options, error) {
	if o.Limits == (source.Limits{}) {
		o.Limits = source.DefaultLimits()
	}
	if o.MaxResponse == 0 {
		o.MaxResponse = o.Limits.TotalBytes
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Minute
	}
	return o, o.Limits.Validate()
}
