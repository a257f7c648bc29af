package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/engine/docx/docxtest"
)

// wordFolder is a folder as writers have them.
func wordFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	word := docxtest.New(docxtest.P("Text.")).Bytes()
	for name, content := range map[string][]byte{
		"a.docx": word, "manuals/b.docx": word, "manuals/new/c.dotx": word, "manuals/c-old.docx": word,
		"manuals/very-old.doc": []byte("old"), "manuals/~$b.docx": []byte("ada"), "notes.txt": []byte("x"),
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	return dir
}

// TestSubmitConvertDryRun tells what a folder would make of itself.
func TestSubmitConvertDryRun(t *testing.T) {
	t.Parallel()
	w, _ := newUploadWorld(t)
	dir := wordFolder(t)
	r := w.run("submit", "convert", dir, "--dry-run", "--batch-size", "2", "--exclude", "*-old.docx")
	require.Zero(t, r.code, r.err)
	require.Regexp(t, `^convert-\w+\n$`, r.out)
	require.Regexp(t, `^4 documents in 2 batches, [\d.]+ kB.\n`+
		`1 file from Word 97-2003 \(.doc\) will be listed as failed: open them in Word and save them as .docx.\n`+
		`1 file left out by --include and --exclude.\n`+
		`1 file left alone, which Word keeps beside documents that somebody has open \(~\$…\): what is not saved is not converted.\n`+
		`1 file left alone, which are no Word documents.\n$`, r.err)

	r = w.run("submit", "convert", dir, "--dry-run", "--json", "--include", "manuals/**", "--include", "x", "--exclude", "**/*old*")
	require.Zero(t, r.code, r.err)
	var plan struct {
		ID                           string
		Documents, Batches, Left_out int
		Params                       struct{ Include, Exclude []string }
	}
	require.NoError(t, json.Unmarshal([]byte(r.out), &plan))
	require.Equal(t, 2, plan.Documents)
	require.Equal(t, 1, plan.Batches)
	require.Equal(t, 3, plan.Left_out)
	require.Equal(t, []string{"manuals/**", "x"}, plan.Params.Include)
}

// What makes no job is refused by name, before anything is sent.
func TestSubmitConvertRefuses(t *testing.T) {
	t.Parallel()
	w, uploads := newUploadWorld(t)
	dir := wordFolder(t)
	for want, args := range map[string][]string{
		"--include and --exclude leave out all of 5 Word documents in": {dir, "--include", "*.DOCX"},
		"There is no Word document in":                                 {t.TempDir()},
		"a.docx is one Word document; what is submitted is a folder":   {filepath.Join(dir, "a.docx")},
		"is no pattern: a [ has no ]":                                  {dir, "--exclude", "[a"},
		"must be a pattern for paths in the source":                    {dir, "--include", "a", "--include", "/a"},
		"must be 1 to 500":                                             {dir, "--batch-size", "501"},
	} {
		r := w.run(append([]string{"submit", "convert"}, args...)...)
		require.Equal(t, cli.ExitFailed, r.code, want)
		require.Contains(t, r.err, want)
	}
	require.Zero(t, uploads.received.Load())
}
