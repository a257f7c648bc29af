package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// maxErrors bounds the text of errors that is kept of one job, in bytes.
const maxErrors = 32 << 10

// An entry is what is put in of one attempt.
type entry struct {
	tenant  string
	summary job.Summary
	attempt job.Happened // what is the same for all its documents
	open    bool
	seen    time.Time
	note    string // where it comes from
	items   []job.Item
	errors  string
	record  *record.Record
}

// entry returns what is put in of a record, with the documents of an attempt that has
// ended.
func (x *Index) entry(ctx context.Context, rec *record.Record) (*entry, error) {
	e := entryOf(rec)
	if e.open || rec.Status.Parent != "" {
		return e, nil
	}
	var err error
	if e.items, err = x.items(ctx, rec); err != nil {
		return nil, err
	}
	text := strings.Builder{}
	text.WriteString(e.errors)
	for _, item := range e.items {
		addError(&text, item.Error)
	}
	e.errors = text.String()
	return e, nil
}

// entryOf returns what the record itself tells.
func entryOf(rec *record.Record) *entry {
	status := &rec.Status
	var params struct {
		Source    job.Source `json:"source"`
		Target    string     `json:"target"`
		CheckOnly bool       `json:"check_only"`
	}
	_ = json.Unmarshal(status.Params, &params) // a kind without them has none
	if params.CheckOnly {
		params.Target = ""
	}
	e := &entry{
		record: rec, tenant: rec.Tenant, open: !status.State.Terminal(), seen: status.UpdatedAt,
		summary: job.Summary{
			ID: status.ID, Kind: status.Kind, State: status.State, Attempt: status.Attempt, Parent: status.Parent,
			Summary: status.Summary, Submitter: status.Submitter, Target: params.Target, Labels: status.Labels,
			Source: params.Source.Digest, CreatedAt: status.CreatedAt, FinishedAt: status.FinishedAt, Items: status.Items,
			ExpiresAt: status.ExpiresAt, Pinned: status.Pinned,
		},
		attempt: job.Happened{
			JobID: status.ID, Kind: status.Kind, Attempt: status.Attempt, JobState: status.Outcome(), Submitter: status.Submitter,
			CreatedAt: status.CreatedAt, FinishedAt: status.FinishedAt, Source: params.Source.Digest, Target: params.Target,
		},
	}
	if status.Release != nil {
		e.attempt.Release = status.Release.URL
	}
	text := strings.Builder{}
	if status.Error != nil {
		e.summary.Error = status.Error.Message
		addError(&text, status.Error)
	}
	for _, step := range status.Steps {
		if step.State == job.StepFailed {
			addError(&text, step.Error)
		}
	}
	e.errors = text.String()
	return e
}

// addError adds the text of an error, as far as there is room.
func addError(text *strings.Builder, e *job.Error) {
	if e == nil {
		return
	}
	for _, part := range []string{e.Message, e.File, e.Detail} {
		if room := maxErrors - text.Len(); part != "" && room > 1 {
			text.WriteString(strings.ToValidUTF8(part[:min(len(part), room-1)], ""))
			text.WriteByte('\n')
		}
	}
}

// A row is what is in the index already of a job.
type row struct {
	n, attempt, created int64
	open                bool
	note                string
}

// put puts an attempt in: as the job's row if it is the newest, and for the history of
// its documents in any case.
func put(ctx context.Context, tx *sql.Tx, e *entry) error {
	known := row{n: -1}
	err := tx.QueryRowContext(ctx, "SELECT n, attempt, created, open, note FROM jobs WHERE id = ?", e.summary.ID).
		Scan(&known.n, &known.attempt, &known.created, &known.open, &known.note)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err := putJob(ctx, tx, e, &known); err != nil {
		return err
	}
	if e.open {
		return nil
	}
	return putAttempt(ctx, tx, e, known.n)
}

