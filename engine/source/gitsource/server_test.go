package gitsource_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"testing"
	"time"

	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/stretchr/testify/require"
)

// repo is a git repository on a loopback HTTP server that speaks the smart
// protocol as far as a shallow fetch needs it.
type repo struct {
	t        testing.TB
	store    *memory.Storage
	refs     map[string]plumbing.Hash
	peeled   map[string]plumbing.Hash
	head     plumbing.Hash
	byHash   bool // allow-reachable-sha1-in-want
	user     string
	password string
	server   *httptest.Server
}

func newRepo(t testing.TB) *repo {
	r := &repo{t: t, store: memory.NewStorage(), refs: map[string]plumbing.Hash{}, peeled: map[string]plumbing.Hash{}}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *repo) url() string { return r.server.URL + "/team/docs.git" }

// options allow this server, and nothing else that is private.
func (r *repo) options() gitsource.Options {
	u, err := url.Parse(r.server.URL)
	require.NoError(r.t, err)
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	require.NoError(r.t, err)
	return gitsource.Options{AllowHTTP: true, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Ports: []uint16{uint16(port)}}
}

type encodable interface {
	Encode(plumbing.EncodedObject) error
}

func (r *repo) put(o encodable) plumbing.Hash {
	enc := r.store.NewEncodedObject()
	require.NoError(r.t, o.Encode(enc))
	h, err := r.store.SetEncodedObject(enc)
	require.NoError(r.t, err)
	return h
}

func (r *repo) blob(body string) plumbing.Hash {
	enc := r.store.NewEncodedObject()
	enc.SetType(plumbing.BlobObject)
	w, err := enc.Writer()
	require.NoError(r.t, err)
	_, err = w.Write([]byte(body))
	require.NoError(r.t, err)
	require.NoError(r.t, w.Close())
	h, err := r.store.SetEncodedObject(enc)
	require.NoError(r.t, err)
	return h
}

func (r *repo) tree(entries ...object.TreeEntry) plumbing.Hash {
	sort.Sort(object.TreeEntrySorter(entries))
	return r.put(&object.Tree{Entries: entries})
}

func (r *repo) file(name, body string) object.TreeEntry {
	return object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: r.blob(body)}
}

func (r *repo) link(name, target string) object.TreeEntry {
	return object.TreeEntry{Name: name, Mode: filemode.Symlink, Hash: r.blob(target)}
}

func (r *repo) dir(name string, entries ...object.TreeEntry) object.TreeEntry {
	return object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: r.tree(entries...)}
}

// commit puts a commit on main, which is HEAD too.
func (r *repo) commit(entries ...object.TreeEntry) plumbing.Hash {
	who := object.Signature{Name: "A Writer", Email: "writer@example.org", When: time.Unix(1_700_000_000, 0).UTC()}
	c := &object.Commit{Author: who, Committer: who, Message: "docs", TreeHash: r.tree(entries...)}
	if parent, ok := r.refs["refs/heads/main"]; ok {
		c.ParentHashes = []plumbing.Hash{parent}
	}
	h := r.put(c)
	r.refs["refs/heads/main"], r.head = h, h
	return h
}

func (r *repo) tag(name string, commit plumbing.Hash) {
	who := object.Signature{Name: "A Writer", Email: "writer@example.org", When: time.Unix(1_700_000_000, 0).UTC()}
	r.refs["refs/tags/"+name] = r.put(&object.Tag{Name: name, Tagger: who, Message: name, TargetType: plumbing.CommitObject, Target: commit})
	r.peeled["refs/tags/"+name] = commit
}

func (r *repo) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	user, password, _ := req.BasicAuth()
	switch {
	case r.user != "" && (user != r.user || password != r.password):
		http.Error(w, "bad credentials", http.StatusUnauthorized)
	case req.URL.Path == "/team/docs.git/info/refs":
		r.advertise(w)
	case req.URL.Path == "/team/docs.git/git-upload-pack":
		r.upload(w, req)
	default:
		http.NotFound(w, req)
	}
}

func (r *repo) advertise(w http.ResponseWriter) {
	ar := packp.NewAdvRefs()
	ar.Prefix = [][]byte{[]byte("# service=git-upload-pack"), pktline.Flush}
	ar.References, ar.Peeled, ar.Head = r.refs, r.peeled, &r.head
	caps := []capability.Capability{capability.Shallow, capability.OFSDelta}
	if r.byHash {
		caps = append(caps, capability.AllowReachableSHA1InWant)
	}
	for _, c := range caps {
		if err := ar.Capabilities.Set(c); err != nil {
			panic(err)
		}
	}
	_ = ar.Encode(w) // fails when the client hangs up, as some tests do
}

// upload sends the wanted commit alone, as depth 1 asks.
func (r *repo) upload(w http.ResponseWriter, req *http.Request) {
	want := packp.NewUploadPackRequest()
	if err := want.UploadRequest.Decode(req.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	objects := []plumbing.Hash{want.Wants[0]}
	commit, err := object.GetCommit(r.store, want.Wants[0])
	if tag, terr := object.GetTag(r.store, want.Wants[0]); terr == nil {
		commit, err = tag.Commit()
		objects = append(objects, tag.Target)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	objects = r.reach(commit.TreeHash, objects)
	e := pktline.NewEncoder(w)
	_ = e.Encodef("shallow %s\n", commit.Hash)
	_ = e.Flush()
	_ = e.Encodef("NAK\n")
	_, _ = packfile.NewEncoder(w, r.store, false).Encode(objects, 10)
}

func (r *repo) reach(tree plumbing.Hash, seen []plumbing.Hash) []plumbing.Hash {
	if slices.Contains(seen, tree) {
		return seen
	}
	t, err := object.GetTree(r.store, tree)
	if err != nil {
		return seen // a repository that lacks objects sends what it has
	}
	seen = append(seen, tree)
	for _, e := range t.Entries {
		switch e.Mode {
		case filemode.Dir:
			seen = r.reach(e.Hash, seen)
		case filemode.Submodule:
		default:
			if !slices.Contains(seen, e.Hash) {
				seen = append(seen, e.Hash)
			}
		}
	}
	return seen
}
