package convert_test

import (
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// blockGoldens are about lists, tables, notes, code, captions and text in the line.
func blockGoldens() []golden {
	bullet := func(level int, pieces ...any) w.XML { return w.Item(w.Bulleted, level, pieces...) }
	number := func(level int, pieces ...any) w.XML { return w.Item(w.Numbered, level, pieces...) }
	indented := func(pieces ...any) w.XML { return w.P(append([]any{w.Props(`<w:ind w:left="720"/>`)}, pieces...)...) }
	return []golden{
		{name: "lists within lists", file: w.New(w.P("Before."),
			bullet(0, "one"), bullet(1, "one deep"), number(2, "one deeper"), bullet(1, "two deep"), bullet(0, "two"), w.P("After."))},
		{name: "a list goes on after a picture", styles: "topics: {tasks: false}", file: w.New(
			number(0, "One."), w.P(w.Picture("r1", "dot")), number(0, "Two."), indented("Explained."), number(0, "Three.")).Media("r1", "dot.png", w.PNG())},
		{name: "a list begins anew", styles: "topics: {tasks: false}", file: w.New(
			w.Item(2, 0, "one"), w.Item(2, 0, "two"), w.P("Between."), w.Item(3, 0, "one again"), w.Item(3, 0, "two again"), w.P("And."), w.Item(2, 0, "three")).
			Num(3, 2, w.StartAt(0, 1))},
		{name: "a list by its style", file: w.New(w.Styled("Dashes", "by style"), w.Styled("Dashes", "two"), w.P("After.")).
			Style("paragraph", "Dashes", "List Bullet", `<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>`)},
		{name: "tables", file: w.New(
			w.Table(w.XML(`<w:tblGrid><w:gridCol w:w="1000"/><w:gridCol w:w="2000"/><w:gridCol w:w="1000"/></w:tblGrid>`),
				w.HeaderRow(w.Cell("Name"), w.Cell(w.Span(2), "Both")),
				w.Row(w.Cell(w.MergeStart, "Tall"), w.Cell("b"), w.Cell("c")),
				w.Row(w.Cell(w.MergeContinue), w.Cell(w.P("two"), w.P("paragraphs")), w.Cell(bullet(0, "item")))),
			w.P("Between."),
			w.Table(w.Row(w.Cell("outer", w.Table(w.Row(w.Cell("inner"), w.Cell("cells"))), w.P("below")))))},
		{name: "captions", file: w.New(
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Figure ", w.Field(" SEQ Figure ", "1"), ": The pump"),
			w.Styled("Caption", "Table ", w.Field(" SEQ Table ", "2"), ". Parts"), w.Table(w.Row(w.Cell("Valve"))),
			w.Styled("Caption", "A caption of nothing")).Media("r1", "dot.png", w.PNG())},
		{name: "captions in any language", file: w.New(
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Рисунок ", w.Field(" SEQ Рисунок ", "1"), ". Насос"),
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Obrázek ", w.Field(` STYLEREF 1 \s `, "2"), "-", w.Field(` SEQ Obrázek \s 1 `, "2"), " – Čerpadlo"),
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Code Listing ", w.Field(` SEQ Code_Listing `, "3"), ": The pump"),
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "图 4 泵"),
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "The pump (Figure ", w.Field(" SEQ Figure ", "5"), ")"),
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Tables of 2 kinds"),
			w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Figure B-2: By letter"), w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Figure A comparison"), w.P(w.Picture("r1", "dot")), w.Styled("Caption", "Figure 3a Detail"),
			w.Styled("Caption", w.Bookmark("_Ref5", "Table ", w.Field(" SEQ Table ", "6")), ": Parts"), w.Table(w.Row(w.Cell("Valve"))),
			w.P("See ", w.Field(` REF _Ref5 \h `, "Table 6"), " and ", w.Field(` REF _Ref5 \h `, "Table 6: Parts"), "."),
		).Media("r1", "dot.png", w.PNG())},
		{name: "notes", styles: "paragraphs: {Achtung Kasten: note caution}", file: w.New(
			w.P("Note: By its word."), w.P(w.Bold("Warning:"), " By its bold word."), w.P("Hinweis: In German."), w.P("注意：日本語。"),
			w.Styled("AchtungKasten", "By its style,"), w.Styled("AchtungKasten", "in two paragraphs."), w.P("Note this: is no note.")).
			Style("paragraph", "AchtungKasten", "Achtung Kasten", "")},
		{name: "code", file: w.New(
			w.Styled("CodeBlock", "for {"), w.Styled("CodeBlock", "    x()"), w.Styled("CodeBlock"), w.Styled("CodeBlock", "}"),
			w.P("Call ", w.Code("x()"), " or ", w.Char("CodeChar", "y()"), "."),
			w.P(w.Code("by its font")), w.P("Text."), w.Styled("Konsole", "by the font of a style that is not named")).
			Style("paragraph", "Konsole", "Ausgabe", `<w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/></w:rPr>`)},
		{name: "quotes and definitions", styles: "paragraphs: {Term: dt, Meaning: dd}", file: w.New(
			w.Styled("Quote", "To be."), w.Styled("Quote", "Or not."),
			w.Styled("Term", "valve"), w.Styled("Meaning", "Lets water through."), w.Styled("Meaning", "Or not."), w.Styled("Term", "pump")).
			Style("paragraph", "Term", "Term", "").Style("paragraph", "Meaning", "Meaning", "")},
		{name: "text in the line", styles: "characters: {Button: uicontrol, File: filepath}", file: w.New(
			w.P(w.Bold("bold"), " ", w.Italic("italic"), " ", w.R("<w:b/><w:i/>", "both"), " ", w.R(`<w:u w:val="single"/>`, "under"), " H", w.R(`<w:vertAlign w:val="subscript"/>`, "2"), "O m", w.R(`<w:vertAlign w:val="superscript"/>`, "2")),
			w.P("Press ", w.Char("Button", "OK"), " in ", w.Char("File", "/etc/hosts"), w.Char("Strong", " now"), ".")).
			Style("character", "Button", "Button", "").Style("character", "File", "File", "")},
		{name: "styles that the map does not name", file: w.New(
			w.Styled("Odd", "First odd."), w.Styled("Odd", "Second odd."), w.P(w.Char("Odder", "odder"))).
			Style("paragraph", "Odd", "Odd Style", "").Style("character", "Odder", "Odder Style", "")},
		{name: "styles that are dropped", styles: "paragraphs: {Internal: drop}", file: w.New(w.P("Kept."), w.Styled("Internal", "For us alone.")).
			Style("paragraph", "Internal", "Internal", "")},
	}
}
