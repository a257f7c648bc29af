package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/record"
)

const (
	// chunk is how many records are read and put in at once.
	chunk = 200
	// readsAtOnce is how many records are read at the same time.
	readsAtOnce = 16
	// patience is how long whoever asks for a list waits for what is new.
	patience = 2 * time.Second
	// every is how often the journal is read while nobody asks.
	every = 5 * time.Second
	// trimEvery is how often old notes are deleted.
	trimEvery = time.Hour
)

// resume reads how far the index has come. One that has been away for longer than the
// journal goes back begins anew, keeping what it has.
func (x *Index) resume(ctx context.Context) error {
	x.notes = map[string]bool{}
	through, err := x.progress(ctx, "through")
	if err != nil {
		return err
	}
	complete, err := x.progress(ctx, "complete")
	if err != nil {
		return err
	}
	if at := time.UnixMicro(through); through == 0 || time.Since(at) > record.JournalAge-time.Hour {
		x.through.Store(time.Now().UnixMicro())
		return x.change(ctx, func(tx *sql.Tx) error {
			return errors.Join(setProgress(ctx, tx, "through", x.through.Load()), setProgress(ctx, tx, "complete", 0))
		})
	}
	x.through.Store(through)
	if complete == 1 {
		close(x.built)
	}
	rows, err := x.write.QueryContext(ctx, "SELECT key FROM notes")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return err
		}
		x.notes[key] = true
	}
	return rows.Err()
}

// progress returns a number that was kept, or 0.
func (x *Index) progress(ctx context.Context, name string) (n int64, err error) {
	err = x.write.QueryRowContext(ctx, "SELECT value FROM progress WHERE name = ?", name).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

func setProgress(ctx context.Context, tx *sql.Tx, name string, value int64) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO progress VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
	return err
}

// Fill begins to put in every record there is, if that has not been done, and goes on
// to read the journal until the index is closed.
func (x *Index) Fill() {
	x.building.Do(func() {
		x.group.Go(x.build)
		x.group.Go(x.follow)
	})
}

