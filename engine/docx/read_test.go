package docx_test

import (
	"io"
	"testing"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

// A reading is a file, and what its body reads as in the notation of dump.
type reading struct {
	name string
	file *w.File
	want string
}

func runReadings(t *testing.T, cases []reading) {
	t.Parallel()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, c.file, docx.Options{})
			require.Equal(t, c.want, dump(doc.Body))
			strict := read(t, c.file.Strict(), docx.Options{})
			require.Equal(t, dump(doc.Body), dump(strict.Body), "the same in Strict")
		})
	}
}

func TestText(t *testing.T) {
	runReadings(t, []reading{
		{"runs of one look are one text", w.New(w.P("Hello ", "world", w.Bold("!"), w.Bold("!"))), `- Hello world[b:!!]`},
		{"breaks", w.New(w.P("a", w.Tab, "b", w.LineBreak, "c", w.PageBreak, "d")), `- a<tab>b<line>c<page>d`},
		{"no-break hyphen stays, soft hyphen goes", w.New(w.P(w.Run(w.XML(`<w:t>co</w:t><w:softHyphen/><w:t>op</w:t><w:noBreakHyphen/><w:t>x</w:t>`)))), "- coop\u2011x"},
		{"line ends in the file are spaces", w.New(w.P(w.Run(w.XML("<w:t>a\nb</w:t>")))), `- a b`},
		{"marks", w.New(w.P(w.R(`<w:b/><w:i/><w:u w:val="single"/><w:strike/>`, "a"), w.R(`<w:vertAlign w:val="superscript"/>`, "b"), w.R(`<w:smallCaps/><w:highlight w:val="yellow"/>`, "c"), w.R(`<w:b w:val="0"/><w:u w:val="none"/>`, "d"))),
			`- [b i u s:a][sup:b][sc hi:c]d`},
		{"a bold heading has no bold text", w.New(w.Heading(1, "a ", w.Bold("b"), w.R(`<w:b w:val="0"/>`, "c"))), `Heading 1 h1: a bc`},
		{"character style", w.New(w.P(w.Char("Strong", "a"), w.Char("CodeChar", "b"))), `- [Strong b:a][Code Char mono:b]`},
		{"bold style in a bold heading", w.New(w.Heading(1, w.Char("Strong", "a"))), `Heading 1 h1: [Strong:a]`},
		{"ruby", w.New(w.P(w.Run(w.XML(`<w:ruby><w:rubyPr/><w:rt><w:r><w:t>kan</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby>`)))), `- 漢(kan)`},
		{"smart tags and other wrappers", w.New(w.P(w.XML(`<w:smartTag><w:smartTag><w:r><w:t>a</w:t></w:r></w:smartTag></w:smartTag><w:customXml><w:r><w:t>b</w:t></w:r></w:customXml><w:bdo w:val="rtl"><w:r><w:t>c</w:t></w:r></w:bdo>`))), `- abc`},
		{"initial in a frame", w.New(w.P(w.Props(`<w:framePr w:dropCap="drop"/>`), "O"), w.P("nce upon")), `- Once upon`},
		{"run between blocks", w.New(w.XML(`<w:r><w:t>stray</w:t></w:r>`), w.P("a")), "- stray\n- a"},
	})
}

func TestStyles(t *testing.T) {
	runReadings(t, []reading{
		{"the name counts, not the ID", w.New(w.Styled("berschrift1", "Drucken")).Style("paragraph", "berschrift1", "heading 1", ""), `Heading 1 h1: Drucken`},
		{"outline through basedOn", w.New(w.Styled("Chapter", "a")).Style("paragraph", "Chapter", "Chapter", `<w:basedOn w:val="Heading2"/>`), `Chapter h2: a`},
		{"outline of the paragraph", w.New(w.P(w.Props(`<w:outlineLvl w:val="2"/>`), "a"), w.Heading(1, w.Props(`<w:outlineLvl w:val="9"/>`), "b")), "h3: a\nHeading 1: b"},
		{"a circle of basedOn", w.New(w.Styled("A", "a")).Style("paragraph", "A", "A", `<w:basedOn w:val="B"/>`).Style("paragraph", "B", "B", `<w:basedOn w:val="A"/><w:pPr><w:outlineLvl w:val="3"/></w:pPr>`), `A h4: a`},
		{"a style that is not there", w.New(w.Styled("Heading2", "a"), w.Styled("Nonsuch", "b")).Styles(), "Heading 2 h2: a\nNonsuch: b"},
		{"no styles at all", w.New(w.Styled("Heading1", "a"), w.P("b")).Without("word/styles.xml"), "Heading 1 h1: a\n- b"},
	})
}

