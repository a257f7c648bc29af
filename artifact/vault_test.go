package artifact

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAVaultKeepsWhatWasWrittenWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v, err := OpenVault(t.Context(), "file://"+dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	put := func(text string, failed error) (Ref, error) {
		return v.Put(t.Context(), "docs/publish-a.1.zip", func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return errors.Join(err, failed)
		})
	}
	ref, err := put("one", nil)
	require.NoError(t, err)
	require.Equal(t, refOfBytes([]byte("one")), ref)

	broken := errors.New("the source broke off")
	_, err = put("half", broken)
	require.ErrorIs(t, err, broken)
	content, err := os.ReadFile(filepath.Join(dir, "docs", "publish-a.1.zip"))
	require.NoError(t, err)
	require.Equal(t, "one", string(content), "what was there stays")
	files, err := os.ReadDir(filepath.Join(dir, "docs"))
	require.NoError(t, err)
	require.Len(t, files, 1, "and nothing is left beside it")
	require.Equal(t, "file://"+dir+"/docs/publish-a.1.zip", v.Location("docs/publish-a.1.zip"))

	_, err = v.Put(t.Context(), "../x", func(io.Writer) error { return nil })
	require.Error(t, err)
}

func TestLocationsHoldNoParameters(t *testing.T) {
	t.Parallel()
	v, err := OpenVault(t.Context(), "mem://?secret=x")
	require.NoError(t, err)
	require.NotContains(t, v.Location("a.zip"), "secret")
}
