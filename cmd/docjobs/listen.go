package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/docjobs/docjobs/keyring"
)

// listen listens on an address for the API. Where other machines can reach it, there
// must be keys: whoever reached an API that asks for none could do anything.
func listen(ctx context.Context, c *config, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &usageError{fmt.Sprintf("--http %q is not an address such as %s", address, defaultHTTP)}
	}
	listener, err := net.Listen("tcp", address)
	var unknown *net.DNSError
	if errors.As(err, &unknown) {
		return nil, &usageError{fmt.Sprintf("--http %q: %s is no address of this machine", address, unknown.Name)}
	}
	if err != nil {
		return nil, fmt.Errorf("port %s for the API cannot be used: %w; choose another with --http", port, err)
	}
	if loopback(listener.Addr()) {
		return listener, nil
	}
	if err := wantKeys(ctx, c, address); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// loopback reports whether only this machine can reach the address.
func loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// wantKeys refuses an address that other machines can reach while there are no keys.
func wantKeys(ctx context.Context, c *config, address string) error {
	return c.withRing(ctx, func(ring *keyring.Ring) error {
		made, err := ring.Required(ctx)
		if err != nil || made {
			return err
		}
		return &usageError{fmt.Sprintf("--http %s: without API keys only addresses of this machine alone are allowed, such as %s; make a key first: docjobs keys create NAME", address, defaultHTTP)}
	})
}
