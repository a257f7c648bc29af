package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/docx/docxtest"
)

// TestInspect looks into a folder as a writer does before a migration.
func TestInspect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"a.docx": docxtest.New(docxtest.Heading(1, "Pump"), docxtest.Styled("WarnKasten", "Hot.")).
			Style("paragraph", "WarnKasten", "Kasten Warnung", "").Bytes(),
		"deep/b.docx":   docxtest.New(docxtest.P("Text.")).Bytes(),
		"broken.docx":   []byte("no Word file"),
		"~$a.docx":      []byte("lock"),
		"old/notes.txt": []byte("text"),
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	w := newWorld(t)
	proposed := filepath.Join(t.TempDir(), "map.yaml")
	golden(t, "inspect.txt", transcript("convert inspect WORD --propose MAP", w.run("convert", "inspect", dir, "--propose", proposed)), proposed, "MAP")
	text, err := os.ReadFile(proposed)
	require.NoError(t, err)
	require.Contains(t, string(text), `"Kasten Warnung": note warning # 1 times in 1 documents: "Hot."`)

	again := w.run("convert", "inspect", dir, "--propose", proposed)
	require.Equal(t, 2, again.code)
	require.Contains(t, again.err, "exists already")

	mapped := w.run("convert", "inspect", filepath.Join(dir, "a.docx"), "--style-map", proposed, "--json")
	require.Zero(t, mapped.code, mapped.err)
	var found convert.Inspection
	require.NoError(t, json.Unmarshal([]byte(mapped.out), &found))
	require.Equal(t, 1, found.Documents)
	for _, s := range found.Styles {
		require.True(t, s.Mapped, s.Name)
	}

	for _, args := range [][]string{{"convert", "inspect"}, {"convert", "inspect", filepath.Join(dir, "missing")}, {"convert", "inspect", filepath.Join(dir, "old")}} {
		refused := w.run(args...)
		require.Equal(t, 2, refused.code, "%v: %s", args, refused.err)
	}
}
