package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/docjobs/docjobs/job"
)

// List returns a page of the tenant's jobs, the newest first. The cursor says behind
// which job the page begins, so that jobs that come or change in between shift nothing.
func (x *Index) List(ctx context.Context, tenant string, f job.Filter) (*job.Page, error) {
	faults := f.Normalize()
	after, fault := parseCursor(f.Cursor)
	if fault != nil {
		faults = append(faults, *fault)
	}
	if len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	chosen, err := x.chosen(ctx, tenant, f)
	if err != nil {
		return nil, err
	}
	if after != nil {
		chosen.add("(j.created, j.id) < (?, ?)", after.Created, after.ID)
	}
	rows, err := x.read.QueryContext(ctx, "SELECT j.created, j.state, s.summary FROM "+chosen.from+" JOIN summaries s ON s.n = j.n WHERE "+
		chosen.String()+" ORDER BY j.created DESC, j.id DESC LIMIT ?", append(chosen.args, f.Limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("the index of jobs cannot be read: %w", err)
	}
	page := &job.Page{Jobs: []job.Summary{}}
	err = each(rows, func() error {
		var created int64
		var state job.State
		var text string
		if err := rows.Scan(&created, &state, &text); err != nil {
			return err
		}
		if len(page.Jobs) == f.Limit {
			last := page.Jobs[f.Limit-1]
			page.Next = cursor{Created: last.CreatedAt.UnixMicro(), ID: last.ID}.String()
			return nil
		}
		var summary job.Summary
		if err := json.Unmarshal([]byte(text), &summary); err != nil {
			return err
		}
		summary.CreatedAt, summary.State = time.UnixMicro(created).UTC(), state
		page.Jobs = append(page.Jobs, summary)
		return nil
	})
	for i := range page.Jobs {
		if j := &page.Jobs[i]; f.Documents && err == nil {
			j.Documents, err = x.documents(ctx, j.ID, j.Attempt)
		}
	}
	return page, err
}

// Counts tells how many of the tenant's jobs that the filter chooses are in which state.
func (x *Index) Counts(ctx context.Context, tenant string, f job.Filter) (*job.Counts, error) {
	if faults := f.Normalize(); len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	chosen, err := x.chosen(ctx, tenant, f)
	if err != nil {
		return nil, err
	}
	if len(chosen.args) == 1+len(f.States) { // of tenant and states: nothing else is asked for
		chosen.from = "jobs j INDEXED BY jobs_counts"
	}
	rows, err := x.read.QueryContext(ctx, "SELECT j.state, count(*) FROM "+chosen.from+" WHERE "+chosen.String()+" GROUP BY j.state", chosen.args...)
	if err != nil {
		return nil, fmt.Errorf("the index of jobs cannot be read: %w", err)
	}
	counts := &job.Counts{States: map[job.State]int{}}
	return counts, each(rows, func() error {
		var state job.State
		var n int
		err := rows.Scan(&state, &n)
		counts.States[state] = n
		counts.Total += n
		return err
	})
}

// History returns a page of what jobs of the tenant did to a document, the newest first.
func (x *Index) History(ctx context.Context, tenant string, q job.DocumentQuery) (*job.History, error) {
	faults := q.Normalize()
	after, fault := parseCursor(q.Cursor)
	if fault != nil {
		faults = append(faults, *fault)
	}
	if len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	where := &conditions{}
	where.add("d.tenant = ? AND d.document = ?", tenant, q.Document)
	if after != nil {
		where.add("d.created <= ? AND (d.created, j.id, d.attempt) < (?, ?, ?)", after.Created, after.Created, after.ID, after.Attempt)
	}
	rows, err := x.read.QueryContext(ctx, `SELECT a.facts, d.item FROM documents d JOIN jobs j ON j.n = d.n JOIN attempts a ON a.n = d.n AND a.attempt = d.attempt
		WHERE `+where.String()+` ORDER BY d.created DESC, j.id DESC, d.attempt DESC LIMIT ?`, append(where.args, q.Limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("the index of jobs cannot be read: %w", err)
	}
	history := &job.History{Document: q.Document, Jobs: []job.Happened{}}
	err = each(rows, func() error {
		if len(history.Jobs) == q.Limit {
			last := history.Jobs[q.Limit-1]
			history.Next = cursor{Created: last.CreatedAt.UnixMicro(), ID: last.JobID, Attempt: last.Attempt}.String()
			return nil
		}
		happened, err := scanHappened(rows, q.Document)
		history.Jobs = append(history.Jobs, happened)
		return err
	})
	return history, err
}

func scanHappened(rows *sql.Rows, document string) (h job.Happened, err error) {
	var facts, item string
	if err := rows.Scan(&facts, &item); err != nil {
		return h, err
	}
	if err := json.Unmarshal([]byte(facts), &h); err != nil {
		return h, err
	}
	err = json.Unmarshal([]byte(item), &h.Item)
	h.Item.Document = document
	return h, err
}

// documents returns the documents of an attempt by name, or those of the one before
// while it has not ended.
func (x *Index) documents(ctx context.Context, id job.ID, attempt int) (items []job.Item, err error) {
	rows, err := x.read.QueryContext(ctx, `SELECT d.document, d.item FROM jobs j JOIN documents d ON d.n = j.n
		WHERE j.id = ? AND d.attempt = (SELECT max(a.attempt) FROM attempts a WHERE a.n = j.n AND a.attempt <= ?) ORDER BY d.document`, id, attempt)
	if err != nil {
		return nil, fmt.Errorf("the index of jobs cannot be read: %w", err)
	}
	return items, each(rows, func() error {
		var item job.Item
		var document, text string
		if err := rows.Scan(&document, &text); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(text), &item)
		item.Document = document
		items = append(items, item)
		return err
	})
}

// each calls f for every row and closes the rows.
func each(rows *sql.Rows, f func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(); err != nil {
			return fmt.Errorf("the index of jobs cannot be read: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("the index of jobs cannot be read: %w", err)
	}
	return nil
}
