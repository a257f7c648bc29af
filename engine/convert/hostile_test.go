package convert_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/dita/refs"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// Names of pictures come from the file: what leads out of it, or would be another
// kind of file outside, becomes a picture of the folder or none.
func TestPicturesStayInTheirFolder(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"../../../../etc/passwd":        "",
		"/../secret.png":                "",
		`..\..\secret.png`:              "",
		"media/a.png/../../../../b.png": "",
		"media/run.sh%00.png":           "",
		"media/..%2f..%2fb.png":         "",
		"media/CON.png":                 "images/image1.png",
		"media/a b.png":                 "images/image1.png",
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			file := w.New(w.P("Text ", w.Picture("r1", "alt"), ".")).Rel("r1", "image", target).
				Part("word/media/CON.png", string(w.PNG())).Part("word/media/a b.png", string(w.PNG()))
			report, files := made(t, documents{"doc.docx": file.Bytes()}, "doc.docx", convert.Options{})
			require.Equal(t, report.Fidelity.Words.In, report.Fidelity.Words.Out)
			var pictures []string
			for name := range files {
				if !strings.Contains(name, ".dita") {
					pictures = append(pictures, name)
				}
			}
			require.Equal(t, want, strings.Join(pictures, ", "))
		})
	}
}

// What a document becomes, and how long that takes, has limits of its own.
func TestLimitsOfAConversion(t *testing.T) {
	t.Parallel()
	manual := documents{"doc.docx": w.Manual(3).Bytes()}
	for code, limits := range map[string]convert.Limits{
		"too_large": {Output: 10_000},
		"timeout":   {Time: time.Nanosecond},
		"bomb":      {Parts: 3},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			report, files := made(t, manual, "doc.docx", convert.Options{Limits: limits})
			require.Equal(t, convert.Rejected, report.Outcome)
			require.Equal(t, code, report.Reason.Code)
			require.NotEmpty(t, report.Reason.Message)
			require.Empty(t, files)
		})
	}
}

// Whatever stands in a document, it is rejected with a reason, or becomes DITA that
// is well-formed and whose references lead somewhere.
func FuzzConvert(f *testing.F) {
	for _, blocks := range [][]w.XML{
		{w.Heading(1, "A", w.FootnoteRef(2)), w.P("Note: b ", w.Field(` PAGEREF x \h `, "1"), w.Field(` XE "c:d" `)), w.Heading(3, w.Bookmark("x", "c"))},
		{w.Heading(1, "A"), w.P("Before you begin:"), w.Item(w.Bulleted, 0, "a"), w.Item(w.Numbered, 0, "Choose one of:"), w.Item(w.Bulleted, 1, "b"), w.Item(w.Numbered, 0, "c"), w.Item(w.Numbered, 1, "d"), w.P("Result: e")},
		{w.Styled("Caption", "Table 1: a"), w.Table(w.HeaderRow(w.Cell(w.MergeStart, w.Span(2), "i")), w.Row(w.Cell(w.MergeContinue, w.Span(2), w.Table(w.Row(w.Cell("j"))))))},
		{w.Styled("CodeBlock", "a", w.FootnoteRef(2)), w.P(w.Code("b")), w.P("c", w.LineBreak, "d"), w.P(w.TextBox(w.P("h")), w.Picture("r1", "k")), w.Control("m", "n", "o", w.P("p"))},
	} {
		f.Add(w.Root("w:document", append(append([]w.XML{"<w:body>"}, blocks...), "</w:body>")...), true)
	}
	limits := convert.Limits{Output: 8 << 20, Bytes: 1 << 20, Depth: 100}
	f.Fuzz(func(t *testing.T, document string, later bool) {
		o := convert.Options{Limits: limits, Grammar: convert.DITA12}
		if later {
			o.Grammar = convert.DITA13
		}
		file := w.New().Part("word/document.xml", document).Footnote(2, w.P("q"), w.P("r")).Media("r1", "a.png", w.PNG())
		out := filepath.Join(t.TempDir(), "out")
		report, err := convert.Convert(t.Context(), documents{"doc.docx": file.Bytes()}, "doc.docx", out, o)
		require.NoError(t, err)
		if report.Outcome == convert.Rejected {
			require.NotEmpty(t, report.Reason.Message)
			return
		}
		var written []string
		for _, name := range report.Files {
			if strings.HasPrefix(filepath.Ext(name), ".dita") {
				written = append(written, name)
			}
		}
		found, err := refs.Check(t.Context(), out, written, refs.Options{}) // reads every file as XML
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

// A note is told once, at its first reference. So notes that refer to themselves or to
// each other end, and what refers to a long note again and again does not grow.
func TestNotesStandOnce(t *testing.T) {
	t.Parallel()
	laughs := w.New(w.P("a", w.FootnoteRef(1)))
	for id := range 40 {
		laughs.Footnote(id+1, w.P("laugh", w.FootnoteRef(id+2), w.FootnoteRef(id+2)))
	}
	laughs.Footnote(41, w.P("laugh"))
	for name, c := range map[string]struct {
		file *w.File
		word string
		want int
	}{
		"a note in itself":        {w.New(w.P("a", w.FootnoteRef(2))).Footnote(2, w.P("laugh", w.FootnoteRef(2))), "laugh", 1},
		"notes in each other":     {w.New(w.P("a", w.FootnoteRef(2))).Footnote(2, w.P("laugh", w.EndnoteRef(3))).Endnote(3, w.P("laugh", w.FootnoteRef(2))), "laugh", 2},
		"a comment in itself":     {w.New(w.P("a", w.CommentRef(2))).Comment(2, "Ann", w.P("laugh", w.CommentRef(2))), "laugh", 1},
		"two references each":     {laughs, "laugh", 41},
		"two references in a row": {w.New(w.P("a", w.FootnoteRef(2), "b", w.FootnoteRef(2)), w.Heading(1, "H"), w.P("c", w.FootnoteRef(2))).Footnote(2, w.P("laugh")), "laugh", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, files := made(t, documents{"doc.docx": c.file.Bytes()}, "doc.docx", convert.Options{})
			require.NotEqual(t, convert.Rejected, report.Outcome)
			require.Equal(t, c.want, strings.Count(all(files), c.word))
			require.Equal(t, report.Fidelity.Words.In, report.Fidelity.Words.Out)
			require.LessOrEqual(t, report.Fidelity.Footnotes.Out, report.Fidelity.Footnotes.In)
			require.Equal(t, "repeated-note", report.Warnings[0].Code)
		})
	}
}

// A paragraph with very many bookmarks is looked at once, not once for each of them,
// which would take minutes.
func TestManyBookmarksInOneParagraph(t *testing.T) {
	t.Parallel()
	var content strings.Builder
	for i := range 100_000 {
		content.WriteString(string(w.Bookmark("b"+strconv.Itoa(i), "")))
	}
	report, files := made(t, documents{"doc.docx": w.New(w.P(w.XML(content.String()), "text")).Bytes()}, "doc.docx", convert.Options{})
	require.NotEqual(t, convert.Rejected, report.Outcome)
	require.Contains(t, all(files), "text")
}
