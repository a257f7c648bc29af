package keyring

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// Documents is where keys are kept; [artifact.Documents] is one.
type Documents interface {
	Put(ctx context.Context, key string, v any) error
	Create(ctx context.Context, key string, v any) error
	Get(ctx context.Context, key string, v any) error
	List(ctx context.Context, folder string) iter.Seq2[string, error]
}

// folder is where the keys are in [Documents].
const folder = "keys"

func place(id string) string { return folder + "/" + id + ".json" }

// remember is for how long what was looked up is believed, and so how long a
// revoked key may go on opening the API of other processes.
const remember = 5 * time.Second

// maxRemembered bounds what is remembered: whoever sends made-up keys must not
// fill the memory.
const maxRemembered = 10_000

// A Ring is all keys of an installation. It is safe for concurrent use.
type Ring struct {
	documents Documents

	mu       sync.Mutex
	known    map[string]lookup // by ID
	required lookup
}

// lookup is what was found, and when.
type lookup struct {
	key   *Key // nil if there is none
	found bool
	at    time.Time
}

func (l lookup) fresh(now time.Time) bool { return now.Sub(l.at) < remember }

// New returns the ring of the keys in documents.
func New(documents Documents) *Ring {
	return &Ring{documents: documents, known: map[string]lookup{}}
}

// Create makes a key of what k says of tenant, name, scopes and expiry. The token,
// which is what a caller sends, cannot be had again.
func (r *Ring) Create(ctx context.Context, k Key) (token string, _ *Key, err error) {
	now := time.Now().UTC()
	k.Scopes = slices.Compact(slices.Sorted(slices.Values(k.Scopes)))
	if err := k.check(now); err != nil {
		return "", nil, err
	}
	token, k.ID = newToken()
	k.SHA256, k.CreatedAt, k.RevokedAt = digestOf(token), now, nil
	if err := r.documents.Create(ctx, place(k.ID), k); err != nil {
		return "", nil, fmt.Errorf("storing the key: %w", err)
	}
	r.forget()
	return token, &k, nil
}

// List returns all keys, revoked and expired ones too, the oldest first.
func (r *Ring) List(ctx context.Context) ([]Key, error) {
	keys := []Key{}
	for name, err := range r.documents.List(ctx, folder) {
		if err != nil {
			return nil, fmt.Errorf("listing the keys: %w", err)
		}
		var k Key
		if err := r.documents.Get(ctx, name, &k); err != nil {
			return nil, fmt.Errorf("listing the keys: %w", err)
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b Key) int {
		if order := a.CreatedAt.Compare(b.CreatedAt); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return keys, nil
}

// Revoke makes a key open nothing any more. Doing so again changes nothing.
func (r *Ring) Revoke(ctx context.Context, id string) (*Key, error) {
	k, err := r.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, &job.Error{
			Code: job.CodeNotFound, Cause: job.CauseRequest,
			Message: fmt.Sprintf("There is no key %.40q.", id),
			Hint:    "`docjobs keys list` shows the IDs of the keys.",
		}
	}
	if k.RevokedAt != nil {
		return k, nil
	}
	now := time.Now().UTC()
	k.RevokedAt = &now
	if err := r.documents.Put(ctx, place(id), k); err != nil {
		return nil, fmt.Errorf("revoking the key: %w", err)
	}
	r.forget()
	return k, nil
}

// Required reports whether requests need a key: from the first key on that was
// ever made, revoked ones included, so that revoking the last one opens nothing.
func (r *Ring) Required(ctx context.Context) (bool, error) {
	now := time.Now()
	r.mu.Lock()
	seen := r.required
	r.mu.Unlock()
	if seen.found || seen.fresh(now) {
		return seen.found, nil
	}
	seen = lookup{at: now}
	for _, err := range r.documents.List(ctx, folder) {
		if err != nil {
			return true, fmt.Errorf("looking for keys: %w", err)
		}
		seen.found = true
		break
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.required = seen
	return seen.found, nil
}

// Authenticate returns on whose behalf a request with the token is made, or a
// *job.Error with CodeNoKey.
func (r *Ring) Authenticate(ctx context.Context, token string) (job.Caller, error) {
	if token == "" {
		return job.Caller{}, refused("The request carries no API key, and this server asks for one.")
	}
	match := tokenPattern.FindStringSubmatch(token)
	if match == nil {
		return job.Caller{}, refused("This is not an API key.")
	}
	k, err := r.lookUp(ctx, match[1])
	if err != nil {
		return job.Caller{}, err
	}
	switch now := time.Now(); {
	case k == nil || !k.opens(token):
		return job.Caller{}, refused("The API key is not known here.")
	case k.RevokedAt != nil:
		return job.Caller{}, refused("The API key " + k.ID + " was revoked.")
	case !k.Valid(now):
		return job.Caller{}, refused("The API key " + k.ID + " has expired.")
	}
	return k.Caller(), nil
}

func refused(message string) *job.Error {
	return &job.Error{
		Code: job.CodeNoKey, Cause: job.CauseRequest, Message: message,
		Hint: "Set DOCJOBS_KEY, or send Authorization: Bearer; the operator makes keys with docjobs keys create.",
	}
}

// lookUp returns the key with the ID as it was a few seconds ago at most, or nil.
func (r *Ring) lookUp(ctx context.Context, id string) (*Key, error) {
	now := time.Now()
	r.mu.Lock()
	seen := r.known[id]
	r.mu.Unlock()
	if seen.fresh(now) {
		return seen.key, nil
	}
	k, err := r.load(ctx, id)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxRemembered {
		clear(r.known)
	}
	r.known[id] = lookup{key: k, at: now}
	return k, nil
}

// load reads the key with the ID, or returns nil.
func (r *Ring) load(ctx context.Context, id string) (*Key, error) {
	if !idPattern.MatchString(id) {
		return nil, nil
	}
	var k Key
	err := r.documents.Get(ctx, place(id), &k)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, &job.Error{
			Code: job.CodeUnavailable, Cause: job.CauseService, Retryable: true,
			Message: "API keys cannot be checked at the moment.", Hint: "Try again in a moment.", Detail: err.Error(),
		}
	}
	return &k, nil
}

// forget makes the next look-ups read what is kept.
func (r *Ring) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.known)
	r.required = lookup{}
}