// replaces reports whether the entry is newer than the row.
func (e *entry) replaces(known *row) bool {
	attempt := int64(e.summary.Attempt)
	switch {
	case known.n < 0 || attempt != known.attempt:
		return known.n < 0 || attempt > known.attempt
	case e.open != known.open:
		return known.open // what has ended goes on no more
	}
	return e.note >= known.note
}

// putJob makes the entry the row of its job, if it is newer than what is there, and
// sets known to the number of the row.
func putJob(ctx context.Context, tx *sql.Tx, e *entry, known *row) error {
	created := e.summary.CreatedAt.UnixMicro()
	if known.n >= 0 && known.created < created {
		created = known.created
	}
	if !e.replaces(known) {
		_, err := tx.ExecContext(ctx, "UPDATE jobs SET created = ? WHERE n = ? AND created > ?", created, known.n, created)
		return err
	}
	s := &e.summary
	version := bare(s.Source)
	if known.n < 0 {
		result, err := tx.ExecContext(ctx, `INSERT INTO jobs (id, tenant, parent, kind, state, submitter, target, version, failing, attempt, open, created, seen, note)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			s.ID, e.tenant, s.Parent, s.Kind, s.State, s.Submitter, s.Target, version, e.errors != "", s.Attempt, e.open, created, e.seen.UnixMicro(), e.note)
		if err != nil {
			return err
		}
		if known.n, err = result.LastInsertId(); err != nil {
			return err
		}
	} else {
		_, err := tx.ExecContext(ctx, `UPDATE jobs SET state = ?, submitter = ?, target = ?, version = ?, failing = ?, attempt = ?, open = ?, created = ?, seen = ?, note = ? WHERE n = ?`,
			s.State, s.Submitter, s.Target, version, e.errors != "", s.Attempt, e.open, created, e.seen.UnixMicro(), e.note, known.n)
		if err != nil {
			return err
		}
	}
	return putDetails(ctx, tx, e, known.n)
}

// putDetails replaces what is kept of a job beside its row.
func putDetails(ctx context.Context, tx *sql.Tx, e *entry, n int64) error {
	summary, err := json.Marshal(e.summary)
	if err != nil {
		return err
	}
	do := func(statement string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, statement, args...)
		}
	}
	do("INSERT OR REPLACE INTO summaries VALUES (?, ?)", n, summary)
	do("DELETE FROM begun WHERE n = ?", n)
	if e.open {
		begun, err := json.Marshal(e.record)
		if err != nil {
			return err
		}
		do("INSERT INTO begun VALUES (?, ?)", n, begun)
	}
	do("DELETE FROM labels WHERE n = ?", n)
	for _, label := range e.summary.Labels {
		do("INSERT OR IGNORE INTO labels VALUES (?, ?)", label, n)
	}
	do("DELETE FROM errors WHERE rowid = ?", n)
	if e.errors != "" {
		do("INSERT INTO errors (rowid, text) VALUES (?, ?)", n, e.errors)
	}
	return err
}

// putAttempt keeps what an attempt did to which documents.
func putAttempt(ctx context.Context, tx *sql.Tx, e *entry, n int64) error {
	facts, err := json.Marshal(e.attempt)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?)", n, e.attempt.Attempt, facts); err != nil {
		return err
	}
	if len(e.items) == 0 { // an attempt keeps its documents when its artifacts have been deleted
		return nil
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM documents WHERE n = ? AND attempt = ?", n, e.attempt.Attempt); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, item := range e.items {
		document, version := item.Document, item.SHA256
		item.Document, item.Outputs = "", nil // which the job knows
		text, err := json.Marshal(item)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, e.tenant, document, e.attempt.CreatedAt.UnixMicro(), n, e.attempt.Attempt, version, text); err != nil {
			return err
		}
	}
	return nil
}

// bare returns a digest without what says of what it is.
func bare(digest string) string {
	_, after, found := strings.Cut(digest, ":")
	if !found {
		return digest
	}
	return after
}
