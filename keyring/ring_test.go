package keyring_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/keyring"
)

func documents(t *testing.T) *artifact.Documents {
	t.Helper()
	store, err := artifact.Open(t.Context(), "file://"+t.TempDir(), artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store.Documents()
}

func ada() keyring.Key {
	return keyring.Key{Tenant: "handbook", Name: "Ada", Scopes: []job.Scope{job.ScopeSubmit, job.ScopeRead, job.ScopeRead}}
}

func TestAKeyOpensItsTenant(t *testing.T) {
	t.Parallel()
	docs := documents(t)
	ring := keyring.New(docs)
	required, err := ring.Required(t.Context())
	require.NoError(t, err)
	require.False(t, required, "without keys none is asked for")

	token, made, err := ring.Create(t.Context(), ada())
	require.NoError(t, err)
	require.Regexp(t, `^dj_[0-9a-z]{10}_[0-9a-z]{52}$`, token)
	require.Contains(t, token, made.ID)
	require.NotContains(t, made.SHA256, token[14:])

	for _, r := range []*keyring.Ring{ring, keyring.New(docs)} { // also another process
		caller, err := r.Authenticate(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, job.Caller{Tenant: "handbook", Name: "Ada", Scopes: []job.Scope{job.ScopeRead, job.ScopeSubmit}}, caller)
		required, err = r.Required(t.Context())
		require.NoError(t, err)
		require.True(t, required)
	}
	listed, err := ring.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, []keyring.Key{*made}, listed)
}

func TestOnlyAValidKeyOpensAnything(t *testing.T) {
	t.Parallel()
	docs := documents(t)
	ring := keyring.New(docs)
	token, made, err := ring.Create(t.Context(), ada())
	require.NoError(t, err)
	_, other, err := ring.Create(t.Context(), ada())
	require.NoError(t, err)

	soon := ada()
	past := time.Now().Add(time.Hour)
	soon.ExpiresAt = &past
	expiring, k, err := ring.Create(t.Context(), soon)
	require.NoError(t, err)
	k.ExpiresAt = &k.CreatedAt // its time has come
	require.NoError(t, docs.Put(t.Context(), "keys/"+k.ID+".json", k))

	last := token[len(token)-1]
	changed := token[:len(token)-1] + string("01"[strings.IndexByte("10", last)&1])
	for name, bad := range map[string]string{
		"none": "", "nonsense": "dj_", "another secret": changed, "another ID": strings.Replace(token, made.ID, other.ID, 1),
		"unknown": strings.Replace(token, made.ID, "0000000000", 1), "expired": expiring, "path": "dj_../../../a_" + token[14:],
		"upper case": strings.ToUpper(token),
	} {
		_, err := keyring.New(docs).Authenticate(t.Context(), bad)
		require.True(t, errors.Is(err, &job.Error{Code: job.CodeNoKey}), "%s: %v", name, err)
	}

	_, err = ring.Authenticate(t.Context(), token)
	require.NoError(t, err)
	revoked, err := ring.Revoke(t.Context(), made.ID)
	require.NoError(t, err)
	again, err := ring.Revoke(t.Context(), made.ID)
	require.NoError(t, err)
	require.Equal(t, revoked.RevokedAt.UnixNano(), again.RevokedAt.UnixNano())
	_, err = ring.Authenticate(t.Context(), token)
	require.ErrorContains(t, err, "was revoked")

	_, err = ring.Revoke(t.Context(), "nothing")
	require.True(t, errors.Is(err, &job.Error{Code: job.CodeNotFound}))
}

// Whoever revokes the last key closes the API, and does not open it.
func TestRevokingTheLastKeyOpensNothing(t *testing.T) {
	t.Parallel()
	docs := documents(t)
	ring := keyring.New(docs)
	_, made, err := ring.Create(t.Context(), ada())
	require.NoError(t, err)
	_, err = ring.Revoke(t.Context(), made.ID)
	require.NoError(t, err)
	required, err := keyring.New(docs).Required(t.Context())
	require.NoError(t, err)
	require.True(t, required)
}

func TestRefusedKeys(t *testing.T) {
	t.Parallel()
	ring := keyring.New(documents(t))
	past := time.Now().Add(-time.Hour)
	for field, bad := range map[string]keyring.Key{
		"tenant":  {Tenant: "a/b", Name: "x", Scopes: []job.Scope{job.ScopeRead}},
		"name":    {Tenant: "a", Name: "x\"", Scopes: []job.Scope{job.ScopeRead}},
		"scopes":  {Tenant: "a", Name: "x", Scopes: []job.Scope{"write"}},
		"expires": {Tenant: "a", Name: "x", Scopes: []job.Scope{job.ScopeRead}, ExpiresAt: &past},
	} {
		_, _, err := ring.Create(t.Context(), bad)
		var refused *job.Error
		require.ErrorAs(t, err, &refused, field)
		require.Equal(t, field, refused.Faults[0].Field)
	}
	keys, err := ring.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, keys)
}

func FuzzAuthenticate(f *testing.F) {
	f.Add("dj_0123456789_0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk")
	f.Fuzz(func(t *testing.T, token string) {
		ring := keyring.New(documents(t))
		_, err := ring.Authenticate(t.Context(), token)
		require.True(t, errors.Is(err, &job.Error{Code: job.CodeNoKey}), "%v", err)
	})
}
