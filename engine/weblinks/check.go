package weblinks

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// run is one check.
type run struct {
	Options
	client  *http.Client
	mu      sync.Mutex
	answers map[string]Answer
	total   int64
}

// Check asks about every address and returns the answers in the order of the addresses, one for each. The error is the
// end of ctx; that the budget is used up is none.
func Check(ctx context.Context, urls []string, o Options) ([]Answer, error) {
	r := &run{Options: o.withDefaults(), answers: make(map[string]Answer, len(urls))}
	r.client = newClient(r.Options)
	defer r.client.CloseIdleConnections()
	hosts := r.byHost(urls)
	within, cancel := context.WithTimeout(ctx, r.Budget)
	defer cancel()
	group, working := errgroup.WithContext(within)
	group.SetLimit(r.Hosts)
	for _, h := range hosts {
		group.Go(func() error { r.askHost(working, h); return nil })
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r.doubt()
	answers := make([]Answer, len(urls))
	for i, u := range urls {
		answers[i] = r.answers[u]
	}
	return answers, nil
}

// doubt takes back that servers do not exist, where not one was heard: then it is this machine that has no network.
func (r *run) doubt() {
	for _, a := range r.answers {
		if a.Status != 0 || a.redirected || a.Reason == ReasonCertificate {
			return
		}
	}
	for u, a := range r.answers {
		if a.Reason == ReasonNoHost {
			a.State, a.Reason = Unknown, ReasonUnreachable
			a.Message += " Not one server was reached in this check; the worker may have no way to the web."
			r.answers[u] = a
		}
	}
}

// host is one server with the addresses that are asked of it.
type host struct {
	name  string
	urls  []string
	pace  *rate.Limiter
	mu    sync.Mutex
	until time.Time // the server wants no request before
	dead  *Answer   // what is known of all further addresses
	fails int       // addresses in a row without any response
}

// maxFails is how often a host may fail to answer at all before it is left alone.
const maxFails = 3

// byHost sorts addresses by host, the host with the most first: it takes longest.
func (r *run) byHost(urls []string) []*host {
	byName := map[string]*host{}
	seen := map[string]bool{}
	for _, u := range urls {
		if seen[u] {
			continue
		}
		seen[u] = true
		name := ""
		if parsed, err := url.Parse(u); err == nil {
			name = strings.ToLower(parsed.Host)
		}
		if byName[name] == nil {
			byName[name] = &host{name: name, pace: rate.NewLimiter(rate.Every(r.Interval), 1)}
		}
		byName[name].urls = append(byName[name].urls, u)
	}
	r.total = int64(len(seen))
	return slices.SortedFunc(maps.Values(byName), func(a, b *host) int {
		return cmp.Or(cmp.Compare(len(b.urls), len(a.urls)), strings.Compare(a.name, b.name))
	})
}

// askHost asks one host about all of its addresses, but for those that are known to be good.
func (r *run) askHost(ctx context.Context, h *host) {
	good, err := r.Cache.Load(ctx, h.name)
	if err != nil || good == nil {
		good = map[string]time.Time{} // without a cache it takes longer, that is all
	}
	prune(good, time.Now(), r.Fresh)
	var unknown []string
	for _, u := range h.urls {
		if _, known := good[cacheKey(u)]; known {
			r.answered(Answer{URL: u, State: OK, Cached: true})
		} else {
			unknown = append(unknown, u)
		}
	}
	group := errgroup.Group{}
	group.SetLimit(r.PerHost)
	var mu sync.Mutex // of good
	for _, u := range unknown {
		group.Go(func() error {
			answer := r.askOrGiveUp(ctx, h, u)
			r.answered(answer)
			if answer.State == OK {
				mu.Lock()
				defer mu.Unlock()
				good[cacheKey(u)] = time.Now().UTC()
			}
			return nil
		})
	}
	_ = group.Wait()
	prune(good, time.Now(), r.Fresh)
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = r.Cache.Save(saving, h.name, good)
}

// askOrGiveUp asks, unless the host is known not to answer anything.
func (r *run) askOrGiveUp(ctx context.Context, h *host, target string) Answer {
	if ctx.Err() != nil {
		return unasked(target)
	}
	if answer, dead := h.isDead(target); dead {
		return answer
	}
	answer := r.ask(ctx, h, target)
	h.note(answer)
	return answer
}

// answered keeps an answer.
func (r *run) answered(a Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[a.URL] = a
	r.Progress(int64(len(r.answers)), r.total)
}

func (h *host) isDead(target string) (Answer, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead == nil {
		return Answer{}, false
	}
	answer := *h.dead
	answer.URL = target
	return answer, true
}

// note learns from an answer about the host as a whole: one that again and again does not answer at all, or wants to be asked less often, is left alone.
// Where a redirect led says nothing about it.
func (h *host) note(a Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case a.Reason == ReasonBudget:
	case a.Reason == ReasonTooMany && !a.redirected: // it has said so, and is asked no more
		h.dead = &a
	case a.Status != 0 || a.redirected || a.Reason == ReasonMalformed:
		h.fails = 0
	default:
		if h.fails++; h.fails >= maxFails {
			h.dead = &a
		}
	}
}

// wait waits until the host may be asked again. It fails where that is after the deadline of ctx.
func (h *host) wait(ctx context.Context) error {
	if err := h.pace.Wait(ctx); err != nil {
		return err
	}
	for {
		h.mu.Lock()
		left := time.Until(h.until)
		h.mu.Unlock()
		if left <= 0 {
			return ctx.Err()
		}
		if deadline, ok := ctx.Deadline(); ok && time.Now().Add(left).After(deadline) {
			return errors.New("the host wants to be left alone for longer than the check may take")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(left):
		}
	}
}

// pause leaves the host alone for a while.
func (h *host) pause(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := time.Now().Add(d); until.After(h.until) {
		h.until = until
	}
}
