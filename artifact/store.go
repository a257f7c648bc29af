package artifact

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file://
	"gocloud.dev/blob/memblob"
)

// Options of a store. The zero value is usable.
type Options struct {
	// Scratch is the folder for content of unknown digest that is too large for
	// memory; "" is the system's folder for temporary files.
	Scratch string
}

// Store keeps blobs under their digest. It is safe for concurrent use.
type Store struct {
	bucket  *blob.Bucket
	scratch string
	dir     string // the bucket's folder, "" if it is not a local one
	workers int    // how many files to move at once, unless the caller says
}

// remoteWorkers hides the round trips of a bucket behind a network.
const remoteWorkers = 32

// New makes a store of a bucket, which the store closes.
//
// A fileblob bucket given here checks and creates in two steps, so that two
// writers may both create the same key: use [Open] for folders.
func New(bucket *blob.Bucket, o Options) *Store {
	return &Store{bucket: bucket, scratch: o.Scratch, workers: remoteWorkers}
}

// Open opens the store at an address:
//
//	file:///var/lib/docjobs/artifacts   a folder, made for this user alone if missing
//	mem://                              memory; gone when the process ends
//	s3://bucket?region=eu-central-1     S3 or alike; parameters as in gocloud.dev/blob/s3blob
//
// The caller closes the store.
func Open(ctx context.Context, address string, o Options) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the artifact store: %w", err)
	}
	switch u.Scheme {
	case "file":
		return openFolder(ctx, u, o)
	case memblob.Scheme:
		s := New(memblob.OpenBucket(&memblob.Options{NoMD5: true}), o)
		s.workers = 2 * runtime.GOMAXPROCS(0)
		return s, nil
	}
	bucket, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open the artifact store %s: %w", u.Redacted(), err)
	}
	return New(bucket, o), nil
}

// openFolder lets fileblob write no sidecar files (half of the inodes and an
// MD5 for nothing) and prepare its writes in the bucket's own folder, from where
// a rename is atomic.
func openFolder(ctx context.Context, u *url.URL, o Options) (*Store, error) {
	if u.Host != "" && u.Host != "localhost" || !filepath.IsAbs(u.Path) || u.RawQuery != "" {
		return nil, fmt.Errorf("address of the artifact store %s: write file:// and an absolute path, as in file:///var/lib/docjobs", u)
	}
	with := *u
	with.RawQuery = url.Values{
		"metadata": {"skip"}, "no_tmp_dir": {"true"}, "create_dir": {"true"}, "dir_file_mode": {"0700"},
	}.Encode()
	bucket, err := blob.OpenBucket(ctx, with.String())
	if err != nil {
		return nil, fmt.Errorf("open the artifact store %s: %w", u, err)
	}
	s := New(bucket, o)
	s.dir = filepath.Clean(u.Path)
	s.workers = 2 * runtime.GOMAXPROCS(0)
	return s, nil
}

// Close releases the bucket. Readers and writers must be closed before.
func (s *Store) Close() error { return s.bucket.Close() }

// Trees returns the folders kept in this store.
func (s *Store) Trees() *Trees { return &Trees{store: s} }

// Documents returns the small JSON documents kept in this store.
func (s *Store) Documents() *Documents { return &Documents{store: s} }

// Logs returns the logs kept in this store.
func (s *Store) Logs() *Logs { return &Logs{store: s} }

// spool makes a temporary file that is gone when it is closed, or when the
// process dies.
func (s *Store) spool() (*os.File, error) {
	f, err := os.CreateTemp(s.scratch, "artifact-*")
	if err != nil {
		return nil, fmt.Errorf("scratch file for an upload: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("scratch file for an upload: %w", err)
	}
	return f, nil
}
