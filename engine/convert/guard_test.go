package convert_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// faulty is a source one document of which makes the program fail.
type faulty struct{ documents }

type faultyFile struct{ convert.File }

func (faultyFile) ReadAt([]byte, int64) (int, error) { panic("index out of range") }

func (f faulty) Open(ctx context.Context, path string) (convert.File, error) {
	file, err := f.documents.Open(ctx, path)
	if path == "faulty.docx" {
		return faultyFile{file}, err
	}
	return file, err
}

// A fault of the program is the end of one document, not of the process, and the same
// words each time.
func TestAFaultRejectsOneDocument(t *testing.T) {
	t.Parallel()
	text := w.New(w.P(w.Link("r1", "See it."))).External("r1", "hyperlink", "faulty.docx").Bytes()
	src := faulty{documents{"faulty.docx": text, "good.docx": text}}
	out := filepath.Join(t.TempDir(), "out")
	report, err := convert.Convert(t.Context(), src, "faulty.docx", out, convert.Options{})
	require.NoError(t, err)
	require.Equal(t, convert.Rejected, report.Outcome)
	require.Equal(t, "fault", report.Reason.Code)
	require.Regexp(t, `^index out of range \(.*, line \d+ of .*\.go\)$`, report.Reason.Detail)
	require.NoDirExists(t, out)

	again, err := convert.Convert(t.Context(), src, "faulty.docx", out, convert.Options{})
	require.NoError(t, err)
	require.Equal(t, report, again)

	report, err = convert.Convert(t.Context(), src, "good.docx", out, convert.Options{})
	require.NoError(t, err)
	require.Equal(t, convert.WithWarnings, report.Outcome, "a link to it loses its goal")
	require.Equal(t, "fault", report.Warnings[0].Code)
	require.Regexp(t, `^docjobs itself fails at faulty\.docx, to which a link leads\. .*index out of range`, report.Warnings[0].Message)

	seen, err := convert.Inspect(t.Context(), src, "faulty.docx", convert.Options{})
	require.NoError(t, err)
	require.Len(t, seen.Unread, 1)
}
