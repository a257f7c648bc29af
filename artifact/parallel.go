package artifact

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Progress tells how far a folder's transfer is.
type Progress struct {
	Files, TotalFiles int
	Bytes             int64 // of the files that are done
	Written           int64 // of these, bytes that were not there before
}

type meter struct {
	report func(Progress)
	mu     sync.Mutex
	sum    Progress
}

func (m *meter) add(size int64, written bool) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.Files++
	m.sum.Bytes += size
	if written {
		m.sum.Written += size
	}
	m.report(m.sum)
}

// parallel does n pieces of work, some at once, and returns the first error. The
// others are then told to stop by their context.
func parallel(ctx context.Context, workers, n int, work func(ctx context.Context, i int) error) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i := range n {
		if groupCtx.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := groupCtx.Err(); err != nil {
				return err
			}
			return work(groupCtx, i)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
