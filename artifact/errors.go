package artifact

import (
	"errors"
	"fmt"

	"gocloud.dev/gcerrors"
)

var (
	// ErrNotFound says that nothing is stored under a key or digest.
	ErrNotFound = errors.New("not found in the artifact store")
	// ErrExists says that a key which was to be created exists already.
	ErrExists = errors.New("exists already in the artifact store")
)

// DamagedError says that stored bytes are not what they were when they were
// stored: the digest, the size or the form is another. The store needs repair;
// storing the same content again replaces a copy of the wrong size.
type DamagedError struct {
	Key    string // the key in the bucket
	Reason string // what is wrong with it
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("stored copy of %s is damaged: %s", e.Key, e.Reason)
}

// MismatchError says that content offered under a digest has another one, so
// that nothing was stored. The content changed or was cut off on its way here.
type MismatchError struct {
	Want, Got Ref
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("content does not match its digest: %s was announced, %s arrived; nothing was stored", e.Want, e.Got)
}

// FileError says that a file in a folder cannot become part of a tree: a link,
// a device, a name that is not UTF-8. The folder is at fault, not the store.
type FileError struct {
	Path   string // relative to the folder
	Reason string
}

func (e *FileError) Error() string { return fmt.Sprintf("%s: %s", e.Path, e.Reason) }

// storeError says what was being done to which key, and makes the two errors
// that callers handle recognizable whatever the bucket.
func storeError(doing, key string, err error) error {
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		return fmt.Errorf("%s: %w", key, ErrNotFound)
	case gcerrors.FailedPrecondition, gcerrors.AlreadyExists:
		return fmt.Errorf("%s: %w", key, ErrExists)
	}
	return fmt.Errorf("%s %s: %w", doing, key, err)
}
