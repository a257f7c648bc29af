package artifact

import (
	"context"
	"io"
	"slices"
	"strings"
)

// Trees keeps folders: each file as a blob, and a manifest of them as one more.
// Folders that share files share their storage.
type Trees struct {
	store *Store
}

// TreeRef names a stored folder. It is small enough for a workflow's history.
type TreeRef struct {
	SHA256 string `json:"sha256"` // of the manifest
	Size   int64  `json:"size"`   // of the manifest, in bytes
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"` // of all files together
}

func (r TreeRef) manifest() Ref { return Ref{SHA256: r.SHA256, Size: r.Size} }

// File is one file of a tree.
type File struct {
	Path      string `json:"path"` // relative, with slashes; see io/fs.ValidPath
	Size      int64  `json:"size"` // in bytes
	SHA256    string `json:"sha256"`
	MediaType string `json:"type"`
}

// Ref names the file's content.
func (f File) Ref() Ref { return Ref{SHA256: f.SHA256, Size: f.Size} }

// Tree is the manifest of a folder. Empty folders, permissions and times are
// not part of it, so that equal content has an equal digest.
type Tree struct {
	Files []File // sorted by path, byte by byte; each path once
}

// Lookup finds a file by its path.
func (t *Tree) Lookup(path string) (File, bool) {
	i, found := slices.BinarySearchFunc(t.Files, path, func(f File, path string) int {
		return strings.Compare(f.Path, path)
	})
	if !found {
		return File{}, false
	}
	return t.Files[i], true
}

// Bytes is the size of all files together.
func (t *Tree) Bytes() (sum int64) {
	for _, f := range t.Files {
		sum += f.Size
	}
	return sum
}

// Save stores a tree whose files are stored already, such as a selection from
// another one. The files need not be sorted.
func (t *Trees) Save(ctx context.Context, tree *Tree) (TreeRef, error) {
	sorted := &Tree{Files: slices.SortedFunc(slices.Values(tree.Files), func(a, b File) int {
		return strings.Compare(a.Path, b.Path)
	})}
	if err := sorted.check(); err != nil {
		return TreeRef{}, err
	}
	source, sink := io.Pipe()
	go func() { sink.CloseWithError(writeManifest(sink, sorted)) }()
	ref, err := t.store.Put(ctx, source)
	source.Close() // lets the writer go when the store has failed
	if err != nil {
		return TreeRef{}, err
	}
	return TreeRef{SHA256: ref.SHA256, Size: ref.Size, Files: len(sorted.Files), Bytes: sorted.Bytes()}, nil
}

// Get reads a folder's manifest. One that is not stored is an [ErrNotFound].
func (t *Trees) Get(ctx context.Context, ref TreeRef) (*Tree, error) {
	r, err := t.store.Open(ctx, ref.manifest())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	tree, err := parseManifest(r)
	if err != nil {
		return nil, err
	}
	if len(tree.Files) != ref.Files || tree.Bytes() != ref.Bytes {
		return nil, &DamagedError{Key: ref.manifest().key(), Reason: "it lists another number of files or bytes than its reference says"}
	}
	return tree, nil
}
