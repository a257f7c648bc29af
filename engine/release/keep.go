package release

import (
	"time"
)

// PruneOptions say what stays: the live release always does, and all that one of
// the others asks to keep.
type PruneOptions struct {
	Keep  int           // how many of the newest releases stay
	For   time.Duration // how long a release stays after it was made or was last live
	JobID string        // names the lock's holder to those who wait; may be empty
}

// PruneReport says what went.
type PruneReport struct {
	Releases []string // IDs, the newest first
	Blobs    int      // contents, or on an object store objects, that nothing uses any more
	Bytes    int64    // and their size: the space that was freed
}

// Select tells what stays of the releases of a target, which are sorted by age, and
// what goes. history is of any order.
func (o PruneOptions) Select(list []Summary, history []Entry, now time.Time) (keep, drop []string) {
	lastLive := make(map[string]time.Time, len(history))
	for _, e := range history {
		if e.At.After(lastLive[e.Previous]) {
			lastLive[e.Previous] = e.At
		}
	}
	for i, r := range list {
		used := r.CreatedAt
		if last := lastLive[r.ID]; last.After(used) {
			used = last
		}
		if i < o.Keep || r.Live || now.Sub(used) < o.For {
			keep = append(keep, r.ID)
		} else {
			drop = append(drop, r.ID)
		}
	}
	return keep, drop
}
