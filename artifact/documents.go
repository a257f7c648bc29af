package artifact

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
)

// maxDocument bounds what one JSON document may be, in bytes. Larger things are
// blobs.
const maxDocument = 16 << 20

// Documents keeps small JSON documents under keys that the caller chooses, such
// as "jobs/publish-3f9k2m7qx1ab/record.json". See [Documents.Put] for keys.
type Documents struct {
	store *Store
}

// Put stores v as JSON; an existing document is replaced. A key consists of
// letters, digits, '.', '-' and '_' between slashes, is no more than 512 bytes
// long, and lies outside of blobs/, bin/ and logs/.
func (d *Documents) Put(ctx context.Context, key string, v any) error {
	return d.put(ctx, key, v, false)
}

// Create stores v as JSON under a key that must not exist: of many writers at
// the same time one succeeds, and the others get an [ErrExists].
func (d *Documents) Create(ctx context.Context, key string, v any) error {
	return d.put(ctx, key, v, true)
}

func (d *Documents) put(ctx context.Context, key string, v any, create bool) error {
	if err := checkDocumentKey(key); err != nil {
		return err
	}
	content, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("store %s as JSON: %w", key, err)
	}
	if len(content) > maxDocument {
		return fmt.Errorf("store %s: %d bytes of JSON are too large for a document, at most %d are allowed", key, len(content), maxDocument)
	}
	return d.store.writeKey(ctx, key, content, create)
}

// Get reads the document into v. One that does not exist is an [ErrNotFound].
func (d *Documents) Get(ctx context.Context, key string, v any) error {
	if err := checkDocumentKey(key); err != nil {
		return err
	}
	content, err := d.store.readKey(ctx, key, maxDocument)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, v); err != nil {
		return &DamagedError{Key: key, Reason: err.Error()}
	}
	return nil
}

// Delete removes a document. One that does not exist is an [ErrNotFound].
func (d *Documents) Delete(ctx context.Context, key string) error {
	if err := checkDocumentKey(key); err != nil {
		return err
	}
	if err := d.store.bucket.Delete(ctx, key); err != nil {
		return storeError("delete", key, err)
	}
	if d.store.dir != "" {
		d.store.removeEmpty(key)
	}
	return nil
}

// List yields the keys of all documents in a folder and the folders in it, such
// as "jobs/publish-3f9k2m7qx1ab". It ends after the first error.
func (d *Documents) List(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := checkDocumentKey(folder); err != nil {
			yield("", err)
			return
		}
		d.store.list(ctx, folder+"/", "")(yield)
	}
}

// CheckpointKey is the document key under which a step keeps finished work for
// the next attempt. The digest of all input that the work depends on is part of
// it, so that other input finds no checkpoint instead of a wrong one.
func CheckpointKey(job, name, inputDigest string) string {
	return "checkpoints/" + job + "/" + name + "-" + inputDigest + ".json"
}

func checkDocumentKey(key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	// A file system may not tell Blobs/ from blobs/.
	for _, taken := range []string{blobsPrefix, binPrefix, logsPrefix} {
		if strings.HasPrefix(strings.ToLower(key)+"/", taken) {
			return fmt.Errorf("key %q is not allowed: %s is not a place for documents", key, taken)
		}
	}
	return nil
}
