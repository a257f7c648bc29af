package artifact

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
)

// A Vault is a bucket of the operator's, for copies that are to outlive everything in
// the store. Nothing is ever deleted from it.
type Vault struct {
	store *Store
	url   *url.URL
}

// OpenVault opens the vault at an address, which is one that [Open] takes. The caller
// closes it.
func OpenVault(ctx context.Context, address string) (*Vault, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the archive: %w", err)
	}
	store, err := Open(ctx, address, Options{})
	if err != nil {
		return nil, err
	}
	return &Vault{store, u}, nil
}

// Close releases the bucket.
func (v *Vault) Close() error { return v.store.Close() }

// Location is the address of a file of the vault, without parameters and secrets.
func (v *Vault) Location(key string) string {
	u := url.URL{Scheme: v.url.Scheme, Host: v.url.Host, Path: path.Join("/", v.url.Path, key)}
	return u.String()
}

// Put stores what write writes, reads it back, and compares. A file that is there
// already is replaced; while that is going on, and if anything fails, what was there
// stays as it was. A copy that is not what was written is a [DamagedError].
func (v *Vault) Put(ctx context.Context, key string, write func(io.Writer) error) (Ref, error) {
	if err := checkKey(key); err != nil {
		return Ref{}, err
	}
	written, err := v.write(ctx, key, write)
	if err != nil {
		return Ref{}, fmt.Errorf("archiving %s: %w", v.Location(key), err)
	}
	stored, err := v.read(ctx, key)
	if err != nil {
		return Ref{}, fmt.Errorf("reading %s back: %w", v.Location(key), err)
	}
	if stored != written {
		return Ref{}, &DamagedError{Key: v.Location(key), Reason: fmt.Sprintf("%s was written, and %s is stored", written, stored)}
	}
	return written, nil
}

// write commits the file only when all of it was written.
func (v *Vault) write(ctx context.Context, key string, write func(io.Writer) error) (Ref, error) {
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	w, err := v.store.bucket.NewWriter(ctx, key, nil)
	if err != nil {
		return Ref{}, err
	}
	hash := sha256.New()
	count := &counter{w: io.MultiWriter(w, hash)}
	if err := write(count); err != nil {
		abort() // closing a writer whose context has ended discards it
		_ = w.Close()
		return Ref{}, err
	}
	if err := w.Close(); err != nil {
		return Ref{}, err
	}
	return refOf(hash, count.n), v.sync(key)
}

// sync makes sure that a power cut does not take a file of a folder.
func (v *Vault) sync(key string) error {
	if v.store.dir == "" {
		return nil
	}
	f, err := os.Open(v.store.path(key))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (v *Vault) read(ctx context.Context, key string) (Ref, error) {
	r, err := v.store.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return Ref{}, err
	}
	defer r.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, contextReader{ctx, r})
	return refOf(hash, n), err
}

// counter counts what passes by.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
