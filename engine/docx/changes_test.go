package docx_test

import (
	"io"
	"testing"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

func TestTrackedChanges(t *testing.T) {
	t.Parallel()
	moved := w.XML(`<w:moveFrom w:id="5"><w:r><w:t>old</w:t></w:r></w:moveFrom><w:moveTo w:id="6"><w:r><w:t>new</w:t></w:r></w:moveTo>`)
	for _, c := range []struct {
		name                 string
		body                 w.XML
		accept, reject, keep string
	}{
		{"runs", w.P("a", w.Inserted("b"), w.Deleted("c"), "d"), `- abd`, `- acd`, `- a[inserted:b][deleted:c]d`},
		{"moves", w.P(moved), `- new`, `- old`, `- [deleted:old][inserted:new]`},
		{"deleted mark", w.P(w.MarkDeleted, "a") + w.Heading(1, "b"), `Heading 1 h1: ab`, "- a\nHeading 1 h1: b", "- a\nHeading 1 h1: b"},
		{"inserted mark", w.P(w.MarkInserted, "a") + w.P("b"), "- a\n- b", `- ab`, "- a\n- b"},
		{"deleted paragraph", w.P("a") + w.P(w.MarkDeleted, w.Deleted("b")) + w.P("c"), "- a\n- c", "- a\n- b\n- c", "- a\n- [deleted:b]\n- c"},
		{"deleted mark before a table", w.P(w.MarkDeleted, "a") + w.Table(w.Row(w.Cell("b"))), "- a\ntable\n  row\n    cell 0\n      - b", "- a\ntable\n  row\n    cell 0\n      - b", "- a\ntable\n  row\n    cell 0\n      - b"},
		{"inserted row", w.Table(w.Row(w.Cell("a")), w.Row(w.Props(`<w:ins w:id="1"/>`), w.Cell("b"))), "table\n  row\n    cell 0\n      - a\n  row\n    cell 0\n      - b", "table\n  row\n    cell 0\n      - a", "table\n  row\n    cell 0\n      - a\n  row\n    cell 0\n      - b"},
		{"deleted cell", w.Table(w.Row(w.Cell("a"), w.Cell(w.Props(`<w:cellDel w:id="1"/>`), "b"))), "table\n  row\n    cell 0\n      - a", "table\n  row\n    cell 0\n      - a\n    cell 1\n      - b", "table\n  row\n    cell 0\n      - a\n    cell 1\n      - b"},
		{"deleted field", w.P("a", w.XML(`<w:del w:id="1">`+string(w.FieldBegin)+`<w:r><w:delInstrText> REF x </w:delInstrText></w:r>`+string(w.FieldSeparate)+`<w:r><w:delText>b</w:delText></w:r>`+string(w.FieldEnd)+`</w:del>`), "c"), `- ac`, `- a[REF x:b]c`, `- a[REF x:[deleted:b]]c`},
		{"formatting", w.P(w.R(`<w:b/><w:rPrChange w:id="1"><w:rPr><w:i/></w:rPr></w:rPrChange>`, "a")), `- [b:a]`, `- [i:a]`, `- [b:a]`},
		{"paragraph formatting", w.P(w.Props(`<w:pStyle w:val="Heading1"/><w:pPrChange w:id="1"><w:pPr><w:pStyle w:val="Quote"/></w:pPr></w:pPrChange>`), "a"), `Heading 1 h1: a`, `Quote: a`, `Heading 1 h1: a`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := w.New(c.body)
			require.Equal(t, c.accept, dump(read(t, f, docx.Options{}).Body))
			require.Equal(t, c.reject, dump(read(t, f, docx.Options{Changes: docx.RejectChanges}).Body))
			require.Equal(t, c.keep, dump(read(t, f, docx.Options{Changes: docx.KeepChanges}).Body))
		})
	}
}

