package s3release

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/engine/release"
)

// Target is a [release.Target] that is a bucket, or a folder in one.
type Target struct {
	o      Options
	bucket *bucket
	site   string // where readers' files begin, with [Sync]
	state  string // where pointer and releases begin
	edge   *edge  // may be nil
	log    *slog.Logger
	now    func() time.Time

	honest atomic.Bool // whether it is known that the store honours conditions
}

var _ release.Target = (*Target)(nil)

func (t *Target) pointerKey() string           { return t.state + "current.json" }
func (t *Target) releaseKey(id string) string  { return t.state + "releases/" + id + "/" }
func (t *Target) manifestKey(id string) string { return t.releaseKey(id) + "manifest.json" }
func (t *Target) siteKey(id string) string     { return t.releaseKey(id) + "site/" }

// Head implements [release.Target] with one request.
func (t *Target) Head(ctx context.Context) (*release.Head, error) {
	p, _, err := t.load(ctx)
	if err != nil {
		return nil, err
	}
	if p.Release == "" {
		return nil, release.ErrNoRelease
	}
	return p.Head, nil
}

// Whole implements [release.Target].
func (t *Target) Whole(ctx context.Context) (bool, error) {
	p, _, err := t.load(ctx)
	return p.Syncing == nil, err
}

// Current implements [release.Target].
func (t *Target) Current(ctx context.Context) (*release.Manifest, error) {
	head, err := t.Head(ctx)
	if err != nil {
		return nil, err
	}
	return t.Manifest(ctx, head.ID)
}

// Manifest implements [release.Target].
func (t *Target) Manifest(ctx context.Context, id string) (*release.Manifest, error) {
	if err := release.CheckID(id); err != nil {
		return nil, err
	}
	data, _, err := t.bucket.get(ctx, t.manifestKey(id), release.MaxManifest, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &release.NotFoundError{ID: id}
	}
	if err != nil {
		return nil, err
	}
	m, err := release.ParseManifest(data)
	if err == nil && m.ID != id {
		err = fmt.Errorf("it belongs to release %q", m.ID)
	}
	if err != nil {
		return nil, &release.DamagedError{Path: t.bucket.place(t.manifestKey(id)), Err: err}
	}
	return m, nil
}

// startOfManifest is more than the summary at the beginning of a manifest takes, in
// bytes.
const startOfManifest = 64 << 10

func (t *Target) readHead(ctx context.Context, id string) (*release.Head, error) {
	data, _, err := t.bucket.get(ctx, t.manifestKey(id), startOfManifest, true)
	if err != nil {
		return nil, err
	}
	head, err := release.ReadHead(data)
	if err == nil && head.ID != id {
		err = fmt.Errorf("it belongs to release %q", head.ID)
	}
	if err != nil {
		return nil, &release.DamagedError{Path: t.bucket.place(t.manifestKey(id)), Err: err}
	}
	return head, nil
}

// Releases implements [release.Target] with one request for each release.
func (t *Target) Releases(ctx context.Context) ([]release.Summary, error) {
	p, _, err := t.load(ctx)
	if err != nil {
		return nil, err
	}
	list, _, err := t.releases(ctx, &p)
	return list, err
}

// releases lists what is complete, the newest first, and the rest.
func (t *Target) releases(ctx context.Context, p *pointer) (list []release.Summary, incomplete []string, err error) {
	ids, err := t.bucket.folders(ctx, t.state+"releases/")
	if err != nil {
		return nil, nil, fmt.Errorf("cannot list the releases: %w", err)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return release.CheckID(id) != nil || p.removing(id) })
	var mu sync.Mutex
	err = each(ctx, ids, func(ctx context.Context, id string) error {
		head, err := t.readHead(ctx, id)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			incomplete = append(incomplete, id)
		case err != nil:
			return err
		default:
			list = append(list, release.Summary{Head: *head, Live: id == p.Release})
		}
		return nil
	})
	slices.SortFunc(list, release.ByAge)
	return list, incomplete, err
}

// History implements [release.Target]. It has the last 200 switches.
func (t *Target) History(ctx context.Context, limit int) ([]release.Entry, error) {
	p, _, err := t.load(ctx)
	if err != nil {
		return nil, err
	}
	return p.History[:min(max(limit, 0), len(p.History))], nil
}

// each runs do for all items, several at once, and returns the first error.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, item := range items {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error { return do(gctx, item) })
	}
	return cmp.Or(g.Wait(), ctx.Err())
}
