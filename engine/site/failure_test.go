package site_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
)

// TestFaultsInAPlainFolderNameTheOriginal has a generator that complains
// about line 20 of the file that was prepared for it.
func TestFaultsInAPlainFolderNameTheOriginal(t *testing.T) {
	t.Parallel()
	o := script(t, `site=$3; set -- "$site"/content/p*; f=$1
echo "ERROR error building site: render of \"$f\" failed: \"$f:20:3\": at \"$site/layouts/all.html:1:1\": boom" >&2; exit 1`)
	docs := filepath.Join(o.Source, "web", "guide")
	require.NoError(t, os.MkdirAll(docs, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(docs, "a.md"), []byte("---\ntitle: A\n---\n\nhello\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(docs, "index.md"), []byte("# Home\n"), 0o644))
	o.Dir = "web/guide"
	_, err := site.Build(t.Context(), o)
	var fault *site.BuildError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, site.Markdown, fault.Generator)
	require.Equal(t, "web/guide/a.md", fault.File)
	require.Equal(t, 3, fault.Column)
	require.Greater(t, fault.Line, 4)
	require.NotContains(t, fault.Error(), o.Work)
	require.Contains(t, fault.Message, `render of "web/guide/a.md" failed`)
}

func TestEveryFaultIsThere(t *testing.T) {
	t.Parallel()
	o := script(t, `i=0; while [ $i -lt 90 ]; do echo "ERROR fault $i" >&2; i=$((i+1)); done; echo "ERROR fault 0" >&2
echo "ERROR error building site: logged 91 error(s)" >&2; exit 1`)
	_, err := site.Build(t.Context(), o)
	var fault *site.BuildError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "fault 0", fault.Error())
	require.Len(t, fault.More, 49)
	require.Equal(t, "fault 49", fault.More[48].Message)
}

func TestAWrongFolderIsNamed(t *testing.T) {
	t.Parallel()
	o := script(t, "exit 0")
	o.Dir = "gone"
	_, err := site.Build(t.Context(), o)
	var none *site.NotASiteError
	require.ErrorAs(t, err, &none)
	o.Dir = "../src"
	_, err = site.Build(t.Context(), o)
	require.ErrorContains(t, err, "not inside the source")
}