func TestHiddenText(t *testing.T) {
	t.Parallel()
	f := w.New(
		w.P("a", w.R("<w:vanish/>", "b")),
		w.P(w.Props(`<w:rPr><w:vanish/></w:rPr>`), w.R("<w:vanish/>", "c")),
		w.P(w.Props(`<w:rPr><w:vanish/><w:specVanish/></w:rPr>`), "d"),
		w.Styled("Secret", "e", w.R(`<w:vanish w:val="0"/>`, "f")),
	).Style("paragraph", "Secret", "Secret", `<w:rPr><w:vanish/></w:rPr>`)
	doc := read(t, f, docx.Options{})
	require.Equal(t, "- a\n- d\nSecret: f", dump(doc.Body))
	require.Equal(t, []docx.Finding{{Code: "hidden-text", Message: "hidden text was left out", Part: "word/document.xml", Ordinal: 1, Count: 3}}, doc.Findings)
	kept := read(t, f, docx.Options{Hidden: docx.KeepHidden})
	require.Equal(t, "- a[hidden:b]\n- [hidden:c]\n- d\nSecret: [hidden:e]f", dump(kept.Body))
}

func TestHeadersAndFooters(t *testing.T) {
	t.Parallel()
	f := w.New(w.P(w.Props(`<w:sectPr><w:headerReference w:type="default" r:id="rId7"/></w:sectPr>`), "a"), w.P("b"),
		w.XML(`<w:sectPr><w:headerReference w:type="default" r:id="rId7"/><w:footerReference w:type="default" r:id="rId8"/><w:footerReference w:type="first" r:id="rId9"/></w:sectPr>`)).
		Rel("rId7", "header", "header1.xml").Part("word/header1.xml", w.Root("w:hdr", w.P("top"))).
		Rel("rId8", "footer", "footer1.xml").Part("word/footer1.xml", w.Root("w:ftr", w.P("bottom"))).
		Rel("rId9", "footer", "footer2.xml")
	doc := read(t, f, docx.Options{})
	require.Equal(t, "- a\n- b", dump(doc.Body))
	require.True(t, doc.Body[0].(*docx.Paragraph).Section)
	require.Empty(t, doc.Headers)
	doc = read(t, f, docx.Options{HeadersFooters: docx.KeepHeaders})
	require.Len(t, doc.Headers, 1)
	require.Len(t, doc.Footers, 1)
	require.Equal(t, "word/footer1.xml", doc.Footers[0].Part)
	require.Equal(t, "- bottom", dump(doc.Footers[0].Blocks))
	require.Equal(t, "missing-part", doc.Findings[0].Code)
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	lang := func(tag, text string) w.XML {
		return w.R(w.Props(`<w:lang w:val="`+tag+`" w:eastAsia="ja-JP" w:bidi="he-IL"/>`), text)
	}
	doc := read(t, w.New(
		w.P(lang("de-DE", "eins "), lang("de-DE", "zwei")),
		w.P("one ", lang("fr-FR", "deux")),
		w.P(lang("en-GB", "日本")),
		w.P(w.Props("<w:bidi/>"), w.R(`<w:rtl/><w:lang w:bidi="he-IL"/>`, "שלום")),
	), docx.Options{})
	require.Equal(t, "- eins zwei\n- one [lang=fr-FR:deux]\n- 日本\n- [rtl:שלום]", dump(doc.Body))
	require.Equal(t, "en-GB", doc.Properties.Language)
	var langs []string
	for _, b := range doc.Body {
		langs = append(langs, b.(*docx.Paragraph).Lang)
	}
	require.Equal(t, []string{"de-DE", "", "ja-JP", "he-IL"}, langs)
	require.True(t, doc.Body[3].(*docx.Paragraph).RTL)
}

func TestLanguageOfTheDocument(t *testing.T) {
	t.Parallel()
	lang := func(tag, text string) w.XML { return w.R(w.Props(`<w:lang w:val="`+tag+`"/>`), text) }
	doc := read(t, w.New(
		w.P(lang("es-ES_tradnl", "uno")), w.P(lang("en-US", "one")), w.P(lang("en-US", "two")), w.P(lang("en-US", "three "), lang("fr-FR", "quatre")), w.P(lang("x-none", "five")),
	).Styles(), docx.Options{})
	require.Equal(t, "en-US", doc.Properties.Language)
	require.Equal(t, "- uno\n- one\n- two\n- three [lang=fr-FR:quatre]\n- five", dump(doc.Body))
	require.Equal(t, "es-ES", doc.Body[0].(*docx.Paragraph).Lang)
	require.Empty(t, doc.Body[1].(*docx.Paragraph).Lang)
}

