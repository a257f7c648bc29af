package docxtest_test

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"testing"

	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

// TestFile looks at the file as a zip archive of well-formed parts, so that a test
// that fails can trust what it was given.
func TestFile(t *testing.T) {
	t.Parallel()
	f := w.New(w.Heading(1, "a & b"), w.P("c", w.FootnoteRef(2), w.Picture("rId9", `"d"`))).Footnote(2, w.P("e")).Media("rId9", "f.png", w.PNG())
	require.Equal(t, f.Bytes(), f.Bytes(), "the same calls make the same bytes")
	z, err := zip.NewReader(f.Reader(), f.Size())
	require.NoError(t, err)
	var names []string
	for _, part := range z.File {
		names = append(names, part.Name)
		if part.Name != "word/media/f.png" {
			requireWellFormed(t, part)
		}
	}
	require.Equal(t, []string{
		"[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/document.xml", "word/footnotes.xml",
		"word/media/f.png", "word/numbering.xml", "word/styles.xml",
	}, names)
}

func requireWellFormed(t *testing.T, part *zip.File) {
	t.Helper()
	r, err := part.Open()
	require.NoError(t, err)
	defer r.Close()
	for d := xml.NewDecoder(r); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			require.NoError(t, err, part.Name)
		}
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	require.Equal(t, w.XML(`<w:p><w:pPr><w:pStyle w:val="Quote"/></w:pPr><w:r><w:t xml:space="preserve">a &lt; b</w:t></w:r></w:p>`), w.Styled("Quote", "a < b"))
	require.Equal(t, w.XML(`<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t xml:space="preserve">a</w:t></w:r></w:p></w:tc>`), w.Cell(w.Span(2), "a"))
	require.Panics(t, func() { w.P(1) })
}