// follow reads the journal again and again, and trims it.
func (x *Index) follow() {
	tick := time.NewTicker(every)
	defer tick.Stop()
	trimmed := time.Time{}
	for {
		if err := x.catchUp(x.ctx); err != nil && x.ctx.Err() == nil {
			x.c.Logger.Warn("The index of jobs is behind.", "error", err)
		}
		if time.Since(trimmed) > trimEvery {
			trimmed = time.Now()
			if err := x.c.Records.TrimJournal(x.ctx); err != nil && x.ctx.Err() == nil {
				x.c.Logger.Warn("Old notes of the journal stay.", "error", err)
			}
		}
		select {
		case <-x.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Fresh brings the index up to date with everything that was written before it was
// called, by whatever process, and returns "". If that takes too long or cannot be
// done, it returns what the index lacks, in a sentence.
func (x *Index) Fresh(ctx context.Context) (behind string) {
	x.Fill()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := x.catchUp(ctx); err != nil {
		if x.ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
			x.c.Logger.Warn("The index of jobs is behind.", "error", err)
		}
		return "The newest jobs may be missing, and states be old: what was written since " +
			x.since().UTC().Format("2006-01-02 15:04:05") + " UTC has not been read yet."
	}
	select {
	case <-x.built:
		return ""
	default:
	}
	select {
	case <-x.built:
		return ""
	case <-ctx.Done():
		return "Older jobs may be missing: the index of jobs is being built from the records."
	}
}

// since returns the time from which on something may be missing.
func (x *Index) since() time.Time { return time.UnixMicro(x.through.Load()) }

// lock takes the token of who changes the index.
func (x *Index) lock(ctx context.Context) error {
	select {
	case <-x.working:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (x *Index) unlock() { x.working <- struct{}{} }

// catchUp puts in what the journal has that was written before this was called. Of
// many that call it at the same time, few read the journal.
func (x *Index) catchUp(ctx context.Context) error {
	asked := time.Now()
	if err := x.lock(ctx); err != nil {
		return err
	}
	defer x.unlock()
	if x.current.After(asked) {
		return nil // another one has looked since
	}
	began := time.Now()
	var found []string
	for key, err := range x.c.Records.Notes(ctx, x.since().Add(-record.JournalSkew)) {
		if err != nil {
			return err
		}
		if !x.notes[key] {
			found = append(found, key)
		}
	}
	for len(found) > 0 {
		n := min(len(found), chunk)
		if err := x.take(ctx, found[:n]); err != nil {
			return err
		}
		found = found[n:]
	}
	x.current = began
	if len(x.notes) == 0 && began.Sub(x.since()) < time.Minute {
		return nil // what is not written down is only read again
	}
	return x.forget(ctx, began)
}

// take reads notes and puts them in.
func (x *Index) take(ctx context.Context, keys []string) error {
	entries, err := x.entries(ctx, keys, func(ctx context.Context, key string) (*record.Record, error) {
		note, err := x.c.Records.Note(ctx, key)
		if err != nil {
			return nil, err
		}
		return note.Record, nil
	})
	if err != nil {
		return err
	}
	err = x.change(ctx, func(tx *sql.Tx) error {
		for i, e := range entries {
			if e != nil {
				e.note = keys[i]
				if err := put(ctx, tx, e); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO notes VALUES (?)", keys[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		x.notes[key] = true
	}
	return nil
}

// forget says that everything written before a time is in the index, and forgets the
// notes that are not looked at again.
func (x *Index) forget(ctx context.Context, through time.Time) error {
	var old []string
	for key := range x.notes {
		if record.NoteTime(key).Before(through.Add(-record.JournalSkew)) {
			old = append(old, key)
		}
	}
	err := x.change(ctx, func(tx *sql.Tx) error {
		for _, key := range old {
			if _, err := tx.ExecContext(ctx, "DELETE FROM notes WHERE key = ?", key); err != nil {
				return err
			}
		}
		return setProgress(ctx, tx, "through", through.UnixMicro())
	})
	if err != nil {
		return err
	}
	for _, key := range old {
		delete(x.notes, key)
	}
	x.through.Store(through.UnixMicro())
	return nil
}

// build puts in every record there is. It is tried until it works.
func (x *Index) build() {
	select {
	case <-x.built:
		return
	default:
	}
	began := time.Now()
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		n, err := x.readAll(x.ctx)
		if err == nil {
			x.c.Logger.Info("The index of jobs is built.", "records", n, "took", time.Since(began).Round(time.Millisecond))
			close(x.built)
			return
		}
		if x.ctx.Err() == nil {
			x.c.Logger.Warn("The index of jobs cannot be built yet.", "error", err)
		}
		select {
		case <-x.ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// readAll puts in every record there is, and returns how many there are.
func (x *Index) readAll(ctx context.Context) (n int, err error) {
	var keys []string
	for key, err := range x.c.Records.Keys(ctx) {
		if err != nil {
			return n, err
		}
		if keys = append(keys, key); len(keys) == chunk {
			if err := x.putAll(ctx, keys); err != nil {
				return n, err
			}
			n, keys = n+len(keys), keys[:0]
		}
	}
	if err := x.putAll(ctx, keys); err != nil {
		return n, err
	}
	return n + len(keys), x.change(ctx, func(tx *sql.Tx) error { return setProgress(ctx, tx, "complete", 1) })
}

// putAll reads records and puts them in.
func (x *Index) putAll(ctx context.Context, keys []string) error {
	entries, err := x.entries(ctx, keys, x.c.Records.Read)
	if err != nil {
		return err
	}
	if err := x.lock(ctx); err != nil {
		return err
	}
	defer x.unlock()
	return x.change(ctx, func(tx *sql.Tx) error {
		for _, e := range entries {
			if e == nil {
				continue
			}
			if err := put(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// entries reads what belongs to keys. What is not there is nil, and so is what cannot
// be read, which is said in the log: one damaged record must not hide all others.
func (x *Index) entries(ctx context.Context, keys []string, read func(context.Context, string) (*record.Record, error)) ([]*entry, error) {
	entries := make([]*entry, len(keys))
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for i, key := range keys {
		group.Go(func() error {
			rec, err := read(reading, key)
			switch {
			case errors.Is(err, record.ErrNotFound):
				return nil
			case reading.Err() != nil:
				return reading.Err()
			case err != nil && !unreadable(err):
				return err
			case err != nil:
				x.c.Logger.Error("A record is missing in the index of jobs.", "key", key, "error", err)
				return nil
			}
			entries[i], err = x.entry(reading, rec)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("reading records: %w", err)
	}
	return entries, nil
}

// unreadable reports whether reading again will not help.
func unreadable(err error) bool {
	var damaged *artifact.DamagedError
	return errors.Is(err, record.ErrVersion) || errors.As(err, &damaged)
}
