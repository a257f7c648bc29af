package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/docjobs/docjobs/job"
)

// request is a request that can be sent more than once.
type request struct {
	method string
	path   string // escaped, from the root of the server
	query  url.Values
	header map[string]string
	body   func() (io.Reader, error) // nil for none; a Closer is closed

	// once is set for what must not happen twice. It is sent again only where
	// the server cannot have seen it.
	once bool
}

// do sends the request until it is answered, and returns the answer if it is
// a good one. Otherwise it returns a *[job.Error], or the error of ctx.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	pause := c.backoff.Min
	for try := 1; ; try++ {
		resp, err := c.send(ctx, r)
		if err == nil && resp.StatusCode < 300 || resp != nil && resp.StatusCode == http.StatusNotModified {
			return resp, nil
		}
		again, after := c.again(r, resp, err)
		if err == nil {
			err = decodeProblem(resp)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !again || try >= c.backoff.Tries {
			return nil, err
		}
		if after <= 0 || after > c.backoff.Max {
			after = pause - rand.N(pause/2+1)
		}
		if err := sleep(ctx, after); err != nil {
			return nil, err
		}
		pause = min(2*pause, c.backoff.Max)
	}
}

// send sends the request once.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	address := c.base.String() + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var body io.Reader
	if r.body != nil {
		content, err := r.body()
		if err != nil {
			return nil, &sourceError{err}
		}
		body = content // which the transport closes, whatever happens
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, &sourceError{err}
	}
	req.Header.Set("User-Agent", c.agent)
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	c.met.Store(true)
	return resp, nil
}

// again reports whether the request is worth sending again, and after how long
// if the server said so. 429 and 503 mean that nothing was done.
func (c *Client) again(r request, resp *http.Response, err error) (bool, time.Duration) {
	if err != nil {
		var lost *connectionError
		return errors.As(err, &lost) && (lost.refused && c.met.Load() || !lost.refused && !r.once), 0
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	after := time.Duration(seconds) * time.Second
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true, after
	case http.StatusBadGateway:
		// A proxy's; the API's own is about a source and stays.
		return !r.once && resp.Header.Get("Content-Type") != "application/problem+json", after
	}
	return false, 0
}

// sleep waits for d or until ctx has ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sourceError is what went wrong on this side before anything was sent.
type sourceError struct{ error }

// Unwrap returns what went wrong.
func (e *sourceError) Unwrap() error { return e.error }

// connectionError is a server that did not answer. It is a *[job.Error] to
// callers.
type connectionError struct {
	shown   *job.Error
	cause   error
	refused bool // nobody listened, so nothing was sent
}

// Error implements error.
func (e *connectionError) Error() string { return e.shown.Error() }

// Unwrap returns the error for callers, and what the network said.
func (e *connectionError) Unwrap() []error { return []error{e.shown, e.cause} }

// unreachable returns the error for a server that did not answer.
func (c *Client) unreachable(err error) error {
	e := &connectionError{cause: err, refused: errors.Is(err, syscall.ECONNREFUSED)}
	e.shown = &job.Error{
		Code: job.CodeUnavailable, Cause: job.CauseService, Retryable: true, Detail: err.Error(),
		Message: fmt.Sprintf("The docjobs server at %s does not answer.", c.base),
		Hint:    "Look whether it is running and whether the address is right.",
	}
	if e.refused {
		e.shown.Message = fmt.Sprintf("No docjobs server is running at %s.", c.base)
		e.shown.Hint = "Start one with `docjobs up`, or name another one with --server or DOCJOBS_SERVER."
	}
	return e
}

// maxAnswer bounds a JSON answer, in bytes.
const maxAnswer = 64 << 20

// ask sends the request and decodes the JSON answer into out.
func (c *Client) ask(ctx context.Context, r request, out any) (*http.Response, error) {
	resp, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	defer drain(resp)
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return nil, c.garbled(ctx, err)
	}
	return resp, nil
}

// garbled returns the error for an answer that broke off or that no docjobs
// server gives.
func (c *Client) garbled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &job.Error{
		Code: job.CodeUnavailable, Cause: job.CauseService, Retryable: true, Detail: err.Error(),
		Message: fmt.Sprintf("The answer of the server at %s broke off or is not one of docjobs.", c.base),
		Hint:    "Look whether the address is that of a docjobs server, and try again.",
	}
}

// drain reads what little is left of an answer, so that its connection can be
// used again, and closes it.
func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	resp.Body.Close()
}
