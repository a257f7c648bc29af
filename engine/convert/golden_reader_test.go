package convert_test

import (
	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// readerGoldens are about WordprocessingML that takes some reading: where text stands
// in a file, and what of it counts.
func readerGoldens() []golden {
	styled := func(style, text string) w.XML { return w.Styled(style, text) }
	changed := func() *w.File {
		return w.New(
			w.P("Press ", w.Deleted("the red button"), w.Inserted("Start"), "."),
			w.P("One ", w.MarkDeleted), w.P("paragraph."),
			w.P("Two ", w.MarkInserted), w.P("paragraphs."),
			w.P(w.XML(`<w:moveFrom w:id="5" w:author="A"><w:r><w:t>Moved.</w:t></w:r></w:moveFrom>`), "Here."),
			w.P(w.XML(`<w:moveTo w:id="6" w:author="A"><w:r><w:t>Moved.</w:t></w:r></w:moveTo>`), "There."),
			w.Table(w.Row(w.Cell("kept")), w.Row(w.Props(`<w:del w:id="7" w:author="A"/>`), w.Cell("deleted row"))),
		)
	}
	hidden := func() *w.File { return w.New(w.P("Seen. ", w.R("<w:vanish/>", "Hidden."))) }
	headers := func() *w.File {
		return w.New(w.P("Body."), `<w:sectPr><w:headerReference w:type="default" r:id="rId7"/><w:footerReference w:type="default" r:id="rId8"/></w:sectPr>`).
			Rel("rId7", "header", "header1.xml").Part("word/header1.xml", w.Root("w:hdr", w.P("Company confidential"))).
			Rel("rId8", "footer", "footer1.xml").Part("word/footer1.xml", w.Root("w:ftr", w.P("Page ", w.Field("PAGE", "1"))))
	}
	commented := func() *w.File { return w.New(w.P("Text", w.CommentRef(1), ".")).Comment(1, w.P("Is that so?")) }
	formula := func() *w.File {
		return w.New(w.P("Where ", w.XML(`<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>`), " is small."),
			w.P(w.XML(`<m:oMathPara><m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></m:oMathPara>`)))
	}
	display := w.XML(`<m:oMathPara><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></m:oMathPara>`)
	fraction := w.XML(`<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>`)
	return []golden{
		{name: "strict namespaces", file: w.New(w.Heading(1, "Strict"), w.P("Text with a ", w.Picture("r5", "dot"), "."),
			w.Table(w.Row(w.Cell("cell")))).Media("r5", "dot.png", w.PNG()).Strict()},
		{name: "alternate content", file: w.New(
			w.P("Before ", w.XML(`<mc:AlternateContent><mc:Choice Requires="wps"><w:r><w:t>chosen</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>fallback</w:t></w:r></mc:Fallback></mc:AlternateContent>`), "."),
			w.P("Before ", w.XML(`<mc:AlternateContent><mc:Choice Requires="nobody"><w:r><w:t>chosen</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>fallback</w:t></w:r></mc:Fallback></mc:AlternateContent>`), "."))},
		{name: "styles by name and what they are based on", file: w.New(
			styled("berschrift1", "A heading in a German Word"), styled("Kapitel", "A heading by what its style is based on"),
			styled("Shell", "make all"), styled("FirmaText", "Plain text."), w.P(w.Char("Befehl", "make"), " it."),
		).Style("paragraph", "berschrift1", "heading 1", `<w:basedOn w:val="Normal"/>`).
			Style("paragraph", "Kapitel", "Kapitel", `<w:basedOn w:val="berschrift1"/>`).
			Style("paragraph", "Shell", "Shell", `<w:basedOn w:val="CodeBlock"/>`).
			Style("paragraph", "FirmaText", "Firma Text", `<w:basedOn w:val="Normal"/>`).
			Style("character", "Befehl", "Befehl", `<w:basedOn w:val="CodeChar"/>`)},
		{name: "fields", file: w.New(
			w.P(w.Bookmark("_Ref1", "The goal"), " is here."),
			w.P("See ", w.Field(" REF _Ref1 \\h ", "The goal"), " on page ", w.Field(" PAGEREF _Ref1 \\h ", "7"), "."),
			w.P("Go to ", w.Field(` HYPERLINK "https://example.com/a?b=c&d" `, "the site"), "."),
			w.P("Number ", w.Field(" SEQ Step \\* ARABIC ", "4"), " of ", w.SimpleField(" NUMPAGES ", "9"), "."),
			w.P("Nested ", w.FieldBegin, w.FieldCode(" IF "), w.Field(" DOCPROPERTY Draft ", "yes"), w.FieldCode(` = "yes" "draft" "final" `), w.FieldSeparate, "draft", w.FieldEnd, " text."),
		)},
		{name: "fields within fields", file: w.New(
			w.P(w.Bookmark("goal", "The goal")),
			w.P("A ", w.FieldBegin, w.FieldCode(` HYPERLINK \l "goal" `), w.FieldSeparate, "see ", w.Field(` REF goal \h `, "the goal"), " on page ", w.Field(` PAGEREF goal \h `, "7"), w.FieldEnd, "."),
			w.P("B", w.FieldBegin, w.FieldCode(` XE "Figure `), w.Field(" SEQ Figure ", "3"), w.FieldCode(`:pump" `), w.FieldEnd, "."),
			w.P("C ", w.FieldBegin, w.FieldCode(` IF 1 = 1 "`), w.Field(` XE "deep" `), w.FieldCode(`yes" `), w.FieldSeparate, "yes", w.FieldEnd, "."),
			w.P("D ", w.FieldBegin, w.FieldCode(` QUOTE `), w.FieldSeparate, "over two"), w.P("paragraphs", w.FieldEnd, "."),
			w.P("See ", w.Field(` REF _Ref404 \h `, "what was deleted"), "."),
			w.P("E", w.Field(` XE "Pumpe" \t "Siehe auch Ventil" `), w.Field(` XE "pompe" \t "voir valve" `), "."))},
		{name: "footnotes in odd places", file: w.New(w.Styled("Title", "Book", w.FootnoteRef(2)), w.Heading(1, "A", w.FootnoteRef(3)),
			w.Heading(4, "Deep", w.FootnoteRef(4)), w.Item(w.Numbered, 0, "item", w.FootnoteRef(5)), w.P(w.LinkTo("bm", "link", w.FootnoteRef(6)), w.Bookmark("bm", "")), w.Styled("CodeBlock", "code", w.FootnoteRef(7)),
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Figure 1: caption", w.FootnoteRef(8)), w.P("note in a note", w.FootnoteRef(9)), w.P("again", w.FootnoteRef(5)),
		).Footnote(2, w.P("two")).Footnote(3, w.P("three")).Footnote(4, w.P("four")).Footnote(5, w.P("five")).Footnote(6, w.P("six")).Footnote(7, w.P("seven")).Footnote(8, w.P("eight")).
			Footnote(9, w.P("nine", w.EndnoteRef(2))).Endnote(2, w.P("end")).Media("r1", "dot.png", w.PNG())},
		{name: "footnotes with marks of their own", file: w.New(w.Heading(1, "Head", w.MarkedRef(2, "*")),
			w.P("Text", w.MarkedRef(3, "a"), " and", w.MarkedRef(4, "†"), w.MarkedRef(5, "no mark but text"), w.FootnoteRef(6), "."),
			w.P("sign", w.XML(`<w:r><w:footnoteReference w:customMarkFollows="1" w:id="7"/><w:sym w:font="Wingdings" w:char="F0FC"/><w:t>more</w:t></w:r>`)),
			w.P("after", w.XML(`<w:r><w:footnoteReference w:customMarkFollows="1" w:id="8"/><w:tab/><w:t>x</w:t></w:r>`)),
			w.P("end", w.XML(`<w:r><w:endnoteReference w:customMarkFollows="1" w:id="2"/><w:t xml:space="preserve">** </w:t></w:r>`), "of it."),
		).Footnote(2, w.P(w.XML(`<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>*</w:t></w:r>`), " In stars.")).Footnote(3, w.P("a", w.Tab, "By letter.")).Footnote(4, w.P("Without its mark."), w.P("† In the second paragraph.")).
			Footnote(5, w.P("Text.")).Footnote(6, w.P("Counted.")).Footnote(7, w.P("Ticked.")).Footnote(8, w.P("Marked by nothing.")).Endnote(2, w.P("**At the end", w.MarkedRef(3, "b"), "."))},
		{name: "text boxes of VML in odd places", file: w.New(
			w.Heading(1, "Head ", w.VML(`<v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>in a heading</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape>`)),
			w.P("x", w.VML(`<v:group><v:rect><v:textbox><w:txbxContent><w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell in a group</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:txbxContent></v:textbox></v:rect></v:group>`)),
			w.Table(w.Row(w.Cell(w.P("c", w.VML(`<v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>in a cell</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape>`))))),
			w.Item(w.Numbered, 0, "i", w.VML(`<v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>in an item</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape>`)), w.Item(w.Numbered, 0, "j"))},
		{name: "styles named in other languages", file: w.New(
			w.Styled("a", "Buchtitel"), w.Styled("b", "Kapitel eins"), w.Styled("c", "Sous-chapitre"), w.P(w.Picture("r1", "dot")), w.Styled("d", "Abbildung 1: Pumpe"), w.Styled("e", "Zitiert."), w.Styled("f", "Третий"), w.Styled("g", "第四"),
		).Style("paragraph", "a", "Titel", "").Style("paragraph", "b", "Überschrift 1", "").Style("paragraph", "c", "Titre 2", "").Style("paragraph", "d", "Beschriftung", "").
			Style("paragraph", "e", "Zitat", "").Style("paragraph", "f", "Заголовок 3", "").Style("paragraph", "g", "标题 2", "").Media("r1", "dot.png", w.PNG())},
		{name: "no style sheet in a German Word", file: w.New(w.Styled("berschrift1", "Kapitel"), w.P("Text.")).Without("word/styles.xml")},
		{name: "footnotes and endnotes", file: w.New(
			w.Heading(1, "Heading", w.FootnoteRef(2)), w.P("Text", w.EndnoteRef(2), "."),
			w.Table(w.HeaderRow(w.Cell(w.P("Head", w.FootnoteRef(3)))), w.Row(w.Cell("cell"))),
		).Footnote(2, w.P("Of the heading.")).Footnote(3, w.P("Of the table."), w.P("In two paragraphs.")).Endnote(2, w.P("An endnote with ", w.Bold("bold"), "."))},
		{name: "text boxes", file: w.New(
			w.P("Text around ", w.TextBox(w.P("In a box of DrawingML."), w.Item(w.Bulleted, 0, "and an item")), "it."),
			w.P(w.VML(`<v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>In a box of VML.</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape>`)))},
		{name: "content controls", file: w.New(
			w.Control("Title", "title", "", w.P("In a control.")),
			w.P("Choose ", w.XML(`<w:sdt><w:sdtPr><w:dropDownList/></w:sdtPr><w:sdtContent><w:r><w:t>this</w:t></w:r></w:sdtContent></w:sdt>`), "."),
			w.Control("Group", "", "", w.Control("Inner", "", "", w.Table(w.Row(w.Cell("deep"))))))},
		{name: "tracked changes accepted", file: changed()},
		{name: "tracked changes rejected", file: changed(), styles: "policies: {changes: reject}"},
		{name: "comments kept", file: commented()},
		{name: "comments dropped", file: commented(), styles: "policies: {comments: drop}"},
		{name: "formulas in DITA 1.2", file: formula()},
		{name: "formulas in DITA 1.3", file: formula(), dita: convert.DITA13},
		{name: "formulas in lines of their own", dita: convert.DITA13, styles: "paragraphs: {Term: dt, Meaning: dd}", file: w.New(w.Heading(1, "Of ", display),
			w.P("Where ", display, " is small", w.FootnoteRef(2), "."), w.Table(w.Row(w.Cell(w.P(display)))), w.Styled("Quote", display), w.P("Note: ", display),
			w.P(w.LinkTo("bm", display), w.Bookmark("bm", "goal")), w.P("a", w.LineBreak, display, w.LineBreak, "b"), w.Styled("Term", display), w.Styled("Meaning", display),
			w.Item(w.Bulleted, 0, display), w.P(w.Props(`<w:ind w:left="720"/>`), display), w.Styled("CodeBlock", "c ", display),
			w.Heading(4, "deep ", display), w.P(display),
			w.Heading(1, "Solve"), w.P(display), w.Item(w.Numbered, 0, "Take ", display, " and add it."), w.Item(w.Numbered, 0, "Write:", display), w.P(w.Props(`<w:ind w:left="720"/>`), display), w.Item(w.Numbered, 1, "Sub:", display), w.Item(w.Numbered, 1, "Sum."), w.P("Result: ", display),
		).Style("paragraph", "Term", "Term", "").Style("paragraph", "Meaning", "Meaning", "").Footnote(2, w.P("Of ", display))},
		{name: "formulas in odd places", dita: convert.DITA13, file: w.New(w.Heading(1, "Of ", fraction), w.Table(w.Row(w.Cell(w.P(fraction)))), w.Item(w.Numbered, 0, "s ", fraction),
			w.P(w.LinkTo("bm", fraction), w.Bookmark("bm", "n"), w.FootnoteRef(2)), w.Styled("Caption", "Table 1: ", fraction), w.Table(w.Row(w.Cell("y"))), w.Styled("CodeBlock", "c ", fraction), w.Heading(4, "deep ", fraction)).
			Footnote(2, w.P(fraction))},
		{name: "pictures", file: w.New(
			w.P(w.Picture("r1", "A dot")), w.P("In the line ", w.VMLPicture("r2", "VML"), "."), w.P(w.Picture("r3", "A drawing")), w.P(w.Picture("r4", "")),
			w.P(w.LinkedPicture("r6", "On the web"))).
			Media("r1", "dot.png", w.PNG()).Media("r2", "dot.jpeg", []byte("\xFF\xD8\xFF\xE0jpeg")).Media("r3", "old.emf", []byte("\x01\x00\x00\x00emf")).Media("r4", "scan.tiff", []byte("II*\x00tiff")).
			External("r6", "image", "https://example.com/a.png")},
		{name: "pictures linked to files", file: w.New(
			w.P("a ", w.LinkedPicture("r1", "Of the machine")), w.P("b ", w.LinkedPicture("r2", "Of the office")), w.P("c ", w.LinkedPicture("r3", ""))).
			External("r1", "image", "file:///etc/passwd").External("r2", "image", `\\server\share\a.png`).External("r3", "image", "../a.png")},
		{name: "embedded objects", file: w.New(
			w.P("Before ", w.XML(`<w:r><w:object><v:shape><v:imagedata r:id="r1"/></v:shape><o:OLEObject Type="Embed" ProgID="Excel.Sheet.12" r:id="r2"/></w:object></w:r>`), " after."),
			w.P(w.Graphic("Sales by year", `<c:chart r:id="r3"/>`)),
		).Media("r1", "sheet.png", w.PNG()).Rel("r2", "package", "embeddings/sheet.xlsx").Part("word/embeddings/sheet.xlsx", "PK").
			Rel("r3", "chart", "charts/chart1.xml").Part("word/charts/chart1.xml", `<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Sales</a:t></a:r></a:p></c:rich></c:tx></c:title></c:chart></c:chartSpace>`)},
		{name: "sections, generated contents and index", file: w.New(
			w.Control("", "", "Table of Contents", w.P("Contents"), w.P(w.FieldBegin, w.FieldCode(` TOC \o "1-3" `), w.FieldSeparate, "Chapter", w.Tab, "1"), w.P(w.FieldEnd)),
			w.P(w.Section, "First section."), w.Heading(1, "Chapter"), w.P("Text", w.Field(` XE "pump:valve" `), "."),
			w.P(w.Field(` INDEX \e "," `, "pump, 1")))},
		{name: "hidden text dropped", file: hidden()},
		{name: "hidden text kept", file: hidden(), styles: "policies: {hidden: keep}"},
		{name: "headers and footers dropped", file: headers()},
		{name: "headers and footers kept", file: headers(), styles: "policies: {headers_footers: keep}"},
		{name: "right to left and East Asian text", file: w.New(
			w.P(w.Props("<w:bidi/>"), w.R(`<w:rtl/><w:lang w:bidi="he-IL"/>`, "שלום עולם")),
			w.P("Say ", w.R(`<w:rtl/><w:lang w:bidi="ar-SA"/>`, "سلام"), " to all."),
			w.P(w.R(`<w:lang w:eastAsia="ja-JP"/>`, "日本語の文章。")),
			w.P(w.XML(`<w:r><w:ruby><w:rt><w:r><w:t>とう</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>東</w:t></w:r></w:rubyBase></w:ruby></w:r>`)))},
		{name: "symbol fonts", file: w.New(
			w.P(w.XML(`<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>`), " done, ", w.R(`<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>`, "a"), " angle"))},
		{name: "characters and breaks", file: w.New(
			w.P("a < b & c > d", w.XML(`<w:r><w:noBreakHyphen/><w:t>e</w:t><w:softHyphen/><w:t>f</w:t></w:r>`)),
			w.P("First line", w.LineBreak, "second line"), w.P("Name:", w.Tab, "value"), w.P("page", w.PageBreak, "after"))},
		{name: "a document without text", file: w.New(w.P(), w.P(" "))},
	}
}
