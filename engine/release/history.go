package release

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// keepHistory is how many switches a pruned history keeps.
const keepHistory = 10_000

// History returns the last switches of the target, at most limit, the newest
// first. It reaches back further than the releases, which are pruned sooner.
func (t *FileTarget) History(ctx context.Context, limit int) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := t.readState()
	if err != nil {
		return nil, err
	}
	slices.Reverse(s.history)
	return s.history[:min(max(limit, 0), len(s.history))], nil
}

// state is what decides about a switch: what is live and how it became so.
type state struct {
	live    string // empty when nothing is live
	history []Entry
	size    int64 // bytes of the history file that count; more than that is debris
}

// readState reads the history and drops what never happened. An entry is
// written before the switch that it describes (after it, a crash in between
// would lose it, and a retry could not tell that the switch was already
// made). So if the last entry's predecessor is still live, the switch did
// not take place. If neither of the two is live, somebody moved the pointer by
// hand; then the entry stands.
func (t *FileTarget) readState() (state, error) {
	var s state
	entries, ends, err := readHistory(t.path("history.jsonl"))
	if err != nil {
		return s, fmt.Errorf("cannot read the target's history: %w", err)
	}
	// Only now, so that a switch between the two reads cannot make the last
	// entry look undone while it is being done by the lock's holder.
	if s.live, err = t.LiveID(); err != nil && !errors.Is(err, ErrNoRelease) {
		return s, err
	}
	if n := len(entries); n > 0 && entries[n-1].Release != s.live && entries[n-1].Previous == s.live {
		entries, ends = entries[:n-1], ends[:n-1]
	}
	s.history = entries
	if n := len(ends); n > 0 {
		s.size = ends[n-1]
	}
	return s, nil
}

// readHistory returns the entries and where each one's line ends in the file.
// A last line without its line feed was torn by a crash and does not count.
// A line that cannot be read is skipped: a log must not stop a release.
func readHistory(path string) (entries []Entry, ends []int64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	var at int64
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return entries, ends, nil
		}
		if err != nil {
			return nil, nil, err
		}
		at += int64(len(line))
		var e Entry
		if json.Unmarshal(line, &e) == nil {
			entries, ends = append(entries, e), append(ends, at)
		}
	}
}

// record appends an entry durably, over whatever debris follows s.size.
func (t *FileTarget) record(s state, e Entry) error {
	line, err := encode(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(t.path("history.jsonl"), os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	err = f.Truncate(s.size)
	if err == nil {
		_, err = f.WriteAt(line, s.size)
	}
	if err == nil {
		err = t.sync.file(f)
	}
	return cmp.Or(err, f.Close())
}

// trimHistory forgets the oldest switches. The caller holds the lock.
func (t *FileTarget) trimHistory(keep int) error {
	s, err := t.readState()
	if err != nil || len(s.history) <= keep {
		return err
	}
	var buf bytes.Buffer
	for _, e := range s.history[len(s.history)-keep:] {
		line, err := encode(e)
		if err != nil {
			return err
		}
		buf.Write(line)
	}
	return t.replaceFile("history.jsonl", buf.Bytes())
}

// replaceFile writes a file of the target through a temporary name.
func (t *FileTarget) replaceFile(name string, data []byte) error {
	tmp := t.path("tmp", name)
	if err := t.writeFile(tmp, data, 0o644); err != nil {
		return err
	}
	return cmp.Or(os.Rename(tmp, t.path(name)), t.sync.dir(t.dir))
}

func (t *FileTarget) writeFile(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = t.sync.file(f)
	}
	return cmp.Or(err, f.Close())
}
