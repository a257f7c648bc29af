package client

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/docjobs/docjobs/job"
)

var _ job.Scheduler = (*Client)(nil)

func schedulePath(name string) string { return "/v1/schedules/" + url.PathEscape(name) }

// PutSchedule implements [job.Scheduler].
func (c *Client) PutSchedule(ctx context.Context, name string, spec job.ScheduleSpec) (*job.Schedule, error) {
	if err := job.NormalizeSchedule(name, &spec); err != nil {
		return nil, err
	}
	return askFor[job.Schedule](ctx, c, request{
		method: http.MethodPut, path: schedulePath(name),
		header: map[string]string{"Content-Type": "application/json"}, body: jsonBody(spec),
	})
}

// Schedule implements [job.Scheduler].
func (c *Client) Schedule(ctx context.Context, name string) (*job.Schedule, error) {
	return askFor[job.Schedule](ctx, c, request{method: http.MethodGet, path: schedulePath(name)})
}

// Schedules implements [job.Scheduler].
func (c *Client) Schedules(ctx context.Context) ([]job.Schedule, error) {
	list, err := askFor[struct {
		Schedules []job.Schedule `json:"schedules"`
	}](ctx, c, request{method: http.MethodGet, path: "/v1/schedules"})
	if err != nil {
		return nil, err
	}
	return list.Schedules, nil
}

// DeleteSchedule implements [job.Scheduler].
func (c *Client) DeleteSchedule(ctx context.Context, name string) error {
	resp, err := c.do(ctx, request{method: http.MethodDelete, path: schedulePath(name), once: true})
	if err != nil {
		return err
	}
	drain(resp)
	return nil
}

// RunSchedule implements [job.Scheduler]. Without a key the request gets one of its own,
// so that sending it again after a broken connection cannot make two jobs.
func (c *Client) RunSchedule(ctx context.Context, name, key string) (*job.Receipt, error) {
	if key == "" {
		key = rand.Text()
	}
	quoted, err := quote(key)
	if err != nil {
		return nil, err
	}
	return askFor[job.Receipt](ctx, c, request{
		method: http.MethodPost, path: schedulePath(name) + "/run", header: map[string]string{"Idempotency-Key": quoted},
	})
}
