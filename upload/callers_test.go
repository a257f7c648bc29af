package upload_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestTenantsSeeTheirOwnUploads(t *testing.T) {
	t.Parallel()
	callers := newStore(t, 1<<20).Callers()
	as := func(tenant string) context.Context {
		return job.WithCaller(t.Context(), job.Caller{Tenant: tenant})
	}
	archive := zipOf(t, map[string]string{"a.md": "# A"})
	u, created, err := callers.Receive(as("one"), bytes.NewReader(archive))
	require.NoError(t, err)
	require.True(t, created)
	_, err = callers.Find(as("one"), u.ID)
	require.NoError(t, err)

	_, err = callers.Find(as("two"), u.ID)
	require.True(t, errors.Is(err, &job.Error{Code: job.CodeNotFound}), "whoever knows the digest does not have the content")
	same, created, err := callers.Receive(as("two"), bytes.NewReader(archive))
	require.NoError(t, err)
	require.True(t, created, "that others had it cannot be told")
	require.Equal(t, u, same)
	_, created, err = callers.Receive(as("two"), bytes.NewReader(archive))
	require.NoError(t, err)
	require.False(t, created)
}