func TestLineage(t *testing.T) {
	t.Parallel()
	doc := read(t, w.New(w.Styled("Chapter", "a")).Style("paragraph", "Chapter", "Chapter", `<w:basedOn w:val="Heading2"/>`), docx.Options{})
	require.Equal(t, []string{"Chapter", "Heading 2", "Normal"}, doc.Body[0].(*docx.Paragraph).Lineage)
	for _, s := range doc.Styles {
		if s.Name == "Chapter" {
			require.Equal(t, docx.Style{ID: "Chapter", Name: "Chapter", Type: docx.ParagraphStyle, BasedOn: "Heading2", Outline: 2, Marks: docx.Bold, Uses: 1}, s)
		}
	}
}

func TestFields(t *testing.T) {
	toc := func(text string) w.XML { return w.LinkTo("_Toc1", text, w.Tab, w.Field(" PAGEREF _Toc1 \\h ", "3")) }
	runReadings(t, []reading{
		{"complex", w.New(w.P("See ", w.Field(" REF _Ref1 \\h ", "Figure 1"), ".")), `- See [REF _Ref1:Figure 1].`},
		{"simple", w.New(w.P(w.SimpleField(" SEQ Figure \\* ARABIC ", "2"))), `- [SEQ:2]`},
		{"code in pieces", w.New(w.P(w.FieldBegin, w.FieldCode(" PAGE"), w.FieldCode("REF x \\h"), w.FieldSeparate, "7", w.FieldEnd)), `- [PAGEREF x:7]`},
		{"a bookmark alone is a REF", w.New(w.P(w.Field(" Price ", "5"))), `- [REF Price:5]`},
		{"hyperlink", w.New(w.P(w.Field(` HYPERLINK "https://example.com/a?b" \o "Tip" `, "a"), w.Field(` HYPERLINK  \l "there" `, "b"), w.Field(` HYPERLINK "C:\\docs\\x.docx" \l "y" `, "c"))),
			`- [link https://example.com/a?b (Tip):a][link #there:b][link C:\docs\x.docx#y:c]`},
		{"nested in the result", w.New(w.P(w.Field(" REF a ", w.Field(" REF b ", "x"), "y"))), `- [REF a:[REF b:x]y]`},
		{"nested in the code", w.New(w.P(w.FieldBegin, w.FieldCode(` INCLUDEPICTURE "`), w.Field(" REF b ", "x.png"), w.FieldCode(`" `), w.FieldEnd)), `- [image -1 x.png]`},
		{"index entries", w.New(w.P("a", w.Field(` XE "Printing:from the command line" `), w.Field(` XE "Paper" \t "See Sheets" `), w.Field(` XE "C\:" `))),
			`- a[index Printing|from the command line][index Paper see See Sheets][index C:]`},
		{"index entry in hidden runs", w.New(w.P("a", w.XML(`<w:r><w:rPr><w:vanish/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:instrText> XE "b" </w:instrText></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:fldChar w:fldCharType="end"/></w:r>`))), `- a[index b]`},
		{"symbol", w.New(w.P(w.Field(` SYMBOL 183 \f "Symbol" \s 10 `, "?"))), "- •"},
		{"form fields", w.New(w.P(w.XML(`<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r>`), w.FieldCode(" FORMCHECKBOX "), w.FieldEnd)), `- [FORMCHECKBOX:☒]`},
		{"drop-down", w.New(w.P(w.XML(`<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="x"/><w:listEntry w:val="y"/></w:ddList></w:ffData></w:fldChar></w:r>`), w.FieldCode(" FORMDROPDOWN "), w.FieldEnd)), `- [FORMDROPDOWN:y]`},
		{"over paragraphs", w.New(w.P("a", w.FieldBegin, w.FieldCode(` HYPERLINK "u" `), w.FieldSeparate, "b"), w.P("c"), w.P("d", w.FieldEnd, "e")), "- a[link u:b]\n- [link u:c]\n- [link u:d]e"},
		{"ends behind the link that it began in", w.New(w.P(w.XML(`<w:hyperlink w:anchor="x">`+string(w.FieldBegin+w.FieldCode(" REF y ")+w.FieldSeparate)), "a", w.XML(`</w:hyperlink>`), "b", w.FieldEnd, "c")), "- [link #x:[REF y:a]][REF y:b]c"},
		{"no end", w.New(w.P("a", w.FieldBegin, w.FieldCode(" REF x "), w.FieldSeparate, "b"), w.P("c")), "- a[REF x:b]\n- [REF x:c]"},
		{"no separator and no end", w.New(w.P(w.FieldBegin, w.FieldCode(" REF x "), "a"), w.P("b")), "- [REF x:a]\n- [REF x:b]"},
		{"end without begin", w.New(w.P("a", w.FieldEnd, w.FieldSeparate, "b")), `- ab`},
		{"table of contents", w.New(w.P(w.FieldBegin, w.FieldCode(` TOC \o "1-3" \h `), w.FieldSeparate, toc("One")), w.P(toc("Two")), w.P(w.FieldEnd), w.P("Text")),
			"generated=TOC: [TOC:[link #_Toc1:One<tab>[PAGEREF _Toc1:3]]]\ngenerated=TOC: [TOC:[link #_Toc1:Two<tab>[PAGEREF _Toc1:3]]]\ngenerated=TOC: \n- Text"},
		{"text behind a table of contents", w.New(w.P(w.Field(` TOC \o `, "One"), "Text")), `- [TOC:One]Text`},
	})
}

