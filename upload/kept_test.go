package upload_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/upload"
)

// kept returns the sizes of the archives that are kept.
func (f fixture) kept(t *testing.T, since time.Time, referred ...string) (kept []artifact.Ref) {
	t.Helper()
	for ref, err := range f.Kept(t.Context(), since, func(tree string) bool {
		return len(referred) > 0 && upload.ID(tree) == referred[0]
	}) {
		require.NoError(t, err)
		kept = append(kept, ref)
	}
	return kept
}

func TestUploadsAreKeptWhileTheyAreUsed(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1<<20)
	ctx := job.WithCaller(t.Context(), job.Caller{Tenant: "docs"})
	u, _, err := s.Callers().Receive(ctx, bytes.NewReader(zipOf(t, map[string]string{"a.md": "# A"})))
	require.NoError(t, err)
	require.Len(t, s.kept(t, time.Now().Add(-time.Hour)), 1)
	later := time.Now().Add(time.Hour)
	require.Empty(t, s.kept(t, later))
	require.Len(t, s.kept(t, later, u.ID), 1, "a job refers to it")

	// One from before it was noted when uploads are used counts as used now.
	type entry map[string]any
	var old entry
	key := "uploads/" + upload.Tree(u.ID) + ".json"
	require.NoError(t, s.blobs.Documents().Get(ctx, key, &old))
	delete(old, "used")
	require.NoError(t, s.blobs.Documents().Put(ctx, key, old))
	require.Len(t, s.kept(t, time.Now().Add(-time.Hour)), 1)

	// Who asks for an upload means to use it.
	old["used"] = time.Now().Add(-48 * time.Hour)
	require.NoError(t, s.blobs.Documents().Put(ctx, key, old))
	require.Empty(t, s.kept(t, time.Now().Add(-time.Hour)))
	_, err = s.Find(ctx, u.ID)
	require.NoError(t, err)
	require.Len(t, s.kept(t, time.Now().Add(-time.Hour)), 1)
}

// An upload whose archive was swept is sent again; one that is in the bin is taken out.
func TestUploadsThatWereSwept(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1<<20)
	archive := zipOf(t, map[string]string{"a.md": "# A"})
	u, _, err := s.Receive(t.Context(), bytes.NewReader(archive))
	require.NoError(t, err)
	sweep := func(passed time.Duration) {
		_, err := s.blobs.Sweep(context.Background(), artifact.SweepOptions{Grace: time.Hour, Now: func() time.Time { return time.Now().Add(passed) }})
		require.NoError(t, err)
	}
	sweep(2 * time.Hour)
	_, err = s.Find(t.Context(), u.ID)
	require.NoError(t, err)
	sweep(2 * time.Hour)
	sweep(4 * time.Hour)
	_, err = s.Find(t.Context(), u.ID)
	require.Equal(t, job.CodeNotFound, job.CodeOf(err))
	_, created, err := s.Receive(t.Context(), bytes.NewReader(archive))
	require.NoError(t, err)
	require.True(t, created)
}
