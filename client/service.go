package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// jobPath returns the path of a job, or of something below it.
func jobPath(id job.ID, below string) string {
	return "/v1/jobs/" + url.PathEscape(string(id)) + below
}

// jsonBody makes a body of v.
func jsonBody(v any) func() (io.Reader, error) {
	return func() (io.Reader, error) {
		data, err := json.Marshal(v)
		return bytes.NewReader(data), err
	}
}

// Submit implements [job.Service]. Where a fresh job is asked for, or a rollback,
// which one is not told by its content alone, the request gets an Idempotency-Key of its own, so that sending it again after a broken
// connection cannot make two.
func (c *Client) Submit(ctx context.Context, s job.Submission) (*job.Receipt, error) {
	if s.Params == nil {
		return nil, s.Normalize() // there is nothing that could be sent
	}
	header := map[string]string{"Content-Type": "application/json"}
	if _, rollback := s.Params.(*job.Rollback); (s.Force || rollback) && s.IdempotencyKey == "" && !s.DryRun {
		s.IdempotencyKey = rand.Text()
	}
	if s.IdempotencyKey != "" {
		key, err := quote(s.IdempotencyKey)
		if err != nil {
			return nil, err
		}
		header["Idempotency-Key"] = key
	}
	var receipt job.Receipt
	_, err := c.ask(ctx, request{method: http.MethodPost, path: "/v1/jobs", header: header, body: jsonBody(s)}, &receipt)
	if err != nil {
		return nil, err
	}
	return &receipt, nil
}

// quote returns the key as a string of a structured header field (RFC 9651,
// section 3.3.3), which holds printable ASCII only. Anything else is sent bare.
func quote(key string) (string, error) {
	for _, r := range key {
		if r < ' ' || r == 0x7f {
			return "", job.Invalid(job.Fault{Field: "Idempotency-Key", Message: "has characters that cannot be printed."})
		}
		if r > 0x7f {
			return key, nil
		}
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`, nil
}

// Get implements [job.Service].
func (c *Client) Get(ctx context.Context, id job.ID, q job.StatusQuery) (*job.Status, error) {
	r := request{method: http.MethodGet, path: jobPath(id, ""), query: attempt(q.Attempt)}
	if q.Wait > 0 {
		seconds := int((min(q.Wait, job.MaxWait) + time.Second - 1) / time.Second)
		r.header = map[string]string{"Prefer": "wait=" + strconv.Itoa(seconds)}
	}
	return askFor[job.Status](ctx, c, r)
}

// List implements [job.Service].
func (c *Client) List(ctx context.Context, f job.Filter) (*job.Page, error) {
	return askFor[job.Page](ctx, c, request{method: http.MethodGet, path: "/v1/jobs", query: listQuery(f)})
}

// Counts implements [job.Service].
func (c *Client) Counts(ctx context.Context, f job.Filter) (*job.Counts, error) {
	f.Cursor, f.Limit = "", 0
	return askFor[job.Counts](ctx, c, request{method: http.MethodGet, path: "/v1/jobs/counts", query: listQuery(f)})
}

// History implements [job.Service].
func (c *Client) History(ctx context.Context, q job.DocumentQuery) (*job.History, error) {
	if faults := q.Normalize(); len(faults) > 0 { // without a document there is no such route
		return nil, job.Invalid(faults...)
	}
	query := url.Values{}
	set(query, "cursor", q.Cursor)
	setNumber(query, "limit", int64(q.Limit))
	return askFor[job.History](ctx, c, request{method: http.MethodGet, path: "/v1/documents/" + escapePath(q.Document) + "/jobs", query: query})
}

func listQuery(f job.Filter) url.Values {
	query := url.Values{}
	states := make([]string, len(f.States))
	for i, state := range f.States {
		states[i] = string(state)
	}
	set(query, "id", f.ID)
	set(query, "kind", string(f.Kind))
	set(query, "state", strings.Join(states, ","))
	set(query, "submitter", f.Submitter)
	set(query, "target", f.Target)
	set(query, "label", f.Label)
	set(query, "parent", string(f.Parent))
	set(query, "document", f.Document)
	set(query, "version", f.Version)
	set(query, "error", f.Error)
	set(query, "cursor", f.Cursor)
	setNumber(query, "limit", int64(f.Limit))
	for name, t := range map[string]time.Time{"since": f.Since, "until": f.Until} {
		if !t.IsZero() {
			query.Set(name, t.Format(time.RFC3339Nano))
		}
	}
	return query
}

// Items implements [job.Service].
func (c *Client) Items(ctx context.Context, id job.ID, q job.ItemQuery) (*job.ItemPage, error) {
	query := attempt(q.Attempt)
	set(query, "state", string(q.State))
	set(query, "cursor", q.Cursor)
	setNumber(query, "limit", int64(q.Limit))
	return askFor[job.ItemPage](ctx, c, request{method: http.MethodGet, path: jobPath(id, "/items"), query: query})
}

// Result implements [job.Service].
func (c *Client) Result(ctx context.Context, id job.ID, number int) (*job.Result, error) {
	return askFor[job.Result](ctx, c, request{method: http.MethodGet, path: jobPath(id, "/result"), query: attempt(number)})
}

// Cancel implements [job.Service].
func (c *Client) Cancel(ctx context.Context, id job.ID, reason string) (*job.Status, error) {
	return askFor[job.Status](ctx, c, request{
		method: http.MethodPost, path: jobPath(id, "/cancel"), once: true,
		header: map[string]string{"Content-Type": "application/json"},
		body: jsonBody(struct {
			Reason string `json:"reason,omitempty"`
		}{reason}),
	})
}

// Approve implements [job.Service].
func (c *Client) Approve(ctx context.Context, id job.ID, v job.Verdict) (*job.Status, error) {
	return askFor[job.Status](ctx, c, request{
		method: http.MethodPost, path: jobPath(id, "/approve"), once: true,
		header: map[string]string{"Content-Type": "application/json"}, body: jsonBody(v),
	})
}

// Extend implements [job.Service].
func (c *Client) Extend(ctx context.Context, id job.ID, e job.Extension) (*job.Status, error) {
	return askFor[job.Status](ctx, c, request{
		method: http.MethodPost, path: jobPath(id, "/extend"), once: true,
		header: map[string]string{"Content-Type": "application/json"}, body: jsonBody(e),
	})
}

// Resubmit implements [job.Service]. It is not sent twice: the second request
// could start one attempt more.
func (c *Client) Resubmit(ctx context.Context, id job.ID, r job.Resubmission) (*job.Status, error) {
	return askFor[job.Status](ctx, c, request{
		method: http.MethodPost, path: jobPath(id, "/resubmit"), once: true,
		header: map[string]string{"Content-Type": "application/json"}, body: jsonBody(r),
	})
}

// Ready returns nil when the server takes jobs.
func (c *Client) Ready(ctx context.Context) error {
	resp, err := c.do(ctx, request{method: http.MethodGet, path: "/readyz"})
	if err != nil {
		return fmt.Errorf("the server at %s is not ready: %w", c.base, err)
	}
	drain(resp)
	return nil
}

// askFor sends the request and returns the answer as a T.
func askFor[T any](ctx context.Context, c *Client, r request) (*T, error) {
	var out T
	if _, err := c.ask(ctx, r, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// attempt returns the query for an attempt; 0 is the newest.
func attempt(number int) url.Values {
	query := url.Values{}
	setNumber(query, "attempt", int64(number))
	return query
}

func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

func setNumber(query url.Values, name string, value int64) {
	if value != 0 {
		query.Set(name, strconv.FormatInt(value, 10))
	}
}
