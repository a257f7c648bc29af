package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/docjobs/docjobs/job"
)

// Deliveries implements [job.DeliveryService].
func (c *Client) Deliveries(ctx context.Context, id job.ID) (*job.DeliveryList, error) {
	return askFor[job.DeliveryList](ctx, c, request{method: http.MethodGet, path: jobPath(id, "/deliveries")})
}

// Redeliver implements [job.DeliveryService].
func (c *Client) Redeliver(ctx context.Context, id job.ID, delivery string) (*job.Delivery, error) {
	return askFor[job.Delivery](ctx, c, request{
		method: http.MethodPost, path: jobPath(id, "/deliveries/"+url.PathEscape(delivery)+"/redeliver"), once: true,
	})
}
