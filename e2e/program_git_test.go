package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// A repository is a git repository on a loopback HTTP server, which speaks the
// smart protocol as far as a shallow fetch of a branch needs it. A gate, if
// set, holds the content back until it is opened.
type repository struct {
	t      *testing.T
	server *httptest.Server
	gate   *gate

	mu    sync.Mutex
	store *memory.Storage
	main  plumbing.Hash
}

func newRepository(t *testing.T, g *gate) *repository {
	r := &repository{t: t, store: memory.NewStorage(), gate: g}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *repository) url() string { return r.server.URL + "/team/docs.git" }

// config allows the server to be read.
func (r *repository) config() string {
	address, err := url.Parse(r.server.URL)
	require.NoError(r.t, err)
	return "git:\n  allow_http: true\n  allow_private: [127.0.0.0/8]\n  ports: [" + address.Port() + "]\n"
}

func (r *repository) put(o interface {
	Encode(plumbing.EncodedObject) error
}) plumbing.Hash {
	encoded := r.store.NewEncodedObject()
	require.NoError(r.t, o.Encode(encoded))
	hash, err := r.store.SetEncodedObject(encoded)
	require.NoError(r.t, err)
	return hash
}

func (r *repository) blob(content string) plumbing.Hash {
	encoded := r.store.NewEncodedObject()
	encoded.SetType(plumbing.BlobObject)
	w, err := encoded.Writer()
	require.NoError(r.t, err)
	_, err = w.Write([]byte(content))
	require.NoError(r.t, err)
	require.NoError(r.t, w.Close())
	hash, err := r.store.SetEncodedObject(encoded)
	require.NoError(r.t, err)
	return hash
}

// tree stores the files below a folder.
func (r *repository) tree(files map[string]string, below string) plumbing.Hash {
	entries := map[string]object.TreeEntry{}
	for name, content := range files {
		rest, inside := strings.CutPrefix(name, below)
		if !inside {
			continue
		}
		if folder, _, nested := strings.Cut(rest, "/"); nested {
			entries[folder] = object.TreeEntry{Name: folder, Mode: filemode.Dir, Hash: r.tree(files, below+folder+"/")}
		} else {
			entries[rest] = object.TreeEntry{Name: path.Base(name), Mode: filemode.Regular, Hash: r.blob(content)}
		}
	}
	tree := &object.Tree{}
	for _, entry := range entries {
		tree.Entries = append(tree.Entries, entry)
	}
	slices.SortFunc(tree.Entries, func(a, b object.TreeEntry) int { return strings.Compare(a.Name, b.Name) })
	return r.put(tree)
}

// commit makes the files the tip of the branch main.
func (r *repository) commit(files map[string]string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := object.Signature{Name: "A Writer", Email: "writer@example.org", When: time.Unix(1_700_000_000, 0).UTC()}
	c := &object.Commit{Author: who, Committer: who, Message: "docs", TreeHash: r.tree(files, "")}
	if !r.main.IsZero() {
		c.ParentHashes = []plumbing.Hash{r.main}
	}
	r.main = r.put(c)
	return r.main.String()
}

// ServeHTTP implements http.Handler.
func (r *repository) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch req.URL.Path {
	case "/team/docs.git/info/refs":
		r.advertise(w)
	case "/team/docs.git/git-upload-pack":
		if r.gate.pass(req) {
			r.send(w, req)
		}
	default:
		http.NotFound(w, req)
	}
}

func (r *repository) advertise(w http.ResponseWriter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	refs := packp.NewAdvRefs()
	refs.Prefix = [][]byte{[]byte("# service=git-upload-pack"), pktline.Flush}
	refs.References, refs.Head = map[string]plumbing.Hash{"refs/heads/main": r.main}, &r.main
	for _, c := range []capability.Capability{capability.Shallow, capability.OFSDelta, capability.AllowReachableSHA1InWant} {
		_ = refs.Capabilities.Set(c)
	}
	_ = refs.Encode(w) // a client that hangs up is no concern
}

// send sends the wanted commit alone, as depth 1 asks.
func (r *repository) send(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := packp.NewUploadPackRequest()
	if err := want.UploadRequest.Decode(req.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	commit, err := object.GetCommit(r.store, want.Wants[0])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	tree, err := commit.Tree()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	objects := []plumbing.Hash{commit.Hash, tree.Hash}
	walker := object.NewTreeWalker(tree, true, nil)
	defer walker.Close()
	for _, entry, err := walker.Next(); err == nil; _, entry, err = walker.Next() {
		if !slices.Contains(objects, entry.Hash) {
			objects = append(objects, entry.Hash)
		}
	}
	pack := pktline.NewEncoder(w)
	_ = pack.Encodef("shallow %s\n", commit.Hash)
	_ = pack.Flush()
	_ = pack.Encodef("NAK\n")
	_, _ = packfile.NewEncoder(w, r.store, false).Encode(objects, 10)
}

// A gate holds requests back until it is opened. Whoever waits for it knows
// when one has come.
type gate struct {
	t       *testing.T
	mu      sync.Mutex
	opened  chan struct{}
	arrived chan struct{}
}

// closedGate returns a gate that is shut.
func closedGate(t *testing.T) *gate {
	return &gate{t: t, opened: make(chan struct{}), arrived: make(chan struct{}, 1)}
}

// pass waits until the gate is open and reports whether the client still is
// there. A gate that is nil is open.
func (g *gate) pass(r *http.Request) bool {
	if g == nil {
		return true
	}
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	select {
	case <-opened:
		return true
	default:
	}
	select {
	case g.arrived <- struct{}{}:
	default:
	}
	select {
	case <-opened:
		return true
	case <-r.Context().Done():
	case <-g.t.Context().Done():
	}
	return false
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.opened)
}

// shut shuts an open gate again.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = make(chan struct{})
}

// await waits until a request stands before the gate.
func (g *gate) await(t *testing.T) {
	t.Helper()
	select {
	case <-g.arrived:
	case <-time.After(time.Minute):
		t.Fatal("nobody has come to the gate")
	}
}

func TestPublishFromGit(t *testing.T) {
	t.Parallel()
	repo := newRepository(t, nil)
	first := repo.commit(handbook("One."))
	p := up(t, t.TempDir(), "--config", write(t, repo.config()))
	publish := func() *job.Receipt {
		receipt, err := p.Submit(t.Context(), job.Submission{Params: &job.Publish{
			Source: job.Source{Git: repo.url(), Ref: "main"}, Target: "local",
		}})
		require.NoError(t, err)
		return receipt
	}
	one := publish()
	status := p.finished(one.ID)
	requireCompleted(t, status)
	require.Contains(t, string(status.Params), `"commit:`+first+`"`)
	_, page := get(t, status.Release.URL+"guide/setup/")
	require.Contains(t, page, "One.")
	require.True(t, publish().Deduplicated)

	second := repo.commit(handbook("Two."))
	two := publish()
	require.NotEqual(t, one.ID, two.ID, "the branch has moved")
	status = p.finished(two.ID)
	requireCompleted(t, status)
	require.Contains(t, string(status.Params), second)
	_, page = get(t, status.Release.URL+"guide/setup/")
	require.Contains(t, page, "Two.")

	out := p.run("submit", "publish", repo.url(), "--ref", first, "--target", "local", "--wait")
	require.Zero(t, out.code, out.err)
	_, page = get(t, status.Release.URL+"guide/setup/")
	require.Contains(t, page, "One.", "a commit that was asked for by its hash")
}
