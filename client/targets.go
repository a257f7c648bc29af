package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/docjobs/docjobs/job"
)

// targetPath returns the path of a target, or of something below it.
func targetPath(name, below string) string { return "/v1/targets/" + url.PathEscape(name) + below }

// Targets implements [job.TargetService].
func (c *Client) Targets(ctx context.Context) (*job.TargetList, error) {
	return askFor[job.TargetList](ctx, c, request{method: http.MethodGet, path: "/v1/targets"})
}

// Target implements [job.TargetService].
func (c *Client) Target(ctx context.Context, name string) (*job.Target, error) {
	return askFor[job.Target](ctx, c, request{method: http.MethodGet, path: targetPath(name, "")})
}

// LockTarget implements [job.TargetService].
func (c *Client) LockTarget(ctx context.Context, name, reason string) (*job.Target, error) {
	return askFor[job.Target](ctx, c, request{
		method: http.MethodPost, path: targetPath(name, "/lock"), once: true,
		header: map[string]string{"Content-Type": "application/json"},
		body: jsonBody(struct {
			Reason string `json:"reason"`
		}{reason}),
	})
}

// UnlockTarget implements [job.TargetService].
func (c *Client) UnlockTarget(ctx context.Context, name string) (*job.Target, error) {
	return askFor[job.Target](ctx, c, request{method: http.MethodPost, path: targetPath(name, "/unlock"), once: true})
}
