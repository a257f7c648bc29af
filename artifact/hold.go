package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// holdsFolder is where holds are, as documents:
//
//	holds/<job>/<attempt>/<name>.<digest of the hold>.json
const holdsFolder = "holds"

// Holds keep blobs from being swept; see [Store.Sweep]. A job holds what its steps
// refer to, from the moment at which a step is done until the job expires.
type Holds struct {
	store *Store
}

// Holds returns the holds on the blobs of this store.
func (s *Store) Holds() *Holds { return &Holds{store: s} }

// A hold is one document of digests. Of a folder it has the manifest's, and the files
// are held with it.
type hold struct {
	Digests []string `json:"digests"`
}

// Put holds everything that v, as JSON, names by digest, for an attempt of a job: v
// is what a step came to. It may be called again, and by several at once: no hold
// replaces another.
func (h *Holds) Put(ctx context.Context, job string, attempt int, name string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("hold what %s refers to: %w", name, err)
	}
	var value any
	if err := json.Unmarshal(content, &value); err != nil {
		return fmt.Errorf("hold what %s refers to: %w", name, err)
	}
	held := hold{Digests: digestsIn(value)}
	if len(held.Digests) == 0 {
		return nil
	}
	sum := sha256.Sum256([]byte(strings.Join(held.Digests, " ")))
	key := fmt.Sprintf("%s%s.%s.json", attemptFolder(job, attempt), name, hex.EncodeToString(sum[:8]))
	return h.store.Documents().Put(ctx, key, held)
}

// attemptFolder is where the holds of an attempt are.
func attemptFolder(job string, attempt int) string {
	return fmt.Sprintf("%s/%s/%06d/", holdsFolder, job, attempt)
}

// digestsIn returns every digest that a JSON value names, sorted: bare, or as the
// ID of an upload.
func digestsIn(value any) (digests []string) {
	var walk func(any)
	walk = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case string:
			if digest := strings.TrimPrefix(v, "sha256:"); validDigest(digest) {
				digests = append(digests, digest)
			}
		}
	}
	walk(value)
	slices.Sort(digests)
	return slices.Compact(digests)
}

// Release lets go of what a job holds for its first attempts, up to the given one.
func (h *Holds) Release(ctx context.Context, job string, upTo int) error {
	if !validSegment(job) {
		return fmt.Errorf("holds of job %q: not a Job ID", job)
	}
	end := attemptFolder(job, upTo+1)
	for key, err := range h.store.list(ctx, holdsFolder+"/"+job+"/", "") {
		if err != nil {
			return err
		}
		if key >= end {
			return nil // those of later attempts follow
		}
		if err := h.store.Documents().Delete(ctx, key); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// all returns every digest that anybody holds. A hold that goes away meanwhile is none.
func (h *Holds) all(ctx context.Context) (map[string]bool, error) {
	var keys []string
	for key, err := range h.store.list(ctx, holdsFolder+"/", "") {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	digests := map[string]bool{}
	var mu sync.Mutex
	err := parallel(ctx, h.store.workers, len(keys), func(ctx context.Context, i int) error {
		var held hold
		err := h.store.Documents().Get(ctx, keys[i], &held)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		for _, digest := range held.Digests {
			digests[digest] = true
		}
		return err
	})
	return digests, err
}
