package embedded

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"
)

// Names of the files in the data folder.
const (
	databaseName = "temporal.db"
	stampName    = "temporal.db.version"
	lockName     = "temporal.lock"
	logName      = "temporal.log"
)

// FolderError says that the data folder cannot be used at all.
type FolderError struct {
	Dir string
	Err error
}

func (e *FolderError) Error() string {
	return fmt.Sprintf("data folder %s cannot be used: %v", e.Dir, e.Err)
}

func (e *FolderError) Unwrap() error { return e.Err }

// LockedError says that another server uses the data folder.
type LockedError struct {
	Dir string
	PID int // process ID of the holder, 0 if it is unknown
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("data folder %s is in use by another process; stop it or choose another folder", e.Dir)
	}
	return fmt.Sprintf("data folder %s is in use by process %d; stop it or choose another folder", e.Dir, e.PID)
}

// lockFolder creates the folder if need be and takes its lock, which the
// operating system drops with the process however it ends.
func lockFolder(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &FolderError{Dir: dir, Err: err}
	}
	path := filepath.Join(dir, lockName)
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, &FolderError{Dir: dir, Err: err}
	}
	if !held {
		return nil, &LockedError{Dir: dir, PID: readPID(path)}
	}
	// The content is only a courtesy to the next caller; the lock is the lock.
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, &FolderError{Dir: dir, Err: joinUnlock(err, lock)}
	}
	return lock, nil
}

func joinUnlock(err error, lock *flock.Flock) error {
	if unlockErr := lock.Unlock(); unlockErr != nil {
		return fmt.Errorf("%w (and %w)", err, unlockErr)
	}
	return err
}

// readPID returns the process ID noted in the lock file, or 0.
func readPID(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		return 0
	}
	return pid
}
