package release

import (
	"errors"
	"fmt"
)

// ErrNoRelease is returned when nothing is live on the target.
var ErrNoRelease = errors.New("no release is live on this target; publish one first")

// NotFoundError says that the target holds no release with this ID: it was
// never made here, or it has been pruned.
type NotFoundError struct{ ID string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("release %q is not on this target: it was never made here or has been pruned; list the releases to see what can be chosen", e.ID)
}

// InvalidError refuses a request because one of its values cannot be used.
// Repeating the request unchanged is pointless.
type InvalidError struct {
	Field  string // the value's name, for example "job ID"
	Reason string // why it cannot be used, and what would do
}

func (e *InvalidError) Error() string { return e.Field + " " + e.Reason }

// SourceError refuses a source because of its content, not because reading it
// failed. Repeating the request with the same source is pointless.
type SourceError struct {
	Path   string // slash-separated, relative to the source; empty for the source as a whole
	Reason string
}

func (e *SourceError) Error() string {
	if e.Path == "" {
		return "the source " + e.Reason
	}
	return fmt.Sprintf("source file %q %s", e.Path, e.Reason)
}

// MismatchError says that a source delivered other bytes than it had
// announced, usually because a file changed while it was being released.
// Nothing was switched; a new listing of the source can be tried.
type MismatchError struct {
	Path      string
	Want, Got string // SHA-256, lower-case hex; Got covers only the bytes read
	WantSize  int64  // bytes announced
	GotSize   int64  // bytes read; reading stops soon after WantSize
}

func (e *MismatchError) Error() string {
	what := fmt.Sprintf("with SHA-256 %s but delivered %s", e.Want, e.Got)
	switch {
	case e.GotSize > e.WantSize:
		what = fmt.Sprintf("with %d bytes but delivered more", e.WantSize)
	case e.GotSize < e.WantSize:
		what = fmt.Sprintf("with %d bytes but delivered %d", e.WantSize, e.GotSize)
	}
	return fmt.Sprintf("source file %q was announced %s: it changed while it was read; build the site again and publish that", e.Path, what)
}

// LockedError says that another release held the target until the context
// ended. It wraps the context's error.
type LockedError struct {
	Dir    string
	Holder Holder // zero when unknown
	Err    error
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("target folder %s is in use by %s; gave up waiting for it: %v", e.Dir, e.Holder, e.Err)
}

// Unwrap returns the context's error.
func (e *LockedError) Unwrap() error { return e.Err }

// MovedError refuses a rollback because the live release is not the one that
// the caller believed to be live.
type MovedError struct{ Want, Live string }

func (e *MovedError) Error() string {
	return fmt.Sprintf("the live release is %q and no longer %q: somebody switched the target meanwhile; look at the history and decide again", e.Live, e.Want)
}

// ConflictError says that another release went live while this one was made ready.
// Nothing was switched.
type ConflictError struct {
	Release string // that was to go live
	Live    string // that went live meanwhile
	JobID   string // of the job that made it live
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("release %q was not made live: job %s made release %q live meanwhile; look at both and publish again what is to be live", e.Release, e.JobID, e.Live)
}

// RefusedError says that what holds a target refuses to be used: credentials, rights,
// names or addresses are wrong. Repeating does not help before somebody mends them.
type RefusedError struct {
	Place  string // for people
	Reason string // what is wrong
	Err    error  // what was answered
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s cannot be used: %s (%v)", e.Place, e.Reason, e.Err)
}

// Unwrap returns what was answered.
func (e *RefusedError) Unwrap() error { return e.Err }

// StoredOtherError says that a store holds other bytes than it was given. Nothing was
// switched.
type StoredOtherError struct {
	Place     string // for people
	Want, Got string // SHA-256, lower-case hex; Got may be unknown
}

func (e *StoredOtherError) Error() string {
	return fmt.Sprintf("%s was to have SHA-256 %s and has %s: the store or the way to it damages data", e.Place, e.Want, e.Got)
}

// DamagedError says that a file of the target folder is not as this package
// wrote it. Somebody has to look at the folder; repeating does not help.
type DamagedError struct {
	Path string // in the operating system's form
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the target folder is damaged at %s: %v; restore it from a backup, or move it away and publish again", e.Path, e.Err)
}

// Unwrap returns what is wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Err }
