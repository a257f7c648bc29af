package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/docjobs/docjobs/keyring"
)

// listen listens on an address for the API.
func listen(address string) (net.Listener, error) {
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
	return listener, nil
}

// loopback reports whether only this machine can reach the address.
func loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// wantKeys refuses to serve other machines without keys: whoever reached the API
// could do anything.
func wantKeys(ctx context.Context, keys *keyring.Ring, exposed bool) error {
	if !exposed {
		return nil
	}
	all, err := keys.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return &usageError{"--http: without API keys only addresses of this machine alone are allowed, such as " + defaultHTTP + "; make a key first: docjobs keys create NAME"}
	}
	return nil
}
