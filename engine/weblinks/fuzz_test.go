package weblinks

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzRetryAfter checks that no server can make a check wait in the past or go on at once for ever.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "120", "-1", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", " 7 "} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		require.GreaterOrEqual(t, retryAfter(value, now), time.Duration(0))
	})
}

func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2015, 10, 21, 7, 27, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "120": 2 * time.Minute, "0": time.Millisecond,
		"Wed, 21 Oct 2015 07:28:00 GMT": time.Minute, "Wed, 21 Oct 2015 07:26:00 GMT": time.Millisecond,
	} {
		require.Equal(t, want, retryAfter(value, now), value)
	}
	require.Greater(t, retryAfter("99999999999999999999", now), time.Hour)
}
