// Package netguard keeps requests to addresses that strangers chose out of private
// networks. It looks at the address that is dialled, after names were resolved, so that
// neither a name nor a redirect leads around it.
package netguard

import (
	"errors"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// Control returns what a [net.Dialer] asks before it dials: it refuses all ports but
// these, and every private address that is in none of the networks of allowed.
func Control(ports []uint16, allowed []netip.Prefix) func(network, address string, c syscall.RawConn) error {
	var v4, v6 []netip.Prefix
	for _, p := range allowed {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return ssrf.New(ssrf.WithPorts(ports...), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)).Safe
}

// Refused reports whether a request failed because its address may not be dialled.
func Refused(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork)
}
