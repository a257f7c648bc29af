package artifact_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

func TestOutputsOfAJob(t *testing.T) {
	t.Parallel()
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	defer store.Close()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "guide"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "guide", "index.html"), []byte("<p>Guide"), 0o644))
	site, err := store.Trees().Put(t.Context(), dir, artifact.TreeOptions{})
	require.NoError(t, err)
	report, err := store.Put(t.Context(), strings.NewReader("{}"))
	require.NoError(t, err)
	outputs := []job.Output{
		site.Output("site/"),
		{Path: "reports/links.json", MediaType: "application/json", SHA256: report.SHA256, Size: report.Size},
	}

	var paths []string
	for f, err := range store.Outputs().Files(t.Context(), outputs) {
		require.NoError(t, err)
		paths = append(paths, f.Path)
	}
	require.Equal(t, []string{"reports/links.json", "site/guide/index.html"}, paths)

	content, found, err := store.Outputs().Open(t.Context(), outputs, "site/guide/index.html")
	require.NoError(t, err)
	defer content.Close()
	text, err := io.ReadAll(content)
	require.NoError(t, err)
	require.Equal(t, "<p>Guide", string(text))
	require.Equal(t, "text/html; charset=utf-8", found.MediaType)

	for _, path := range []string{"", "site/", "site", "site/guide", "site/../reports/links.json", "reports/links.jso"} {
		_, _, err := store.Outputs().Open(t.Context(), outputs, path)
		require.True(t, errors.Is(err, &job.Error{Code: job.CodeNotFound}), "%q: %v", path, err)
	}
}
