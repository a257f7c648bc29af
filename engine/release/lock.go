package release

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a waiter asks again. flock(2) cannot wait with a
// deadline; twenty tries a second cost nothing and no person notices.
const lockPoll = 50 * time.Millisecond

// Holder is who holds a target's lock.
type Holder struct {
	JobID string    `json:"job_id,omitempty"`
	Doing string    `json:"doing"` // publish, rollback, prune
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	who := "a " + h.Doing
	if h.JobID != "" {
		who += " of job " + h.JobID
	}
	return fmt.Sprintf("%s (process %d on %s since %s)", who, h.PID, h.Host, h.Since.Format(time.RFC3339))
}

// lock waits for the exclusive right to change the target, until ctx ends.
// The kernel drops the lock with the process, so a killed one never blocks.
// Whoever gets the lock clears tmp: all in there is left from a killed holder.
func (t *FileTarget) lock(ctx context.Context, doing, jobID string) (unlock func(), err error) {
	// One Flock for each call: flock(2) belongs to the open file, so that two
	// goroutines exclude each other as two processes do.
	l := flock.New(t.path("lock"), flock.SetPermissions(0o644))
	ok, err := l.TryLockContext(ctx, lockPoll)
	if ctx.Err() != nil && !ok {
		return nil, &LockedError{Dir: t.dir, Holder: t.holder(), Err: ctx.Err()}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot lock the target folder %s: %w", t.dir, err)
	}
	unlock = func() {
		t.setHolder(Holder{})
		l.Close()
	}
	host, _ := os.Hostname()
	t.setHolder(Holder{JobID: jobID, Doing: doing, PID: os.Getpid(), Host: host, Since: t.now().UTC()})
	if err := t.clearTmp(); err != nil {
		unlock()
		return nil, fmt.Errorf("cannot clear what a killed release left in %s: %w", t.path("tmp"), err)
	}
	return unlock, nil
}

// setHolder notes the holder for those who wait. It is a courtesy: a failure
// costs them a name and nothing else, hence no error.
func (t *FileTarget) setHolder(h Holder) {
	var data []byte
	if h.PID != 0 {
		data, _ = json.Marshal(h)
	}
	if err := os.WriteFile(t.path("lock"), data, 0o644); err != nil {
		t.log.Warn("cannot note the holder of the release lock", "path", t.path("lock"), "error", err)
	}
}

func (t *FileTarget) holder() Holder {
	var h Holder
	if data, err := os.ReadFile(t.path("lock")); err == nil && json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}

func (t *FileTarget) clearTmp() error {
	entries, err := os.ReadDir(t.path("tmp"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(t.path("tmp"), e.Name())); err != nil {
			return err
		}
	}
	return nil
}
