package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i) // 100 … 1
	}
	for _, tc := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{nil, 0.5, 0},
		{[]float64{7}, 0.99, 7},
		{[]float64{3, 1, 2}, 0.5, 2},
		{[]float64{3, 1, 2}, 0, 1},
		{[]float64{3, 1, 2}, 1, 3},
		{hundred, 0.5, 50},
		{hundred, 0.99, 99},
	} {
		require.InDelta(t, tc.want, quantile(tc.values, tc.q), 1e-9, "%v of %d", tc.q, len(tc.values))
	}
}

func TestRatiosAreOfTheSameRound(t *testing.T) {
	t.Parallel()
	require.Equal(t, []float64{2, 0.5}, ratios([]float64{4, 1, 9}, []float64{2, 2}))
}

func TestALoadKeepsSoManyInFlight(t *testing.T) {
	t.Parallel()
	var running, done atomic.Int64
	var fill sync.Once
	full := make(chan struct{}) // closed when five run at the same time
	s, err := load{inFlight: 5, jobs: 23}.apply(t.Context(), func(ctx context.Context) (once, error) {
		now := running.Add(1)
		defer running.Add(-1)
		if now > 5 {
			return once{}, errors.New("more than five")
		}
		if now == 5 {
			fill.Do(func() { close(full) })
		}
		select {
		case <-full:
		case <-ctx.Done():
			return once{}, ctx.Err()
		}
		done.Add(1)
		return once{time.Millisecond, 2 * time.Millisecond}, nil
	})
	require.NoError(t, err)
	require.Equal(t, int64(23), done.Load())
	require.Len(t, s.Turnarounds, 23)
	require.InDelta(t, 2.0, turnaround(s), 1e-9)
	require.Positive(t, s.Throughput)
}

func TestALoadEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	calls := 0
	_, err := load{inFlight: 1, jobs: 10}.apply(t.Context(), func(context.Context) (once, error) {
		calls++
		return once{}, broken
	})
	require.ErrorIs(t, err, broken)
	require.Equal(t, 1, calls)
}
