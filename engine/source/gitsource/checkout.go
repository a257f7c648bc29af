package gitsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// Result describes a checked-out commit.
type Result struct {
	source.Summary
	Commit     string
	Submodules []string // paths of submodules: they are not fetched and not in the tree
}

// Checkout fetches commit (as [Resolve] returned it) and writes its files to
// dir, which must not exist or be empty. On any error, and when ctx ends,
// nothing is left behind. The history is not fetched.
//
// If the server gives no commits by hash, src.Ref must still point to commit;
// else the error is of [KindMoved] and the caller resolves again.
//
// progress and log may be nil. What the server reports goes to log, without
// control characters.
func Checkout(ctx context.Context, src Source, commit, dir string, o Options, progress source.Progress, log io.Writer) (res Result, err error) {
	if o, err = o.withDefaults(); err != nil {
		return Result{}, err
	}
	if !isHash(commit) {
		return Result{}, refuse(ReasonRef, "a commit is named by its full hash, 40 hex digits")
	}
	ctx, cancel := bound(ctx, src, o)
	defer cancel()
	w, err := source.NewWriter(dir, o.Limits, progress)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, w.Abort()) }()
	temp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".git-*")
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	objects, err := fetch(ctx, src, plumbing.NewHash(commit), temp, o, log)
	if err != nil {
		return Result{}, err
	}
	c := &checkout{objects: objects, w: w, budget: 2*o.Limits.Entries + 1}
	if err := c.commit(ctx, plumbing.NewHash(commit)); err != nil {
		return Result{}, err
	}
	sum, err := w.Commit(ctx, source.FormatGit)
	return Result{Summary: sum, Commit: strings.ToLower(commit), Submodules: c.submodules}, err
}

// fetch gets the objects of one commit into a bare object store under temp.
func fetch(ctx context.Context, src Source, commit plumbing.Hash, temp string, o Options, log io.Writer) (storer.EncodedObjectStorer, error) {
	c, err := dial(ctx, src, o)
	if err != nil {
		return nil, err
	}
	defer c.close()
	want, err := c.want(commit)
	if err != nil {
		return nil, err
	}
	pack, err := c.download(ctx, want, filepath.Join(temp, "fetched.pack"), log)
	if err != nil {
		return nil, c.classify(ctx, err)
	}
	defer pack.Close()
	if err := checkPack(ctx, pack, o.Limits); err != nil {
		return nil, c.classify(ctx, err)
	}
	if _, err := pack.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	store := filesystem.NewStorageWithOptions(osfs.New(filepath.Join(temp, "store")),
		cache.NewObjectLRU(32*cache.MiByte), filesystem.Options{LargeObjectThreshold: 1 << 20})
	if err := packfile.UpdateObjectStorage(store, ctxReader{ctx, pack}); err != nil {
		return nil, c.classify(ctx, err)
	}
	if _, err := object.GetCommit(store, commit); err != nil {
		return nil, c.fail(KindProtocol, "the server sent something else than commit "+commit.String())
	}
	return store, nil
}

// want chooses the object to ask for. Servers that do not advertise
// allow-tip-sha1-in-want or allow-reachable-sha1-in-want (gitprotocol-capabilities(5))
// give only what a ref points to, which for an annotated tag is the tag.
func (c *conn) want(commit plumbing.Hash) (plumbing.Hash, error) {
	for _, h := range c.refs.References {
		if h == commit {
			return commit, nil
		}
	}
	if c.refs.Head != nil && *c.refs.Head == commit {
		return commit, nil
	}
	for name, h := range c.refs.Peeled {
		if tag, ok := c.refs.References[name]; ok && h == commit {
			return tag, nil
		}
	}
	caps := c.refs.Capabilities
	if caps.Supports(capability.AllowReachableSHA1InWant) || caps.Supports(capability.AllowTipSHA1InWant) {
		return commit, nil
	}
	return plumbing.ZeroHash, c.fail(KindMoved, "no branch or tag points to commit "+commit.String()+
		" any more, and the server gives out no commits by hash; submit again to use the present one")
}

// download saves the pack with want and what it needs.
func (c *conn) download(ctx context.Context, want plumbing.Hash, name string, log io.Writer) (_ *os.File, err error) {
	req := packp.NewUploadPackRequestFromCapabilities(c.refs.Capabilities)
	req.Wants = []plumbing.Hash{want}
	if c.refs.Capabilities.Supports(capability.Shallow) {
		req.Depth = packp.DepthCommits(1)
		if err := req.Capabilities.Set(capability.Shallow); err != nil {
			return nil, err
		}
	}
	res, err := c.session.UploadPack(ctx, req)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(f, ctxReader{ctx, demux(req.Capabilities, res, log)})
	if err == nil && n == 0 {
		err = c.fail(KindMoved, "the server gives out no commit "+want.String()+"; resolve the branch or tag again")
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func demux(caps *capability.List, r io.Reader, log io.Writer) io.Reader {
	var kind sideband.Type
	switch {
	case caps.Supports(capability.Sideband64k):
		kind = sideband.Sideband64k
	case caps.Supports(capability.Sideband):
		kind = sideband.Sideband
	default:
		return r
	}
	d := sideband.NewDemuxer(kind, r)
	if log != nil {
		d.Progress = plainLog{log}
	}
	return d
}

// plainLog keeps a hostile server from steering the reader's terminal.
type plainLog struct{ w io.Writer }

func (l plainLog) Write(p []byte) (int, error) {
	// What git writes over on a terminal ends in a carriage return: of progress
	// only the last word counts.
	var kept []string
	for line := range strings.Lines(string(p)) {
		kept = append(kept, line[strings.LastIndexByte(strings.TrimSuffix(line, "\r"), '\r')+1:])
	}
	kept = slices.DeleteFunc(kept, func(line string) bool { return strings.HasSuffix(line, "\r") })
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\n':
			return '\n'
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '?'
		}
		return r
	}, strings.Join(kept, ""))
	if _, err := io.WriteString(l.w, clean); err != nil {
		return 0, fmt.Errorf("writing the log: %w", err)
	}
	return len(p), nil
}

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