func TestLinksAndBookmarks(t *testing.T) {
	runReadings(t, []reading{
		{"link", w.New(w.P(w.Link("rId9", "site"), w.LinkTo("here", "b"))).External("rId9", "hyperlink", "https://example.com/"), `- [link https://example.com/:site][link #here:b]`},
		{"broken link keeps its text", w.New(w.P(w.Link("rId9", "site"))), `- [link :site]`},
		{"bookmarks", w.New(w.P("a", w.Bookmark("x", "b"), w.Bookmark("_GoBack", "c"))), `- a{x}bc`},
		{"bookmark between paragraphs", w.New(w.XML(`<w:bookmarkStart w:id="1" w:name="x"/><w:bookmarkEnd w:id="1"/>`), w.P("a")), `- {x}a`},
	})
}

func TestNotes(t *testing.T) {
	t.Parallel()
	f := w.New(
		w.Heading(1, "A", w.FootnoteRef(5)),
		w.Table(w.Row(w.Cell(w.P("b", w.FootnoteRef(3), w.EndnoteRef(2))))),
		w.P("c", w.FootnoteRef(5), w.CommentRef(0), w.FootnoteRef(99)),
	).Footnote(3, w.P("three")).Footnote(5, w.P("five ", w.Link("rId1", "x"))).Footnote(7, w.P("nowhere")).
		Endnote(2, w.P("two")).Comment(0, w.P("remark")).Comment(1, w.P("on deleted text"))
	f.Part("word/_rels/footnotes.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="x/hyperlink" Target="u:v" TargetMode="External"/></Relationships>`)
	doc := read(t, f, docx.Options{})
	require.Equal(t, "Heading 1 h1: A[footnote 0]\ntable\n  row\n    cell 0\n      - b[footnote 1][endnote 0]\n- c[footnote 0][comment 0][footnote 2]", dump(doc.Body))
	require.Len(t, doc.Footnotes, 3)
	require.Equal(t, "- five [link u:v:x]", dump(doc.Footnotes[0].Blocks))
	require.Equal(t, "- three", dump(doc.Footnotes[1].Blocks))
	require.Empty(t, doc.Footnotes[2].Blocks)
	require.Equal(t, "- two", dump(doc.Endnotes[0].Blocks))
	require.Equal(t, "A", doc.Comments[0].Author)
	require.Len(t, doc.Comments, 2)
	require.Equal(t, []docx.Finding{{Code: "missing-note", Message: "a footnote that the document refers to is not in the file", Count: 1}}, doc.Findings)
}

func TestTables(t *testing.T) {
	runReadings(t, []reading{
		{"header row", w.New(w.Table(w.Props(`<w:tblStyle w:val="TableGrid"/>`), w.HeaderRow(w.Cell("k"), w.Cell("v")), w.Row(w.Cell("a"), w.Cell("b")))),
			"table Table Grid\n  header\n    cell 0\n      - k\n    cell 1\n      - v\n  row\n    cell 0\n      - a\n    cell 1\n      - b"},
		{"spans", w.New(w.Table(w.Row(w.Cell(w.Span(2), w.MergeStart, "a"), w.Cell("b")), w.Row(w.Cell(w.Span(2), w.MergeContinue, ""), w.Cell("c")), w.Row(w.Cell("d"), w.Cell("e"), w.Cell("f")))),
			"table\n  row\n    cell 0 2x2\n      - a\n    cell 2\n      - b\n  row\n    cell 2\n      - c\n  row\n    cell 0\n      - d\n    cell 1\n      - e\n    cell 2\n      - f"},
		{"text that a merge covers is kept", w.New(w.Table(w.Row(w.Cell(w.MergeStart, "a")), w.Row(w.Cell(w.MergeContinue, "b")))), "table\n  row\n    cell 0 1x2\n      - a\n      - b\n  row"},
		{"a merge that nothing starts", w.New(w.Table(w.Row(w.Cell(w.MergeContinue, "a")))), "table\n  row\n    cell 0\n      - a"},
		{"horizontal merge of old", w.New(w.Table(w.Row(w.Cell(w.Props(`<w:hMerge w:val="restart"/>`), "a"), w.Cell(w.Props(`<w:hMerge/>`), ""), w.Cell("b")))), "table\n  row\n    cell 0 2x1\n      - a\n    cell 2\n      - b"},
		{"skipped columns", w.New(w.Table(w.Row(w.Props(`<w:gridBefore w:val="1"/>`), w.Cell("a")))), "table\n  row\n    cell 1\n      - a"},
		{"nested", w.New(w.Table(w.Row(w.Cell(w.Table(w.Row(w.Cell("a"))), w.P())))), "table\n  row\n    cell 0\n      table\n        row\n          cell 0\n            - a\n      - "},
		{"rows and cells in content controls", w.New(w.Table(w.XML(`<w:sdt><w:sdtPr/><w:sdtContent>` + string(w.Row(w.XML(`<w:sdt><w:sdtContent>`+string(w.Cell("a"))+`</w:sdtContent></w:sdt>`))) + `</w:sdtContent></w:sdt>`))), "table\n  row\n    cell 0\n      - a"},
		{"deleted row", w.New(w.Table(w.Row(w.Cell("a")), w.Row(w.Props(`<w:del w:id="1"/>`), w.Cell("b")))), "table\n  row\n    cell 0\n      - a"},
	})
}

func TestControls(t *testing.T) {
	runReadings(t, []reading{
		{"block", w.New(w.Control("T", "g", "Table of Contents", w.P("a"))), "group \"T\" tag=g kind=Table of Contents\n  - a"},
		{"inline", w.New(w.P("a", w.XML(`<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent><w:r><w:t>b</w:t></w:r></w:sdtContent></w:sdt>`))), `- ab`},
	})
}

func TestAlternateContent(t *testing.T) {
	choice := func(requires, choice, fallback string) w.XML {
		return w.XML(`<mc:AlternateContent><mc:Choice Requires="` + requires + `"><w:r><w:t>` + choice + `</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>` + fallback + `</w:t></w:r></mc:Fallback></mc:AlternateContent>`)
	}
	runReadings(t, []reading{
		{"understood", w.New(w.P(choice("wps w14", "a", "b"))), `- a`},
		{"not understood", w.New(w.P(choice("wps zzz", "a", "b"))), `- b`},
		{"text box once", w.New(w.P("a", w.TextBox(w.P("b")))), "- a\nbox\n  - b"},
	})
}

func TestDrawings(t *testing.T) {
	runReadings(t, []reading{
		{"picture", w.New(w.P(w.Picture("rId9", "A cat"))).Media("rId9", "cat.png", w.PNG()), `- [image 0 "A cat"]`},
		{"the same twice", w.New(w.P(w.Picture("rId9", "a"), w.VMLPicture("rId9", "b"))).Media("rId9", "cat.png", w.PNG()), `- [image 0 "a"][image 0 "b"]`},
		{"linked", w.New(w.P(w.LinkedPicture("rId9", ""))).External("rId9", "image", "https://example.com/cat.png"), `- [image -1 https://example.com/cat.png]`},
		{"missing", w.New(w.P(w.Picture("rId9", "a"))), `- [image -1 "a"]`},
		{"group", w.New(w.P(w.Graphic("", `<wpg:wgp>`+`<pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="" descr="one"/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId9"/></pic:blipFill></pic:pic><wps:wsp><wps:txbx><w:txbxContent>`+w.P("two")+`</w:txbxContent></wps:txbx></wps:wsp></wpg:wgp>`))).Media("rId9", "cat.png", w.PNG()), "- [image 0 \"one\"]\nbox\n  - two"},
		{"VML text box", w.New(w.P(w.VML(`<v:shapetype><v:textbox/></v:shapetype><v:shape><v:textbox><w:txbxContent>` + w.P("a") + `</w:txbxContent></v:textbox></v:shape>`))), "- \nbox\n  - a"},
		{"word art", w.New(w.P(w.VML(`<v:shape><v:textpath string="DRAFT"/></v:shape>`))), `- [word art "DRAFT"]`},
		{"embedded object", w.New(w.P(w.XML(`<w:r><w:object><v:shape><v:imagedata r:id="rId9"/></v:shape><o:OLEObject ProgID="Excel.Sheet.12" r:id="rId8"/></w:object></w:r>`))).Media("rId9", "cat.png", w.PNG()), `- [image 0][embedded object Excel.Sheet.12]`},
		{"chart", w.New(w.P(w.Graphic("", `<c:chart r:id="rId9"/>`))).Rel("rId9", "chart", "charts/chart1.xml").Part("word/charts/chart1.xml", w.Root("c:chartSpace", `<c:chart><c:title><a:t>Sales</a:t></c:title><c:ser><c:cat><c:strRef><c:strCache><c:pt><c:v>East</c:v></c:pt></c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache><c:pt><c:v>4.3</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:chart>`)),
			`- [chart word/charts/chart1.xml "Sales\nEast"]`},
		{"SmartArt", w.New(w.P(w.Graphic("", `<dgm:relIds r:dm="rId9"/>`))).Rel("rId9", "diagramData", "diagrams/data1.xml").Part("word/diagrams/data1.xml", w.Root("dgm:dataModel", `<dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt>`)),
			`- [diagram word/diagrams/data1.xml "Plan"]`},
	})
}

func TestMedia(t *testing.T) {
	t.Parallel()
	f := w.New(w.P(w.Picture("rId9", "a"))).Media("rId9", "cat.jpeg", w.PNG())
	pkg, err := docx.Open(t.Context(), f.Reader(), f.Size(), docx.Limits{})
	require.NoError(t, err)
	doc, err := pkg.Read(t.Context(), docx.Options{})
	require.NoError(t, err)
	require.Equal(t, []docx.Media{{Part: "word/media/cat.jpeg", MediaType: "image/png", Size: int64(len(w.PNG()))}}, doc.Media)
	image := doc.Body[0].(*docx.Paragraph).Content[0].(*docx.Image)
	require.Equal(t, docx.Image{Alt: "a", Width: 72, Height: 36, Inline: true}, *image)
	r, err := pkg.Media(doc.Media[0])
	require.NoError(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, w.PNG(), data)
}

func TestSymbols(t *testing.T) {
	runReadings(t, []reading{
		{"sym", w.New(w.P(w.Run(w.XML(`<w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Symbol" w:char="F061"/>`)))), "- ✓α"},
		{"run in a symbol font", w.New(w.P(w.R(`<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>`, "a\uF062"))), "- αβ"},
		{"nonsense", w.New(w.P("a", w.Run(w.XML(`<w:sym w:font="Wingdings" w:char="zz"/><w:sym w:font="Arial" w:char="0041"/>`)))), "- aA"},
	})
}
