package upload

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// Callers is the store as those see it who call the API: each tenant its own
// uploads. Equal content is kept once, and still nobody can learn what others have
// sent, or use it without having it.
type Callers struct{ store *Store }

// Callers returns the store for callers; see [job.CallerFrom].
func (s *Store) Callers() *Callers { return &Callers{s} }

// claim says that a tenant has sent an upload.
type claim struct {
	Upload string `json:"upload"`
}

// claimKey is the document that says so.
func claimKey(ctx context.Context, id string) string {
	return claims + job.CallerFrom(ctx).Tenant + "/" + Tree(id) + ".json"
}

// Find returns an upload that the caller's tenant has sent, or a *job.Error with
// CodeNotFound.
func (c *Callers) Find(ctx context.Context, id string) (*job.Upload, error) {
	u, err := c.store.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	var sent claim
	err = c.store.c.Documents.Get(ctx, claimKey(ctx, id), &sent)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, notFound(id)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up upload %s: %w", id, err)
	}
	return u, nil
}

// Receive takes an archive in; see [Store.Receive]. created is false when the
// caller's tenant had sent the same content before.
func (c *Callers) Receive(ctx context.Context, body io.Reader) (u *job.Upload, created bool, err error) {
	u, _, err = c.store.Receive(ctx, body)
	if err != nil {
		return nil, false, err
	}
	if _, err := c.Find(ctx, u.ID); err == nil {
		return u, false, nil
	}
	if err := c.store.c.Documents.Put(ctx, claimKey(ctx, u.ID), claim{u.ID}); err != nil {
		return nil, false, fmt.Errorf("storing the upload: %w", err)
	}
	return u, true, nil
}
