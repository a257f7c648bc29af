package job

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Extension says how long the result of an ended job is kept: exactly one of its
// fields is given.
type Extension struct {
	Until *time.Time `json:"until,omitempty"`
	For   string     `json:"for,omitempty"` // from now on; see [ParseSpan]
	// Pin keeps the result until it is unpinned, which begins the job's time anew.
	Pin *bool `json:"pin,omitempty"`
}

// Normalize returns what is wrong.
func (e *Extension) Normalize() (faults []Fault) {
	given := 0
	for _, is := range []bool{e.Until != nil, e.For != "", e.Pin != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return []Fault{{"until", "give one of until, for and pin."}}
	}
	if e.For != "" {
		if _, err := ParseSpan(e.For); err != nil {
			faults = append(faults, Fault{"for", err.Error() + "."})
		}
	}
	return faults
}

// maxSpan bounds what [ParseSpan] returns.
const maxSpan = 100 * 365 * 24 * time.Hour

// units of time in which people count how long something is kept.
var units = map[string]time.Duration{
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// ParseSpan returns how long "36h", "14d" or "2w" is: a whole number and s, m, h, d or
// w.
func ParseSpan(s string) (time.Duration, error) {
	number := strings.TrimRight(s, "smhdw")
	unit, known := units[s[len(number):]]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !known || n <= 0 || n > int64(maxSpan/unit) {
		return 0, fmt.Errorf("%.20q is not a time such as 36h, 14d or 2w", s)
	}
	return time.Duration(n) * unit, nil
}

// FormatSpan writes a span as [ParseSpan] reads it, in the largest unit that fits.
func FormatSpan(d time.Duration) string {
	for _, unit := range []string{"d", "h", "m"} {
		if d >= units[unit] && d%units[unit] == 0 {
			return strconv.FormatInt(int64(d/units[unit]), 10) + unit
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

// An ArchiveState says where the copy of a result stands.
type ArchiveState string

// The states of an archive.
const (
	ArchivePending ArchiveState = "pending" // being made, or tried again; the result does not expire before it is there
	ArchiveStored  ArchiveState = "stored"  // there, read back and found to be what was written
	ArchiveNone    ArchiveState = "none"    // the job ended without a result
)

// An Archived is the copy of a job's result in an archive of the operator's.
type Archived struct {
	Name     string       `json:"name"` // of the archive, in the operator's configuration
	State    ArchiveState `json:"state"`
	Location string       `json:"location,omitempty"` // where the copy is: the archive's address and the file in it
	SHA256   string       `json:"sha256,omitempty"`   // of the copy, lower-case hex
	Size     int64        `json:"size,omitempty"`     // bytes
	Files    int          `json:"files,omitempty"`
	At       *time.Time   `json:"at,omitempty"` // when it was complete
}

// Gone is the error for the artifacts of a job that has expired.
func Gone(s *Status) *Error {
	e := &Error{
		Code: CodeGone, Cause: CauseConfiguration, JobID: s.ID,
		Message: fmt.Sprintf("The artifacts and logs of the job have expired; it had ended as %s%s.", s.Outcome(), on(s.FinishedAt)),
		Hint:    "The status still tells what was done. To have the result again, submit the same work again, or `docjobs resubmit " + string(s.ID) + "`.",
	}
	if parent := s.ID.Parent(); parent != "" {
		e.Hint = "The status still tells what was done. To have the result again, `docjobs resubmit " + string(parent) + "`."
	}
	if a := s.Archive; a != nil && a.State == ArchiveStored {
		e.Hint = "A copy of the result is in the archive " + a.Name + ": " + a.Location + ". " + e.Hint
	}
	return e
}

// on says on which day something was.
func on(at *time.Time) string {
	if at == nil {
		return ""
	}
	return " on " + at.UTC().Format("2006-01-02")
}
