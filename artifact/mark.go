package artifact

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"gocloud.dev/blob"
)

// marks is a set of digests.
type marks map[[sha256.Size]byte]struct{}

// add adds a digest and reports whether it is new.
func (m marks) add(digest string) bool {
	key := markOf(digest)
	_, known := m[key]
	m[key] = struct{}{}
	return !known
}

func (m marks) has(digest string) bool {
	_, known := m[markOf(digest)]
	return known
}

func markOf(digest string) (key [sha256.Size]byte) {
	_, _ = hex.Decode(key[:], []byte(digest)) // which is valid
	return key
}

// mark finds out what is needed.
func (w *sweep) mark(ctx context.Context) error {
	held, err := w.Holds().all(ctx)
	if err != nil {
		return err
	}
	digests := slices.Collect(maps.Keys(held))
	w.tell()
	err = parallel(ctx, w.workers, len(digests), func(ctx context.Context, i int) error {
		return w.need(ctx, digests[i])
	})
	if err != nil || w.Also == nil {
		return err
	}
	for ref, err := range w.Also(ctx, w.needed.has) {
		if err != nil {
			return err
		}
		w.needed.add(ref.SHA256)
	}
	return nil
}

// need marks a digest, and what the blob refers to if it is a folder's manifest, or a
// list of JSON values some of which are folders. One that is not stored refers to
// nothing. It may be called by several at once.
func (w *sweep) need(ctx context.Context, digest string) error {
	w.marking.Lock()
	w.needed.add(digest)
	first := w.seen.add(digest)
	w.marking.Unlock()
	if !first {
		return nil
	}
	content, err := w.openDigest(ctx, digest)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer content.Close()
	r := bufio.NewReaderSize(contextReader{ctx, content}, 64*1024)
	begin, err := r.Peek(len(manifestBegin))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return storeError("read", blobKey(digest), err)
	case string(begin) == manifestBegin:
		return w.markTree(digest, r)
	case bytes.HasPrefix(begin, []byte("{")):
		if err := w.markValues(ctx, r); err != nil {
			return storeError("read", blobKey(digest), err)
		}
	}
	return nil
}

// manifestBegin is what every manifest begins with.
const manifestBegin = `{"tree":`

// openDigest opens a blob whose size is not known.
func (w *sweep) openDigest(ctx context.Context, digest string) (*blob.Reader, error) {
	r, err := findAgain(ctx, w.Store, digest, func() (*blob.Reader, error) {
		return w.bucket.NewReader(ctx, blobKey(digest), nil)
	})
	if err != nil {
		return nil, storeError("read", blobKey(digest), err)
	}
	return r, nil
}

// markTree marks the files of a folder. Of a manifest that cannot be read it is not
// known what it needs.
func (w *sweep) markTree(digest string, r io.Reader) error {
	tree, err := parseManifest(r)
	if err != nil {
		return &DamagedError{Key: blobKey(digest), Reason: err.Error()}
	}
	w.marking.Lock()
	defer w.marking.Unlock()
	for _, f := range tree.Files {
		w.needed.add(f.SHA256)
	}
	return nil
}

// markValues marks the folders in a list of JSON values. What is no such list has
// none.
func (w *sweep) markValues(ctx context.Context, r io.Reader) error {
	for decoder := json.NewDecoder(r); ; {
		var value any
		err := decoder.Decode(&value)
		if _, syntax := errors.AsType[*json.SyntaxError](err); syntax || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, digest := range treesIn(value) {
			if err := w.need(ctx, digest); err != nil {
				return err
			}
		}
	}
}

// treesIn returns the digests of the [TreeRef]s in a JSON value.
func treesIn(value any) (digests []string) {
	switch v := value.(type) {
	case map[string]any:
		digest, _ := v["sha256"].(string)
		_, files := v["files"].(float64)
		if files && validDigest(digest) {
			digests = append(digests, digest)
		}
		for _, inner := range v {
			digests = append(digests, treesIn(inner)...)
		}
	case []any:
		for _, inner := range v {
			digests = append(digests, treesIn(inner)...)
		}
	}
	return digests
}
