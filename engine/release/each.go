package release

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// each runs do for all items, as many at once as there are processors, and
// returns the first error. do may change its item.
func each[T any](ctx context.Context, items []T, do func(context.Context, *T) error) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range items {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error { return do(gctx, &items[i]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
