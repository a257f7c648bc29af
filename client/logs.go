package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"

	"github.com/docjobs/docjobs/job"
)

// Logs implements [job.Service]. Log lines have no numbers, so a stream that
// breaks is not taken up again: the error says so.
func (c *Client) Logs(ctx context.Context, id job.ID, q job.LogQuery) iter.Seq2[job.LogLine, error] {
	return func(yield func(job.LogLine, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		query := attempt(q.Attempt)
		set(query, "step", q.Step)
		set(query, "item", q.Item)
		if q.Follow {
			query.Set("follow", "true")
		}
		resp, err := c.do(ctx, request{
			method: http.MethodGet, path: jobPath(id, "/logs"), query: query,
			header: map[string]string{"Accept": "application/x-ndjson"},
		})
		if err != nil {
			yield(job.LogLine{}, err)
			return
		}
		defer resp.Body.Close()
		decodeAll(ctx, c, json.NewDecoder(resp.Body), yield)
	}
}

// decodeAll yields every value that the decoder still has.
func decodeAll[T any](ctx context.Context, c *Client, dec *json.Decoder, yield func(T, error) bool) {
	for dec.More() {
		var value T
		if err := dec.Decode(&value); err != nil {
			yield(value, c.garbled(ctx, err))
			return
		}
		if !yield(value, nil) {
			return
		}
	}
	// More is false at the end and where reading failed; the next token tells.
	if _, err := dec.Token(); err != nil && !errors.Is(err, io.EOF) {
		var none T
		yield(none, c.garbled(ctx, err))
	}
}

// array yields the members of the list that is the only member of the answer.
func array[T any](ctx context.Context, c *Client, r request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		resp, err := c.do(ctx, r)
		if err != nil {
			yield(none, err)
			return
		}
		defer resp.Body.Close()
		dec := json.NewDecoder(resp.Body)
		for range 3 { // { "name" [
			if _, err := dec.Token(); err != nil {
				yield(none, c.garbled(ctx, err))
				return
			}
		}
		decodeAll(ctx, c, dec, yield)
	}
}