func TestIncludedContent(t *testing.T) {
	t.Parallel()
	f := w.New(w.P("a"), w.XML(`<w:altChunk r:id="rId7"/><w:altChunk r:id="rId8"/><w:altChunk r:id="rId9"/>`)).
		Rel("rId7", "aFChunk", "a.txt").Part("word/a.txt", "one\n\ntwo\n").Type("word/a.txt", "text/plain").
		Rel("rId8", "aFChunk", "a.html").Part("word/a.html", "<title>no</title><h2>Head <b>ing</b></h2><p>x &amp; y<br>z<script>no</script>").Type("word/a.html", "text/html").
		Rel("rId9", "aFChunk", "a.rtf").Part("word/a.rtf", "{\\rtf1}").Type("word/a.rtf", "application/rtf")
	doc := read(t, f, docx.Options{})
	require.Equal(t, "- a\n- one\n- two\nHeading 2 h2: Head ing\n- x & y\n- z\n- [included file word/a.rtf]", dump(doc.Body))
	require.Len(t, doc.Findings, 3)
}

func TestIncludedDocument(t *testing.T) {
	t.Parallel()
	inner := w.New(w.Heading(1, "b", w.FootnoteRef(2)), w.Item(w.Numbered, 0, "c"), w.P(w.Picture("rId9", "d"), w.CommentRef(0)), w.XML(`<w:altChunk r:id="rId1"/>`)).
		Footnote(2, w.P("inner")).Comment(0, w.P("remark")).Media("rId9", "d.png", w.PNG()).Rel("rId1", "aFChunk", "x.docx").Part("word/x.docx", "").Type("word/x.docx", wordType)
	f := w.New(w.P("a", w.FootnoteRef(2)), w.Item(w.Numbered, 0, "x"), w.XML(`<w:altChunk r:id="rId7"/><w:altChunk r:id="rId8"/>`), w.P(w.FootnoteRef(3))).
		Footnote(2, w.P("two")).Footnote(3, w.P("three")).
		Rel("rId7", "aFChunk", "b.docx").Part("word/b.docx", string(inner.Bytes())).Type("word/b.docx", wordType).
		Rel("rId8", "aFChunk", "c.docx").Part("word/c.docx", "damaged").Type("word/c.docx", wordType)
	pkg, err := docx.Open(t.Context(), f.Reader(), f.Size(), docx.Limits{})
	require.NoError(t, err)
	doc, err := pkg.Read(t.Context(), docx.Options{})
	require.NoError(t, err)
	require.Equal(t, "- a[footnote 0]\n1/0 \"1.\": x\nHeading 1 h1: b[footnote 1]\n2/0 \"1.\": c\n- [image 0 \"d\"][comment 0]\n- [included file word/x.docx]\n- [included file word/c.docx]\n- [footnote 2]", dump(doc.Body))
	var notes []string
	for _, n := range doc.Footnotes {
		notes = append(notes, dump(n.Blocks))
	}
	require.Equal(t, []string{"- two", "- inner", "- three"}, notes)
	require.Equal(t, "word/b.docx!word/media/d.png", doc.Media[0].Part)
	r, err := pkg.Media(doc.Media[0])
	require.NoError(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, w.PNG(), data)
}

const wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"

func TestProperties(t *testing.T) {
	t.Parallel()
	core := `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title> T </dc:title><dc:creator>C</dc:creator><cp:keywords>k, l</cp:keywords><dcterms:modified>2020-01-02T03:04:05Z</dcterms:modified></cp:coreProperties>`
	doc := read(t, w.New(w.P("a")).Part("docProps/core.xml", core), docx.Options{})
	require.Equal(t, docx.Properties{Title: "T", Creator: "C", Keywords: "k, l", Modified: "2020-01-02T03:04:05Z", Language: "en-GB"}, doc.Properties)
	doc = read(t, w.New(w.P("a")).Part("docProps/core.xml", "<cp"), docx.Options{})
	require.Equal(t, "damaged-part", doc.Findings[0].Code)
}
