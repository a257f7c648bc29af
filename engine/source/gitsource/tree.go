package gitsource

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// checkout writes git trees through a source.Writer.
type checkout struct {
	objects    storer.EncodedObjectStorer
	w          *source.Writer
	root       *object.Tree
	budget     int // tree entries that may still be visited: trees can repeat themselves
	submodules []string
}

func (c *checkout) commit(ctx context.Context, hash plumbing.Hash) error {
	commit, err := object.GetCommit(c.objects, hash)
	if err != nil {
		return err
	}
	if c.root, err = commit.Tree(); err != nil {
		return broken("", err)
	}
	return c.tree(ctx, c.root, "")
}

// tree writes one folder; dir ends in a slash or is empty. Depth is bounded by the writer's check of the path,
// which each entry passes before it is entered.
func (c *checkout) tree(ctx context.Context, t *object.Tree, dir string) error {
	for _, e := range t.Entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if c.budget--; c.budget < 0 {
			return &source.Refused{Reason: source.ReasonEntries, Detail: "the commit has more entries than the limit"}
		}
		// Not path.Join, which would clean a hostile name before it is checked.
		if err := c.entry(ctx, e, dir+e.Name); err != nil {
			return err
		}
	}
	return nil
}

func (c *checkout) entry(ctx context.Context, e object.TreeEntry, name string) error {
	if strings.Contains(e.Name, "/") {
		return &source.Refused{Reason: source.ReasonTraversal, Path: name, Detail: "a tree entry holds a slash"}
	}
	if err := c.w.Check(name); err != nil {
		return err
	}
	if source.Ignored(name) {
		return nil
	}
	switch e.Mode {
	case filemode.Dir:
		t, err := object.GetTree(c.objects, e.Hash)
		if err != nil {
			return broken(name, err)
		}
		return c.tree(ctx, t, name+"/")
	case filemode.Regular, filemode.Executable, filemode.Deprecated:
		return c.file(ctx, name, e.Hash)
	case filemode.Symlink:
		target, err := c.follow(name, e.Hash)
		if err != nil {
			return err
		}
		return c.file(ctx, name, target)
	case filemode.Submodule:
		c.submodules = append(c.submodules, name)
		return nil
	}
	return &source.Refused{Reason: source.ReasonUnsupported, Path: name, Detail: "git entries of mode " + e.Mode.String() + " are not read"}
}

func (c *checkout) file(ctx context.Context, name string, hash plumbing.Hash) error {
	blob, err := object.GetBlob(c.objects, hash)
	if err != nil {
		return broken(name, err)
	}
	r, err := blob.Reader()
	if err != nil {
		return broken(name, err)
	}
	defer r.Close()
	_, err = c.w.File(ctx, name, blob.Size, r)
	return err
}

// follow finds the file that a link in the tree leads to: as in a folder, links
// to files inside count as copies, and all others are refused.
func (c *checkout) follow(name string, link plumbing.Hash) (plumbing.Hash, error) {
	const maxChain, maxTarget = 8, 4096
	for range maxChain {
		target, err := c.text(link, maxTarget)
		if err != nil {
			return plumbing.ZeroHash, broken(name, err)
		}
		at := path.Join(path.Dir(name), target)
		if path.IsAbs(target) || at == ".." || strings.HasPrefix(at, "../") {
			return plumbing.ZeroHash, badLink(name, "the link leaves the repository")
		}
		e, err := c.root.FindEntry(at)
		if err != nil {
			return plumbing.ZeroHash, badLink(name, "the link leads nowhere in the repository")
		}
		switch e.Mode {
		case filemode.Regular, filemode.Executable, filemode.Deprecated:
			return e.Hash, nil
		case filemode.Symlink:
			name, link = at, e.Hash
		default:
			return plumbing.ZeroHash, badLink(name, "links to folders and submodules are not followed")
		}
	}
	return plumbing.ZeroHash, badLink(name, "the links go in circles")
}

func (c *checkout) text(hash plumbing.Hash, limit int64) (string, error) {
	blob, err := object.GetBlob(c.objects, hash)
	if err != nil {
		return "", err
	}
	r, err := blob.Reader()
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit))
	return string(b), err
}

func badLink(name, detail string) error {
	return &source.Refused{Reason: source.ReasonLink, Path: name, Detail: detail + "; put a copy of the file in its place"}
}

func broken(name string, err error) error {
	return &source.Refused{Reason: source.ReasonCorrupt, Path: name, Detail: "the commit is incomplete or damaged: " + err.Error()}
}
