package convert_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// everything is a document with a little of all that there is to look for.
func everything() *w.File {
	return w.New(
		w.Heading(1, "A"), w.Heading(3, "Too deep"), w.Heading(3, "Beside it"), w.Heading(2, "B"),
		w.P(w.Props(`<w:rPr><w:lang w:val="de-DE"/></w:rPr>`), w.R(`<w:lang w:val="de-DE"/>`, "Deutscher Text.")),
		w.Item(2, 0, "one"), w.Item(2, 0, "two"), w.Item(1, 0, "bullet"),
		w.Table(w.Row(w.Cell(w.P("cell")), w.Cell(w.Item(1, 0, "bullet in a cell")))),
		w.P("x", w.FootnoteRef(2), w.EndnoteRef(2), w.Field("DATE", "today"), w.Field("SEQ Figure", "1"), w.Inserted("new"), w.R(`<w:vanish/>`, "secret")),
		w.TextBox(w.P("in a box")),
		w.P(w.Picture("r1", "a")), w.P(w.Picture("r2", "b")), w.P(w.Graphic("Sales", `<c:chart r:id="r3"/>`)),
	).Footnote(2, w.P("foot")).Endnote(2, w.P("end")).
		Media("r1", "dot.png", w.PNG()).Media("r2", "old.emf", emf()).
		Rel("r3", "chart", "charts/chart1.xml").Part("word/charts/chart1.xml", `<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/>`)
}

func TestInspectTellsWhatThereIs(t *testing.T) {
	t.Parallel()
	src := documents{"a.docx": everything().Bytes()}
	one, err := convert.Inspect(t.Context(), src, "a.docx", convert.Options{})
	require.NoError(t, err)
	require.Equal(t, convert.Contents{
		Rows: 1, Cells: 2, Lists: 2, Numbered: 2, Bulleted: 2, Endnotes: 1, TextBoxes: 1, Skipped: 2, Changes: 1, Hidden: 1,
		Fields: map[string]int{"DATE": 1, "SEQ": 1}, Objects: map[string]int{"chart": 1}, Languages: map[string]int{"en-GB": 13, "de-DE": 1},
	}, one.Contents)
	require.Equal(t, map[string]int{"PNG": 1, "EMF": 1}, one.Pictures)
	require.Equal(t, [9]int{1, 1, 2}, one.Headings)
	codes := map[string]string{}
	for _, l := range one.Look {
		codes[l.Code] = l.Message
	}
	require.Equal(t, "A picture has a format that browsers do not show (EMF); convert it.", codes["picture-format"])
	require.Contains(t, codes, "skipped-level")
	require.Contains(t, codes, "chart")

	both := &convert.Inspection{}
	both.Add(one)
	both.Add(one)
	require.Equal(t, 4, both.Skipped)
	require.Equal(t, map[string]int{"en-GB": 26, "de-DE": 2}, both.Languages)
	require.Equal(t, map[string]int{"en-GB": 13, "de-DE": 1}, one.Languages, "adding up leaves the parts alone")
}
