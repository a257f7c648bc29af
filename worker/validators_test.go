package worker_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/worker"
)

// A worker says of each version of DITA that nothing validates it, and why.
func TestWhatIsNotValidatedIsTold(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // a machine without validators
	var log bytes.Buffer
	found, said, err := worker.Validators(t.Context(), nil, t.TempDir(), slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	require.Empty(t, found)
	require.Len(t, said, 2)
	for i, version := range []string{"1.2", "1.3"} {
		require.Equal(t, version, said[i].Version)
		require.False(t, said[i].Validated)
		require.Contains(t, log.String(), "Results are not validated.\" dita="+version)
	}
	require.Contains(t, said[0].With, "apt-get install")
	require.Contains(t, said[1].With, "no folder with the grammar of DITA 1.3 is configured (worker.grammars)")
}

// A folder that an operator names and that holds no grammar is refused by name, with
// the folder that was probably meant.
func TestAFolderWithoutGrammarsIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	refused := func() error {
		_, _, err := worker.Validators(t.Context(), map[string]string{"1.3": root}, t.TempDir(), slog.New(slog.DiscardHandler))
		return err
	}
	require.EqualError(t, refused(), "worker.grammars: the folder "+root+" does not hold the grammars of topic, concept, task, reference and map of DITA 1.3 as .rng or .dtd")

	inner := filepath.Join(root, "dita", "rng")
	require.NoError(t, os.MkdirAll(inner, 0o755))
	for _, kind := range []string{"topic", "concept", "task", "reference", "map"} {
		require.NoError(t, os.WriteFile(filepath.Join(inner, kind+".rng"), nil, 0o644))
	}
	require.ErrorContains(t, refused(), "; "+inner+" would do")
}
