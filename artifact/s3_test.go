package artifact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release/s3release/s3test"
)

// A store and a vault do in a real S3 service what they do in a folder.
func TestSweepAndVaultOfABucket(t *testing.T) {
	server := s3test.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	server.Bucket(t, "artifacts")
	server.Bucket(t, "vault")
	address := func(bucket string) string {
		return fmt.Sprintf("s3://%s?region=us-east-1&use_path_style=true&endpoint=%s", bucket, server.URL)
	}
	s := openStore(t, address("artifacts"))
	site, old := putTree(t, s, "shared", "only here"), putTree(t, s, "shared", "only there")
	require.NoError(t, s.Holds().Put(t.Context(), "publish-a", 1, "build", site))
	require.NoError(t, s.Holds().Put(t.Context(), "publish-b", 1, "build", old))
	require.Zero(t, sweepAt(t, s, 2*grace).Discarded)
	require.NoError(t, s.Holds().Release(t.Context(), "publish-b", 1))
	require.Equal(t, 2, sweepAt(t, s, 2*grace).Discarded)
	requireTree(t, s, old) // which takes it out of the bin
	require.Equal(t, 2, sweepAt(t, s, 4*grace).Discarded, "and nobody has held it")
	require.Positive(t, sweepAt(t, s, 6*grace).Deleted)
	_, err := s.Trees().Get(t.Context(), old)
	require.ErrorIs(t, err, ErrNotFound)
	requireTree(t, s, site)
	requireEmptyBin(t, s)

	v, err := OpenVault(t.Context(), address("vault"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	content := bytes.Repeat([]byte("archive "), 2<<20) // several parts
	ref, err := v.Put(t.Context(), "docs/publish-a.1.zip", func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	require.NoError(t, err)
	require.Equal(t, refOfBytes(content), ref)
	require.Equal(t, "s3://vault/docs/publish-a.1.zip", v.Location("docs/publish-a.1.zip"))
	_, err = v.Put(t.Context(), "docs/half.zip", func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, io.ErrUnexpectedEOF)
	})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	there, err := v.store.bucket.Exists(t.Context(), "docs/half.zip")
	require.NoError(t, err)
	require.False(t, there, "nothing half-written is visible")
}
