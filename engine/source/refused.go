package source

import (
	"errors"
	"fmt"
)

// Reason is the stable code of a refusal, fit for API answers and for tests.
type Reason string

// The reasons for which input is refused.
const (
	ReasonFormat        Reason = "unknown_format"    // neither zip nor tar nor gzipped tar
	ReasonCorrupt       Reason = "corrupt"           // truncated, damaged, or headers that contradict the data
	ReasonEmpty         Reason = "empty"             // not one file in it
	ReasonTraversal     Reason = "path_traversal"    // "..", absolute path, drive letter, backslash
	ReasonName          Reason = "bad_name"          // NUL, control character, not UTF-8, empty or reserved component
	ReasonLink          Reason = "link"              // symbolic or hard link that may not be followed
	ReasonDevice        Reason = "special_file"      // device, socket, FIFO
	ReasonDuplicate     Reason = "duplicate"         // the same path twice
	ReasonCaseDuplicate Reason = "case_duplicate"    // paths that are one on macOS and Windows
	ReasonConflict      Reason = "file_dir_conflict" // a path is both file and folder
	ReasonEncrypted     Reason = "encrypted"         // zip entry with a password
	ReasonUnsupported   Reason = "unsupported"       // compression method or entry type that is not read
	ReasonOverlap       Reason = "overlap"           // zip entries that share bytes: a bomb
	ReasonRatio         Reason = "ratio"             // expands more than [Limits.Ratio] times
	ReasonEntries       Reason = "too_many_entries"  // over [Limits.Entries]
	ReasonFileSize      Reason = "file_too_large"    // over [Limits.FileBytes]
	ReasonTotalSize     Reason = "source_too_large"  // over [Limits.TotalBytes]
	ReasonDepth         Reason = "too_deep"          // over [Limits.Depth]
	ReasonLongName      Reason = "name_too_long"     // over [Limits.PathBytes] or [Limits.NameBytes]
	ReasonLimits        Reason = "bad_limits"        // the limits themselves contradict each other
)

// Refused says that the input is bad and that trying again will not help.
type Refused struct {
	Reason Reason
	Path   string // the entry, as the input spells it; empty if it is about the whole
	Detail string // one sentence for a writer: what is wrong and what to do
}

// Error implements error. Paths are quoted: they come from the input.
func (r *Refused) Error() string {
	if r.Path == "" {
		return fmt.Sprintf("source refused (%s): %s", r.Reason, r.Detail)
	}
	return fmt.Sprintf("source refused (%s): %.200q: %s", r.Reason, r.Path, r.Detail)
}

// ErrChanged is wrapped by errors about a file that was written to while it was
// read. The caller may try again when the folder is at rest.
var ErrChanged = errors.New("the file changed while it was being read; save your work and try again")

func refuse(reason Reason, path, format string, args ...any) error {
	return &Refused{Reason: reason, Path: path, Detail: fmt.Sprintf(format, args...)}
}
