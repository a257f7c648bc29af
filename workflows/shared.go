package workflows

import (
	"context"
	"sync"
	"time"
)

// shared lets all who want to know the same thing at the same time look once. Who
// comes while somebody looks shares the next look, which has not begun: nobody is told
// of a time before he asked. So for any number of readers there is one look at a time.
// The zero value is ready for use.
type shared[K comparable, V any] struct {
	mu    sync.Mutex
	looks map[K]*looking[V]
}

// looking is what goes on about one key.
type looking[V any] struct {
	next    *look[V] // that has not begun
	waiting int      // how many share it
}

// A look is one way to the source and back.
type look[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// lookTimeout bounds a look, which goes on when who began it has gone.
const lookTimeout = 10 * time.Second

// look returns what find finds for the key, in a call that begins after this one. What
// it returns belongs to others, too.
func (s *shared[K, V]) look(ctx context.Context, key K, find func(context.Context) (V, error)) (V, error) {
	s.mu.Lock()
	if s.looks == nil {
		s.looks = map[K]*looking[V]{}
	}
	l, goesOn := s.looks[key]
	if !goesOn {
		l = &looking[V]{}
		s.looks[key] = l
	}
	if l.next == nil {
		l.next = &look[V]{done: make(chan struct{})}
	}
	mine := l.next
	l.waiting++
	if !goesOn {
		go s.run(context.WithoutCancel(ctx), key, l, find)
	}
	s.mu.Unlock()
	select {
	case <-mine.done:
		return mine.value, mine.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// run looks until nobody waits for a look.
func (s *shared[K, V]) run(ctx context.Context, key K, l *looking[V], find func(context.Context) (V, error)) {
	for {
		s.mu.Lock()
		now := l.next
		l.next, l.waiting = nil, 0
		if now == nil {
			delete(s.looks, key)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		now.run(ctx, find)
	}
}

func (l *look[V]) run(ctx context.Context, find func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	defer close(l.done)
	l.value, l.err = find(ctx)
}

// A hub runs one errand for all who want to hear of the same thing, from the first who
// comes until the last has left. The zero value is ready for use.
type hub[K comparable] struct {
	mu      sync.Mutex
	errands map[K]*errand
}

// An errand tells its listeners that something has happened.
type errand struct {
	stop      context.CancelFunc
	listeners map[chan struct{}]struct{}
}

// listen returns a channel that is sent to when something has happened since the call,
// and closed when the errand is over. It must be left.
func (h *hub[K]) listen(ctx context.Context, key K, run func(ctx context.Context, happened func())) (heard <-chan struct{}, leave func()) {
	ear := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.errands[key]
	if e == nil {
		ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
		e = &errand{stop: stop, listeners: map[chan struct{}]struct{}{}}
		if h.errands == nil {
			h.errands = map[K]*errand{}
		}
		h.errands[key] = e
		go func() {
			run(ctx, func() { h.tell(e) })
			h.over(key, e)
		}()
	}
	e.listeners[ear] = struct{}{}
	return ear, func() { h.leave(key, e, ear) }
}

// tell tells everybody who has not been told yet.
func (h *hub[K]) tell(e *errand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ear := range e.listeners {
		select {
		case ear <- struct{}{}:
		default: // it is announced already
		}
	}
}

// over ends an errand.
func (h *hub[K]) over(key K, e *errand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.stop()
	if h.errands[key] == e {
		delete(h.errands, key)
	}
	for ear := range e.listeners {
		close(ear)
	}
	e.listeners = nil
}

// leave ends the errand with the last who leaves.
func (h *hub[K]) leave(key K, e *errand, ear chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if delete(e.listeners, ear); len(e.listeners) > 0 {
		return
	}
	e.stop()
	if h.errands[key] == e {
		delete(h.errands, key)
	}
}
