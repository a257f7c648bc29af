package docx_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

// tight are limits that let no input cost more than a moment.
func tight() docx.Limits {
	return docx.Limits{Bytes: 1 << 20, Parts: 100, Depth: 100, Nodes: 10_000, RatioFloor: 64 << 10}
}

// readSafely reads a file and checks what holds for every input: it is refused with
// a reason, or it reads the same twice and every index in it leads somewhere.
func readSafely(t *testing.T, file []byte, o docx.Options) {
	t.Helper()
	o.Limits = tight()
	doc, err := docx.Read(t.Context(), bytes.NewReader(file), int64(len(file)), o)
	if err != nil {
		var refused *docx.Error
		require.ErrorAs(t, err, &refused)
		require.NotEmpty(t, refused.Message)
		return
	}
	again, err := docx.Read(t.Context(), bytes.NewReader(file), int64(len(file)), o)
	require.NoError(t, err)
	require.Equal(t, doc, again)
	checkBlocks(t, doc, doc.Body)
	for _, notes := range [][]docx.Note{doc.Footnotes, doc.Endnotes, doc.Comments} {
		for _, n := range notes {
			checkBlocks(t, doc, n.Blocks)
		}
	}
}

func checkBlocks(t *testing.T, doc *docx.Document, blocks []docx.Block) {
	t.Helper()
	for _, b := range blocks {
		switch b := b.(type) {
		case *docx.Paragraph:
			require.True(t, b.Outline >= 0 && b.Outline <= 9)
			checkInlines(t, doc, b.Content)
		case *docx.Table:
			checkTable(t, doc, b)
		case *docx.TextBox:
			checkBlocks(t, doc, b.Blocks)
		case *docx.Group:
			checkBlocks(t, doc, b.Blocks)
		}
	}
}

// checkTable checks that no span leaves the table and no two cells share a place.
func checkTable(t *testing.T, doc *docx.Document, table *docx.Table) {
	t.Helper()
	taken := map[[2]int]bool{}
	for y, row := range table.Rows {
		for _, c := range row.Cells {
			require.True(t, c.ColSpan >= 1 && c.RowSpan >= 1 && y+c.RowSpan <= len(table.Rows))
			for dy := range c.RowSpan {
				at := [2]int{y + dy, c.Column}
				require.False(t, taken[at], "two cells at %v", at)
				taken[at] = true
			}
			checkBlocks(t, doc, c.Blocks)
		}
	}
}

func checkInlines(t *testing.T, doc *docx.Document, content []docx.Inline) {
	t.Helper()
	for _, in := range content {
		switch in := in.(type) {
		case *docx.Text:
			require.NotEmpty(t, in.Text)
			require.True(t, utf8.ValidString(in.Text))
		case *docx.Image:
			require.True(t, in.Media >= -1 && in.Media < len(doc.Media))
		case *docx.NoteRef:
			notes := map[docx.NoteKind]int{docx.Footnote: len(doc.Footnotes), docx.Endnote: len(doc.Endnotes), docx.Comment: len(doc.Comments)}
			require.True(t, in.Index >= 0 && in.Index < notes[in.Kind])
		case *docx.Math:
			checkWellFormed(t, in.MathML)
		case *docx.Link:
			checkInlines(t, doc, in.Content)
		case *docx.Reference:
			checkInlines(t, doc, in.Content)
		case *docx.Field:
			checkInlines(t, doc, in.Content)
		}
	}
}

func checkWellFormed(t *testing.T, s string) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader([]byte(s))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			require.NoError(t, err, s)
		}
	}
}

// everything is a file with a bit of each feature.
func everything() *w.File {
	return w.New(
		w.Heading(1, "a", w.FootnoteRef(2), w.Bookmark("x", "b")),
		w.P("a", w.Field(` REF x \h `, "b"), w.Field(` XE "c:d" `), w.Link("rId9", "e"), w.Inserted("f"), w.Deleted("g")),
		w.P(w.MarkDeleted, w.FieldBegin, w.FieldCode(" TOC "), w.FieldSeparate), w.P(w.FieldEnd, w.TextBox(w.P("h"))),
		w.Table(w.HeaderRow(w.Cell(w.MergeStart, w.Span(2), "i")), w.Row(w.Cell(w.MergeContinue, w.Span(2), ""))),
		w.Item(w.Numbered, 1, "j"), w.P(w.Picture("rId8", "k"), w.VMLPicture("rId8", "l"), w.CommentRef(1)),
		w.P(w.XML(`<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den/></m:f></m:oMath>`)),
		w.Control("m", "n", "o", w.P("p")), w.XML(`<w:sectPr/>`),
	).Footnote(2, w.P("q")).Comment(1, w.P("r")).External("rId9", "hyperlink", "u:v").Media("rId8", "s.png", w.PNG())
}

// FuzzRead reads any bytes as a file.
func FuzzRead(f *testing.F) {
	f.Add(everything().Bytes())
	f.Add(everything().Strict().Bytes())
	f.Add(compound("EncryptedPackage"))
	f.Add([]byte(`{\rtf1}`))
	f.Fuzz(func(t *testing.T, file []byte) { readSafely(t, file, docx.Options{}) })
}

// FuzzDocument reads any bytes as the main part of a file, by every policy.
func FuzzDocument(f *testing.F) {
	for _, body := range []w.XML{
		w.P("a", w.Field(` REF x \h `, "b"), w.Field(` XE "c:d" `), w.Inserted("f"), w.Deleted("g")),
		w.Table(w.HeaderRow(w.Cell(w.MergeStart, w.Span(2), "i")), w.Row(w.Cell(w.MergeContinue, w.Span(2), ""))),
		w.P(w.MarkDeleted, "a") + w.Item(w.Numbered, 1, "j") + w.P(w.TextBox(w.P("h"))),
		w.P(w.Picture("rId8", "k"), w.VMLPicture("rId8", "l"), w.R("<w:vanish/>", "b")),
		w.P(w.XML(`<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den/></m:f></m:oMath>`)),
		w.Control("m", "n", "o", w.P("p")) + `<w:altChunk r:id="rId7"/>`,
	} {
		f.Add(w.Root("w:document", "<w:body>"+body+"</w:body>"))
	}
	f.Fuzz(func(t *testing.T, document string) {
		file := everything().Part("word/document.xml", document).Bytes()
		for _, changes := range []docx.ChangePolicy{docx.AcceptChanges, docx.RejectChanges, docx.KeepChanges} {
			readSafely(t, file, docx.Options{Changes: changes, Hidden: docx.KeepHidden, HeadersFooters: docx.KeepHeaders})
		}
	})
}

// FuzzDefinitions reads any bytes as styles and numbering.
func FuzzDefinitions(f *testing.F) {
	f.Add(w.Root("w:styles", `<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Heading1"/><w:pPr><w:numPr><w:ilvl w:val="9"/><w:numId w:val="2"/></w:numPr></w:pPr></w:style>`),
		w.Root("w:numbering", `<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="a"/>`+w.Level(0, "chicago", "%1%9%")+`</w:abstractNum><w:num w:numId="2"><w:abstractNumId w:val="1"/>`+w.StartAt(1, -5)+`</w:num>`))
	f.Fuzz(func(t *testing.T, styles, numbering string) {
		readSafely(t, everything().Part("word/styles.xml", styles).Part("word/numbering.xml", numbering).Bytes(), docx.Options{})
	})
}
