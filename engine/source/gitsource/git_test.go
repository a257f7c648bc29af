package gitsource_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/stretchr/testify/require"
)

func requireReason(t *testing.T, err error, want source.Reason) {
	t.Helper()
	var refused *source.Refused
	require.ErrorAs(t, err, &refused)
	require.Equal(t, want, refused.Reason, "%v", err)
}

func requireKind(t *testing.T, err error, want gitsource.Kind) {
	t.Helper()
	var failed *gitsource.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, want, failed.Kind, "%v", err)
}

// checkout fetches into a new folder and makes sure that an error leaves nothing.
func checkout(t *testing.T, r *repo, ref string, commit plumbing.Hash, o gitsource.Options) (gitsource.Result, string, error) {
	t.Helper()
	above := t.TempDir()
	out := filepath.Join(above, "out")
	res, err := gitsource.Checkout(t.Context(), gitsource.Source{URL: r.url(), Ref: ref}, commit.String(), out, o, nil, nil)
	left, rerr := os.ReadDir(above)
	require.NoError(t, rerr)
	if err != nil {
		require.Empty(t, left)
	} else {
		require.Len(t, left, 1, "only the result stays")
	}
	return res, out, err
}

func TestResolve(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit(r.file("index.md", "one"))
	r.tag("v1", first)
	second := r.commit(r.file("index.md", "two"))
	for ref, want := range map[string]plumbing.Hash{
		"": second, "HEAD": second, "main": second, "refs/heads/main": second, "v1": first, "refs/tags/v1": first, first.String(): first,
	} {
		got, err := gitsource.Resolve(t.Context(), gitsource.Source{URL: r.url(), Ref: ref}, r.options())
		require.NoError(t, err, ref)
		require.Equal(t, want.String(), got, ref)
	}
	_, err := gitsource.Resolve(t.Context(), gitsource.Source{URL: r.url(), Ref: "no-such"}, r.options())
	requireKind(t, err, gitsource.KindNotFound)
	_, err = gitsource.Resolve(t.Context(), gitsource.Source{URL: r.server.URL + "/other"}, r.options())
	requireKind(t, err, gitsource.KindNotFound)
}

// TestCheckoutHasTheFolderDigest: a commit and a folder with its files are one.
func TestCheckoutHasTheFolderDigest(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	commit := r.commit(
		r.file("README.md", "hello"),
		r.dir("docs", r.file("index.md", "same"), r.dir("en", r.file("a.md", "a"))),
		r.dir("node_modules", r.file("junk.js", "x")),
		r.link("link.md", "docs/en/../index.md"),
		object.TreeEntry{Name: "theme", Mode: filemode.Submodule, Hash: plumbing.NewHash("1234567890123456789012345678901234567890")},
	)
	r.tag("v1", commit)
	res, out, err := checkout(t, r, "v1", commit, r.options())
	require.NoError(t, err)
	require.Equal(t, []string{"theme"}, res.Submodules)
	require.Equal(t, commit.String(), res.Commit)
	require.Equal(t, 4, res.Files)
	sum, err := source.Digest(t.Context(), out, source.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, sum.Digest, res.Digest)
	body, err := os.ReadFile(filepath.Join(out, "link.md"))
	require.NoError(t, err)
	require.Equal(t, "same", string(body), "links inside count as copies")
}

func TestCheckoutAfterTheBranchMoved(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	old := r.commit(r.file("index.md", "one"))
	r.commit(r.file("index.md", "two"))
	_, _, err := checkout(t, r, "main", old, r.options())
	requireKind(t, err, gitsource.KindMoved)

	r.byHash = true
	_, out, err := checkout(t, r, "main", old, r.options())
	require.NoError(t, err)
	body, err := os.ReadFile(filepath.Join(out, "index.md"))
	require.NoError(t, err)
	require.Equal(t, "one", string(body), "exactly that commit, not the newest")
}

