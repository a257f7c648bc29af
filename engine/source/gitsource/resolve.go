package gitsource

import (
	"context"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Resolve returns the commit, 40 hex digits, that src.Ref names at present. A
// name is looked up as git clone --branch does: the branch first, then the tag
// (the commit it points to, if annotated). A full hash is returned as it is,
// once the repository has answered; whether it exists shows in [Checkout].
func Resolve(ctx context.Context, src Source, o Options) (string, error) {
	o, err := o.withDefaults()
	if err != nil {
		return "", err
	}
	ctx, cancel := bound(ctx, src, o)
	defer cancel()
	c, err := dial(ctx, src, o)
	if err != nil {
		return "", err
	}
	defer c.close()
	if isHash(src.Ref) {
		return strings.ToLower(src.Ref), nil
	}
	commit, ok := c.lookup(src.Ref)
	if !ok && src.Ref == "" {
		return "", c.fail(KindNotFound, "the repository has no default branch; name a branch or tag")
	}
	if !ok {
		return "", c.fail(KindNotFound, "there is no branch or tag with the name "+strconv.Quote(src.Ref)+"; check its spelling")
	}
	return commit.String(), nil
}

func (c *conn) lookup(ref string) (plumbing.Hash, bool) {
	if ref == "" || ref == "HEAD" {
		if c.refs.Head == nil {
			return plumbing.ZeroHash, false
		}
		return *c.refs.Head, true
	}
	for _, prefix := range []string{"refs/heads/", "refs/tags/", ""} {
		name := prefix + ref
		if prefix == "" && !strings.HasPrefix(ref, "refs/") {
			break
		}
		if h, ok := c.refs.Peeled[name]; ok {
			return h, true
		}
		if h, ok := c.refs.References[name]; ok {
			return h, true
		}
	}
	return plumbing.ZeroHash, false
}

func isHash(s string) bool { return len(s) == 40 && plumbing.IsHash(s) }

func bound(ctx context.Context, src Source, o Options) (context.Context, context.CancelFunc) {
	host := "the server"
	if u, err := parseURL(src.URL, o); err == nil {
		host = u.Host
	}
	return context.WithTimeoutCause(ctx, o.Timeout, &Error{Kind: KindTimeout, Host: host, Detail: "it took longer than " + o.Timeout.String()})
}
