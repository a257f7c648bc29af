package workflows

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// However many look at the same time, the source is asked by one after the other, and
// nobody is told what was true before he asked.
func TestALookIsNeverOlderThanTheQuestion(t *testing.T) {
	t.Parallel()
	var s shared[string, int64]
	var world, atOnce atomic.Int64
	find := func(context.Context) (int64, error) {
		defer atOnce.Add(-1)
		if atOnce.Add(1) > 1 {
			return 0, errors.New("two look at the same time")
		}
		return world.Load(), nil
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 200 {
				before := world.Add(1)
				got, err := s.look(t.Context(), "x", find)
				if err != nil || got < before {
					t.Errorf("got %d after %d: %v", got, before, err)
					return
				}
			}
		})
	}
	group.Wait()
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.looks) == 0 }, wait, tick)
}

// Who asks while somebody looks shares the next look with all others who do, also when
// who began has gone.
func TestALookIsShared(t *testing.T) {
	t.Parallel()
	var s shared[string, int64]
	var looks atomic.Int64
	begun, open := make(chan struct{}, 10), make(chan struct{})
	find := func(context.Context) (int64, error) {
		begun <- struct{}{}
		<-open
		return looks.Add(1), nil
	}
	impatient, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := s.look(impatient, "x", find); left <- err }()
	<-begun
	const others = 50
	got := make(chan int64, others)
	for range others {
		go func() { n, _ := s.look(t.Context(), "x", find); got <- n }()
	}
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.looks["x"].waiting == others }, wait, tick)
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	close(open)
	for range others {
		require.EqualValues(t, 2, <-got)
	}
}

func TestAHubRunsOneErrandForAll(t *testing.T) {
	t.Parallel()
	var h hub[string]
	var errands atomic.Int64
	news, ended := make(chan struct{}), make(chan struct{}, 2)
	run := func(ctx context.Context, happened func()) {
		defer func() { ended <- struct{}{} }()
		errands.Add(1)
		for {
			select {
			case <-ctx.Done():
				return
			case _, more := <-news:
				if !more {
					return
				}
				happened()
			}
		}
	}
	one, leaveOne := h.listen(t.Context(), "x", run)
	two, leaveTwo := h.listen(t.Context(), "x", run)
	news <- struct{}{}
	<-one
	<-two
	require.EqualValues(t, 1, errands.Load())
	leaveOne()
	news <- struct{}{}
	<-two
	leaveTwo()
	<-ended // nobody listens any more

	three, leaveThree := h.listen(t.Context(), "x", run)
	close(news)
	_, more := <-three
	require.False(t, more, "the errand is over")
	leaveThree()
	require.Empty(t, h.errands)
}
