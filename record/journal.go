package record

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// The journal tells an index, in this process or another one, what was written
// since it last looked: a note of every attempt that was started and of every
// record that was written, under keys that sort by time,
// journal/<day>/<hour and minute>/<nanoseconds>-<random>.json. It is no part of the
// records: what is older than [JournalAge] is deleted, and who needs more reads all
// records.
const journalFolder = "journal"

// JournalAge is how long notes are kept.
const JournalAge = 7 * 24 * time.Hour

// JournalSkew is how far the clocks of processes may be apart, with the time that one
// takes to write a note. Who reads the journal goes back as far each time.
const JournalSkew = 2 * time.Minute

// A Note is what the journal keeps of a record: all but its events.
type Note struct {
	Key    string  `json:"-"` // in the journal; keys sort by time
	Record *Record `json:"record"`
}

// Begun notes that an attempt was started, for which there is no record yet.
func (s *Store) Begun(ctx context.Context, r *Record) error { return s.note(ctx, r) }

// note writes a note of the record. [Store.Save] does it before it writes the record: so
// none is without a note, however the process ends.
func (s *Store) note(ctx context.Context, r *Record) error {
	short := *r
	short.Events = nil
	now := time.Now().UTC()
	key := fmt.Sprintf("%s/%019d-%s.json", minuteFolder(now), now.UnixNano(), rand.Text()[:8])
	if err := s.documents.Put(ctx, key, Note{Record: &short}); err != nil {
		return fmt.Errorf("noting the record of %s: %w", r.Status.ID, err)
	}
	return nil
}

func dayFolder(t time.Time) string    { return journalFolder + t.Format("/20060102") }
func minuteFolder(t time.Time) string { return dayFolder(t) + t.Format("/1504") }

// NoteTime returns when the note of a key was written, or the zero time.
func NoteTime(key string) (at time.Time) {
	name := key[strings.LastIndexByte(key, '/')+1:]
	var nano int64
	if _, err := fmt.Sscanf(name, "%d-", &nano); err != nil {
		return at
	}
	return time.Unix(0, nano).UTC()
}

// Notes yields the keys of the notes that were written at the given time or later,
// and ends after the first error. The folders of minutes that passed long ago are
// not looked into, unless so much has passed that whole days are listed.
func (s *Store) Notes(ctx context.Context, since time.Time) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, folder := range journalFolders(since.UTC(), time.Now().UTC().Add(JournalSkew)) {
			for key, err := range s.documents.List(ctx, folder) {
				if err != nil {
					yield("", fmt.Errorf("reading the journal: %w", err))
					return
				}
				if !NoteTime(key).Before(since) && !yield(key, nil) {
					return
				}
			}
		}
	}
}

// journalFolders are the folders with the notes of a span of time: those of its minutes
// if they are few, else those of its days.
func journalFolders(from, to time.Time) (folders []string) {
	if to.Sub(from) < 20*time.Minute {
		for at := from.Truncate(time.Minute); !at.After(to); at = at.Add(time.Minute) {
			folders = append(folders, minuteFolder(at))
		}
		return folders
	}
	for at := from.Truncate(24 * time.Hour); !at.After(to); at = at.Add(24 * time.Hour) {
		folders = append(folders, dayFolder(at))
	}
	return folders
}

// Note reads a note. One that is no longer there is an [ErrNotFound].
func (s *Store) Note(ctx context.Context, key string) (*Note, error) {
	n := &Note{Key: key}
	err := s.documents.Get(ctx, key, n)
	switch {
	case errors.Is(err, artifact.ErrNotFound):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("reading the journal: %w", err)
	case n.Record == nil || n.Record.Version != Version:
		return nil, fmt.Errorf("reading the note %s: %w", key, ErrVersion)
	}
	return n, nil
}

// TrimJournal deletes notes that are older than [JournalAge]. Several processes may do
// so at the same time.
func (s *Store) TrimJournal(ctx context.Context) error {
	limit := time.Now().Add(-JournalAge)
	for key, err := range s.documents.List(ctx, journalFolder) {
		if err != nil {
			return fmt.Errorf("trimming the journal: %w", err)
		}
		if !NoteTime(key).Before(limit) {
			return nil // keys sort by time
		}
		if err := s.documents.Delete(ctx, key); err != nil && !errors.Is(err, artifact.ErrNotFound) {
			return fmt.Errorf("trimming the journal: %w", err)
		}
	}
	return nil
}

// Keys yields the key of every attempt's record, job by job. It ends after the first
// error.
func (s *Store) Keys(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range s.documents.List(ctx, "records") {
			if err != nil {
				yield("", fmt.Errorf("reading all records: %w", err))
				return
			}
			if isAttempt(key) && !yield(key, nil) {
				return
			}
		}
	}
}

// isAttempt reports whether a key is that of an attempt's record, which its claim and
// the copy of the latest are not.
func isAttempt(key string) bool {
	number, ok := strings.CutSuffix(key[strings.LastIndexByte(key, '/')+1:], ".json")
	_, err := strconv.ParseUint(number, 10, 32)
	return ok && err == nil
}

// Read returns the record of a key that [Store.Keys] has named, or [ErrNotFound].
func (s *Store) Read(ctx context.Context, key string) (*Record, error) {
	return s.load(ctx, job.ID(key), key)
}
