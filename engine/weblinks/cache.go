package weblinks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// A Cache keeps when addresses of a host were last found to be good. Bad answers are never kept. Addresses are known by
// their digests: some hold secrets.
type Cache interface {
	// Load returns what is known of a host, by digest; nothing where nothing is.
	Load(ctx context.Context, host string) (map[string]time.Time, error)
	// Save replaces what is known of a host.
	Save(ctx context.Context, host string, good map[string]time.Time) error
}

type noCache struct{}

func (noCache) Load(context.Context, string) (map[string]time.Time, error) { return nil, nil }
func (noCache) Save(context.Context, string, map[string]time.Time) error   { return nil }

// maxCached bounds how many addresses of one host are kept.
const maxCached = 10_000

// cacheKey is the digest of an address.
func cacheKey(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hex.EncodeToString(sum[:16])
}

// prune removes what does not count any more, and the oldest where there is too much.
func prune(good map[string]time.Time, now time.Time, fresh time.Duration) {
	times := make([]time.Time, 0, len(good))
	for key, at := range good {
		if now.Sub(at) >= fresh || at.After(now) {
			delete(good, key)
			continue
		}
		times = append(times, at)
	}
	if len(times) <= maxCached {
		return
	}
	slices.SortFunc(times, time.Time.Compare)
	oldest := times[len(times)-maxCached]
	for key, at := range good {
		if at.Before(oldest) {
			delete(good, key)
		}
	}
}