func TestHostileTrees(t *testing.T) {
	t.Parallel()
	small := source.DefaultLimits()
	small.Entries, small.FileBytes, small.Depth = 50, 4096, 10
	for name, c := range map[string]struct {
		make func(r *repo) []object.TreeEntry
		want source.Reason
	}{
		"link out":        {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.link("l", "../../etc/passwd")} }, source.ReasonLink},
		"absolute link":   {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.link("l", "/etc/passwd")} }, source.ReasonLink},
		"link in circles": {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.link("a", "b"), r.link("b", "a")} }, source.ReasonLink},
		"dot dot":         {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.dir("..", r.file("evil", "x"))} }, source.ReasonTraversal},
		"slash in a name": {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.file("../evil", "x")} }, source.ReasonTraversal},
		"backslash":       {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.file(`a\b`, "x")} }, source.ReasonTraversal},
		"case duplicate":  {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.file("A", "x"), r.file("a", "y")} }, source.ReasonCaseDuplicate},
		"only git's own":  {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.dir(".GIT", r.file("config", "x"))} }, source.ReasonEmpty},
		"large file":      {func(r *repo) []object.TreeEntry { return []object.TreeEntry{r.file("a", string(make([]byte, 5000)))} }, source.ReasonFileSize},
		"incomplete": {func(*repo) []object.TreeEntry {
			return []object.TreeEntry{{Name: "a", Mode: filemode.Dir, Hash: plumbing.NewHash("12")}}
		}, source.ReasonCorrupt},
		"exponential tree": {func(r *repo) []object.TreeEntry { return exponential(r, 8) }, source.ReasonEntries},
		"deep tree":        {func(r *repo) []object.TreeEntry { return deep(r, 12) }, source.ReasonDepth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			o := r.options()
			o.Limits = small
			_, _, err := checkout(t, r, "main", r.commit(c.make(r)...), o)
			requireReason(t, err, c.want)
		})
	}
}

// exponential is ten names for the same tree, levels times over: 10^levels
// folders in a few objects.
func exponential(r *repo, levels int) []object.TreeEntry {
	entries := []object.TreeEntry{r.file("f", "x")}
	for range levels {
		sub := r.dir("", entries...)
		entries = nil
		for i := range 10 {
			entries = append(entries, object.TreeEntry{Name: fmt.Sprint(i), Mode: filemode.Dir, Hash: sub.Hash})
		}
	}
	return entries
}

func deep(r *repo, levels int) []object.TreeEntry {
	entries := []object.TreeEntry{r.file("f", "x")}
	for range levels {
		entries = []object.TreeEntry{r.dir("d", entries...)}
	}
	return entries
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit(r.file("index.md", "x"))
	o := r.options()
	o.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	_, err := gitsource.Resolve(t.Context(), gitsource.Source{URL: r.url()}, o)
	requireReason(t, err, gitsource.ReasonAddress)
	for _, host := range []string{"localhost", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		_, err := gitsource.Resolve(t.Context(), gitsource.Source{URL: "https://" + host + "/team/docs"}, gitsource.Options{})
		requireReason(t, err, gitsource.ReasonAddress)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit(r.file("index.md", "x"))
	r.user, r.password = "me", "s3cret"
	var target string
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, target+req.URL.RequestURI(), http.StatusFound)
	}))
	t.Cleanup(front.Close)
	o := r.options()
	frontPort := netip.MustParseAddrPort(front.Listener.Addr().String()).Port()
	o.Ports = append(o.Ports, frontPort)
	o.Credentials = &gitsource.Credentials{Username: "me", Password: "s3cret"}

	target = "http://169.254.169.254"
	_, err := gitsource.Resolve(t.Context(), gitsource.Source{URL: front.URL + "/team/docs.git"}, o)
	requireReason(t, err, gitsource.ReasonAddress)

	target = r.server.URL // credentials must not follow to another host
	_, err = gitsource.Resolve(t.Context(), gitsource.Source{URL: front.URL + "/team/docs.git"}, o)
	requireKind(t, err, gitsource.KindAuth)
	require.NotContains(t, err.Error(), "s3cret")

	_, err = gitsource.Resolve(t.Context(), gitsource.Source{URL: r.url()}, o)
	require.NoError(t, err, "the host itself gets them")
}

func TestServersThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   gitsource.Kind
	}{
		"ailing":     {http.StatusBadGateway, "", gitsource.KindUnreachable},
		"busy":       {http.StatusTooManyRequests, "", gitsource.KindUnreachable},
		"forbidden":  {http.StatusForbidden, "token=s3cret", gitsource.KindAuth},
		"a web page": {http.StatusOK, "<html>hello s3cret", gitsource.KindProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			_, err := gitsource.Resolve(t.Context(), gitsource.Source{URL: r.url()}, r.options())
			requireKind(t, err, c.want)
			require.NotContains(t, err.Error(), "s3cret", "what a server says is not repeated")
		})
	}
}

func TestTheAnswerIsBounded(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	commit := r.commit(r.file("index.md", "x"))
	o := r.options()
	o.MaxResponse = 300
	_, _, err := checkout(t, r, "main", commit, o)
	requireReason(t, err, source.ReasonTotalSize)
}

func TestCancelledCheckout(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	commit := r.commit(r.file("a.md", "x"), r.file("b.md", "y"))
	above := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := gitsource.Checkout(ctx, gitsource.Source{URL: r.url()}, commit.String(), filepath.Join(above, "out"), r.options(),
		func(int, int64) { cancel() }, nil)
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(above)
	require.NoError(t, err)
	require.Empty(t, left)
}
