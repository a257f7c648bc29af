package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

const (
	// settling is how long a job that was started may not yet be told of by who knows
	// which jobs run.
	settling = 5 * time.Second
	// goneAtOnce is how many jobs are asked about that run no more and left no record.
	goneAtOnce = 20
)

// Running tells the index which jobs of the tenant ran when it was asked, with their
// state. It returns some of those that the index takes to run and that do not, as they
// were last known: they were ended by force, or by a process whose notes have not been
// read. Whoever has found out what became of one tells it with [Index.Put].
func (x *Index) Running(ctx context.Context, tenant string, asked time.Time, running []*record.Record) (gone []*record.Record, err error) {
	if err := x.lock(ctx); err != nil {
		return nil, err
	}
	defer x.unlock()
	open, err := x.openRows(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var changed []*entry
	for _, rec := range running {
		known, there := open[rec.Status.ID]
		if !there || known.attempt < rec.Status.Attempt || known.state != rec.Status.State {
			e := entryOf(rec)
			e.open, e.seen, e.note = true, asked, known.note
			changed = append(changed, e)
		}
		delete(open, rec.Status.ID)
	}
	for _, known := range open {
		if !known.seen.Before(asked.Add(-settling)) || len(gone) == goneAtOnce {
			continue
		}
		rec, err := x.begun(ctx, known.n)
		if err != nil {
			return nil, err
		}
		gone = append(gone, rec)
	}
	if len(changed) == 0 {
		return gone, nil
	}
	return gone, x.change(ctx, func(tx *sql.Tx) error {
		for _, e := range changed {
			if err := put(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// An openRow is a job that the index takes to run.
type openRow struct {
	n       int64
	attempt int
	state   job.State
	seen    time.Time
	note    string
}

func (x *Index) openRows(ctx context.Context, tenant string) (map[job.ID]openRow, error) {
	rows, err := x.write.QueryContext(ctx, "SELECT n, id, attempt, state, seen, note FROM jobs WHERE tenant = ? AND open = 1", tenant)
	if err != nil {
		return nil, fmt.Errorf("the index of jobs cannot be read: %w", err)
	}
	open := map[job.ID]openRow{}
	return open, each(rows, func() error {
		var id job.ID
		var r openRow
		var seen int64
		err := rows.Scan(&r.n, &id, &r.attempt, &r.state, &seen, &r.note)
		r.seen = time.UnixMicro(seen)
		open[id] = r
		return err
	})
}

// begun returns what is known of a job that has no record.
func (x *Index) begun(ctx context.Context, n int64) (*record.Record, error) {
	var text string
	if err := x.write.QueryRowContext(ctx, "SELECT record FROM begun WHERE n = ?", n).Scan(&text); err != nil {
		return nil, fmt.Errorf("the index of jobs cannot be read: %w", err)
	}
	rec := &record.Record{}
	return rec, json.Unmarshal([]byte(text), rec)
}

// Put puts in what a record says that is not in the journal, or not yet.
func (x *Index) Put(ctx context.Context, rec *record.Record) error {
	e, err := x.entry(ctx, rec)
	if err != nil {
		return err
	}
	if err := x.lock(ctx); err != nil {
		return err
	}
	defer x.unlock()
	return x.change(ctx, func(tx *sql.Tx) error { return put(ctx, tx, e) })
}
