package gitsource

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/docjobs/docjobs/engine/netguard"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// Reasons for which a git source is refused, besides those of package source.
const (
	ReasonURL         source.Reason = "git_url"             // not a URL that can be fetched
	ReasonScheme      source.Reason = "git_scheme"          // not https, or a remote helper
	ReasonCredentials source.Reason = "git_credentials"     // user name or password in the URL
	ReasonRef         source.Reason = "git_ref"             // not a valid ref name
	ReasonAddress     source.Reason = "git_private_address" // leads to an address or port that may not be dialled
	ReasonRedirect    source.Reason = "git_redirect"        // redirected away from https, or in circles
)

// Kind tells what went wrong between here and the repository.
type Kind string

// The kinds of [Error].
const (
	KindNotFound    Kind = "not_found"   // no such repository or ref (or a private one, seen without credentials)
	KindAuth        Kind = "auth"        // credentials missing or not accepted
	KindMoved       Kind = "moved"       // the ref moved on, and the server gives no commits by hash
	KindUnreachable Kind = "unreachable" // network, name service or an ailing server
	KindTimeout     Kind = "timeout"     // Options.Timeout ran out
	KindProtocol    Kind = "protocol"    // the answer is not git's
)

// Error is a failure of the world, told in kinds.
type Error struct {
	Kind   Kind
	Host   string
	Detail string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("git (%s): %s: %s", e.Kind, e.Host, e.Detail) }

// Temporary reports whether trying again later may help.
func (e *Error) Temporary() bool { return e.Kind == KindUnreachable || e.Kind == KindTimeout }

func refuse(reason source.Reason, detail string) error {
	return &source.Refused{Reason: reason, Detail: detail}
}

// classify turns an error of the git library or of HTTP into one of ours, with
// what the connection saw as evidence. Texts from the server are not repeated:
// nobody knows what they hold.
func (c *conn) classify(ctx context.Context, err error) error {
	var refused *source.Refused
	var ours *Error
	status, cause := c.seen.last()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(cause, &refused), errors.As(err, &refused):
		return refused
	case netguard.Refused(cause):
		return refuse(ReasonAddress, c.url.Hostname()+" leads to an address or port that this server may not dial; ask its operator to allow it")
	case errors.As(err, &ours):
		return ours
	case cause != nil:
		return c.fail(KindUnreachable, plain(cause))
	case status != 0 && status != http.StatusOK:
		return c.fail(statusKind(status))
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return c.fail(KindNotFound, "the repository is empty")
	}
	return c.fail(KindProtocol, "the server's answer is not what a git server sends; check that the URL is the one that git clone takes")
}

func (c *conn) fail(kind Kind, detail string) error {
	return &Error{Kind: kind, Host: c.url.Host, Detail: detail}
}

func statusKind(status int) (Kind, string) {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return KindAuth, "the repository is private or does not exist; check the URL and the operator's credentials for it"
	case status == http.StatusNotFound || status == http.StatusGone:
		return KindNotFound, "there is no such repository; check the URL"
	case status == http.StatusTooManyRequests || status >= 500:
		return KindUnreachable, fmt.Sprintf("the server answered %d; try again later", status)
	}
	return KindProtocol, fmt.Sprintf("the server answered %d", status)
}

// plain says what failed without the URL, which a redirect may have filled with
// a token.
func plain(err error) string {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return "there is no such host; check the URL"
	}
	return "no connection: " + err.Error()
}
