package docx_test

import (
	"testing"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

func TestLists(t *testing.T) {
	numbered := func(level int, text string) w.XML { return w.Item(w.Numbered, level, text) }
	outline := []w.XML{w.Level(0, "decimal", "%1", `<w:pStyle w:val="Heading1"/>`), w.Level(1, "decimal", "%1.%2", `<w:pStyle w:val="Heading2"/>`)}
	runReadings(t, []reading{
		{"levels", w.New(numbered(0, "a"), numbered(1, "b"), numbered(1, "c"), numbered(0, "d"), numbered(1, "e")),
			"1/0 \"1.\": a\n1/1 \"a)\": b\n1/1 \"b)\": c\n1/0 \"2.\": d\n1/1 \"a)\": e"},
		{"goes on after an interruption", w.New(numbered(0, "a"), w.P("x"), w.Item(w.Bulleted, 0, "y"), numbered(0, "b")),
			"1/0 \"1.\": a\n- x\n2/0 \"•\": y\n1/0 \"2.\": b"},
		{"another instance of the definition goes on", w.New(numbered(0, "a"), w.Item(3, 0, "b")).Num(3, w.Numbered), "1/0 \"1.\": a\n1/0 \"2.\": b"},
		{"an override starts anew, once", w.New(numbered(0, "a"), w.Item(3, 0, "b"), w.Item(3, 0, "c")).Num(3, w.Numbered, w.StartAt(0, 1)), "1/0 \"1.\": a\n2/0 \"1.\": b\n2/0 \"2.\": c"},
		{"an override of a deeper level, each time that it restarts", w.New(w.Item(3, 0, "a"), w.Item(3, 1, "b"), w.Item(3, 1, "c"), w.Item(3, 0, "d"), w.Item(3, 1, "e")).Num(3, w.Numbered, w.StartAt(1, 5)),
			"1/0 \"1.\": a\n1/1 \"e)\": b\n1/1 \"f)\": c\n1/0 \"2.\": d\n1/1 \"e)\": e"},
		{"an override of a level", w.New(w.Item(3, 0, "a")).Num(3, w.Numbered, `<w:lvlOverride w:ilvl="0">`+w.Level(0, "upperRoman", "%1:")+`</w:lvlOverride>`), `1/0 "I:": a`},
		{"a level that never restarts", w.New(w.Item(3, 0, "a"), w.Item(3, 1, "b"), w.Item(3, 0, "c"), w.Item(3, 1, "d")).Numbering(3, w.Level(0, "decimal", "%1"), w.Level(1, "decimal", "%2", `<w:lvlRestart w:val="0"/>`)),
			"1/0 \"1\": a\n1/1 \"1\": b\n1/0 \"2\": c\n1/1 \"2\": d"},
		{"a level that restarts after the first alone", w.New(w.Item(3, 0, "a"), w.Item(3, 2, "b"), w.Item(3, 1, "c"), w.Item(3, 2, "d"), w.Item(3, 0, "e"), w.Item(3, 2, "f")).Numbering(3, w.Level(0, "decimal", "%1"), w.Level(1, "decimal", "%2"), w.Level(2, "decimal", "%3", `<w:lvlRestart w:val="1"/>`)),
			"1/0 \"1\": a\n1/2 \"1\": b\n1/1 \"1\": c\n1/2 \"2\": d\n1/0 \"2\": e\n1/2 \"1\": f"},
		{"deeper first", w.New(w.Item(3, 1, "a"), w.Item(3, 0, "b")).Numbering(3, w.Level(0, "decimal", "%1"), w.Level(1, "decimal", "%1.%2")), "1/1 \"1.1\": a\n1/0 \"1\": b"},
		{"legal numbers", w.New(w.Item(3, 0, "a"), w.Item(3, 1, "b")).Numbering(3, w.Level(0, "upperRoman", "%1"), w.Level(1, "decimal", "%1.%2", `<w:isLgl/>`)), "1/0 \"I\": a\n1/1 \"1.1\": b"},
		{"numbered headings by their style", w.New(w.Heading(1, "a"), w.Heading(2, "b"), w.Heading(2, "c")).Numbering(3, outline...).
			Styles(w.XML(`<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>`), w.XML(`<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>`)),
			"Heading 1 h1 1/0 \"1\": a\nHeading 2 h2 1/1 \"1.1\": b\nHeading 2 h2 1/1 \"1.2\": c"},
		{"numId 0 takes a paragraph out", w.New(w.Styled("L", "a"), w.Styled("L", w.NumPr(0, 0), "b")).Style("paragraph", "L", "L", `<w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr>`), "L 1/0 \"1.\": a\nL: b"},
		{"by a numbering style", w.New(w.Item(4, 0, "a")).Style("numbering", "Own", "Own", `<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>`).
			Definition(`<w:abstractNum w:abstractNumId="3"><w:styleLink w:val="Own"/>`+w.Level(0, "decimal", "§ %1")+`</w:abstractNum>`).
			Definition(`<w:abstractNum w:abstractNumId="4"><w:numStyleLink w:val="Own"/></w:abstractNum>`).Num(3, 3).Num(4, 4), `1/0 "§ 1": a`},
		{"bullets of symbol fonts", w.New(w.Item(3, 0, "a")).Numbering(3, w.Level(0, "bullet", "\uF0B7", `<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr>`)), `1/0 "•": a`},
		{"a list that is not there", w.New(w.Item(77, 0, "a")), `- a`},
		{"no numbering at all", w.New(numbered(0, "a")).Without("word/numbering.xml"), `- a`},
		{"deleted items do not count", w.New(numbered(0, "a"), w.Item(w.Numbered, 0, w.MarkDeleted, w.Deleted("b")), numbered(0, "c")), "1/0 \"1.\": a\n1/0 \"2.\": c"},
	})
}

func TestIndent(t *testing.T) {
	t.Parallel()
	doc := read(t, w.New(
		w.P(w.Props(`<w:ind w:left="720"/>`), "a"), w.P("b"), w.Item(3, 0, "c"), w.Styled("ListParagraph", "d"),
	).Numbering(3, w.Level(0, "decimal", "%1", `<w:pPr><w:ind w:left="360"/></w:pPr>`)).Style("paragraph", "X", "X", ""), docx.Options{})
	var got []int
	for _, b := range doc.Body {
		got = append(got, b.(*docx.Paragraph).Indent)
	}
	require.Equal(t, []int{720, 0, 360, 0}, got)
}
