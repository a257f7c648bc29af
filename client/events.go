package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"

	"github.com/docjobs/docjobs/job"
)

// Events implements [job.Service]. Followed events come as they happen. When
// the stream breaks it is taken up behind the last event that came, so that
// each comes once and in order; it is given up when the server does not come
// back, or keeps failing, for the tries of the [Backoff].
func (c *Client) Events(ctx context.Context, id job.ID, q job.EventQuery) iter.Seq2[job.Event, error] {
	if q.Follow {
		return func(yield func(job.Event, error) bool) { c.follow(ctx, id, q.After, yield) }
	}
	r := request{method: http.MethodGet, path: jobPath(id, "/events")}
	r.query = make(map[string][]string)
	setNumber(r.query, "after", q.After)
	return array[job.Event](ctx, c, r)
}

// follow yields events until the job has ended.
func (c *Client) follow(ctx context.Context, id job.ID, after int64, yield func(job.Event, error) bool) {
	pause := c.backoff.Min
	for broken := 0; ; broken++ {
		last, done, err := c.stream(ctx, id, after, yield)
		if done {
			return
		}
		if last > after {
			after, broken, pause = last, 0, c.backoff.Min
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if err == nil || broken < c.backoff.Tries && ctx.Err() == nil && retryable(err) {
			if err = sleep(ctx, pause); err == nil {
				pause = min(2*pause, c.backoff.Max)
				continue
			}
		}
		var e *job.Error
		if ctx.Err() == nil && !errors.As(err, &e) {
			err = c.garbled(ctx, err)
		}
		yield(job.Event{}, err)
		return
	}
}

// retryable reports whether a stream that ended with err is worth another try.
func retryable(err error) bool {
	var e *job.Error
	return !errors.As(err, &e) || e.Code == job.CodeUnavailable
}

// stream yields the events of one connection. It returns the number of the last
// one, and whether nothing more will come or is wanted.
func (c *Client) stream(ctx context.Context, id job.ID, after int64, yield func(job.Event, error) bool) (int64, bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := request{method: http.MethodGet, path: jobPath(id, "/events"), header: map[string]string{"Accept": "text/event-stream"}}
	if after > 0 {
		r.header["Last-Event-ID"] = strconv.FormatInt(after, 10)
	}
	resp, err := c.do(ctx, r)
	if err != nil { // do has tried again as often as it makes sense
		yield(job.Event{}, err)
		return after, true, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return after, true, nil
	}
	reader := newMessages(resp.Body)
	ended := false
	for {
		event, err := nextEvent(reader)
		if errors.Is(err, io.EOF) {
			return after, ended, nil
		}
		if err != nil {
			return after, false, err
		}
		if event.Number <= after {
			continue
		}
		// The end of an attempt is the end of the job only if the server sends
		// nothing behind it: another attempt may have begun long since.
		after, ended = event.Number, ends(event)
		if !yield(event, nil) {
			return after, true, nil
		}
	}
}

// ends reports whether the event says that an attempt has ended.
func ends(e job.Event) bool {
	return e.State.Terminal() && e.Type == job.StateEvent(e.State)
}

// nextEvent reads the next event of a stream.
func nextEvent(reader *messages) (job.Event, error) {
	for {
		msg, err := reader.next()
		if err != nil {
			return job.Event{}, err
		}
		switch msg.event {
		case "", "message":
			var event job.Event
			err := json.Unmarshal(msg.data, &event)
			return event, err
		case "problem":
			if e := parseProblem(msg.data); e != nil {
				return job.Event{}, e
			}
		}
	}
}
