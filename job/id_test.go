package job_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestDeriveID(t *testing.T) {
	t.Parallel()
	id := job.DeriveID(job.KindPublish, "tenant", "digest")
	require.Regexp(t, regexp.MustCompile(`^publish-[0-9a-hjkmnp-tv-z]{16}$`), id)
	require.Equal(t, id, job.DeriveID(job.KindPublish, "tenant", "digest"), "the same work has the same ID")
	require.Equal(t, job.KindPublish, id.Kind())

	others := []job.ID{
		job.DeriveID(job.KindProbe, "tenant", "digest"),
		job.DeriveID(job.KindPublish, "tenan", "tdigest"),
		job.DeriveID(job.KindPublish, "tenantdigest"),
		job.DeriveID(job.KindPublish, "tenant", "digest", ""),
		job.RandomID(job.KindPublish),
	}
	for _, other := range others {
		require.NotEqual(t, strings.TrimPrefix(string(id), "publish-"), strings.TrimPrefix(string(other), "publish-"))
	}
	require.NotContains(t, id, "tenant")
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"publish-3f9k2m7qx1ab", "publish-3f9k2m7qx1ab4c5d", "convert-3f9k2m7qx1ab.b07", "translate-3f9k2m7qx1ab.pt-br",
	} {
		id, err := job.ParseID(good)
		require.NoError(t, err, good)
		require.Equal(t, job.ID(good), id)
	}
	for _, bad := range []string{
		"", "publish", "publish-", "publish-short", "Publish-3f9k2m7qx1ab", "publish-3F9K2M7QX1AB",
		"publish-3f9k2m7qx1al", // l is not in the alphabet
		"publish-3f9k2m7qx1ab/..", "publish-3f9k2m7qx1ab.", "publish-3f9k2m7qx1ab..b1", "publish-3f9k2m7qx1ab\n",
		"publish-3f9k2m7qx1ab." + strings.Repeat("b", job.MaxIDLength),
	} {
		_, err := job.ParseID(bad)
		require.True(t, errors.Is(err, &job.Error{Code: job.CodeNotFound}), "%q", bad)
	}
}

func TestParent(t *testing.T) {
	t.Parallel()
	require.Equal(t, job.ID("convert-3f9k2m7qx1ab"), job.ID("convert-3f9k2m7qx1ab.b07").Parent())
	require.Equal(t, job.ID(""), job.ID("convert-3f9k2m7qx1ab").Parent())
}

func FuzzParseID(f *testing.F) {
	f.Add("publish-3f9k2m7qx1ab")
	f.Add("convert-3f9k2m7qx1ab.b07")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := job.ParseID(s)
		if err != nil {
			return
		}
		require.Equal(t, s, string(id))
		require.LessOrEqual(t, len(s), job.MaxIDLength)
		require.NotContains(t, s, "/")
		require.NotContains(t, s, "..")
	})
}
