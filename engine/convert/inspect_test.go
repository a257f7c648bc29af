package convert_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// manual is a document with styles of a company.
func manual() *w.File {
	return w.New(
		w.Styled("Kapitel", "Die Pumpe"), w.Styled("HeadA", "Letters count"), w.Styled("Ueberschrift2", "Der Filter"),
		w.Styled("Quellcode", "pump --start"), w.Styled("Konsole", "x := 1"), w.Styled("Konsole", "y := 2"),
		w.Styled("WarnKasten", "Heiß!"), w.Styled("Kasten", "Tipp: Langsam."), w.Styled("Kasten", "Tipp: Noch langsamer."),
		w.Styled("Bildzeile", "Abbildung 1: Pumpe"), w.Styled("Firma", "Text with a ", w.Char("Knopf", "Start"), " and ", w.Char("Dick", "bold"), "."),
		w.Styled("Firma", "More text."), w.Styled("Header", "In the body."),
	).Style("paragraph", "Kapitel", "Kapitel", "").Style("paragraph", "HeadA", "HeadA", "").Style("paragraph", "Ueberschrift2", "Firma Überschrift 2", "").
		Style("paragraph", "Quellcode", "Quellcode", "").Style("paragraph", "Konsole", "Ausgabe", `<w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/></w:rPr>`).
		Style("paragraph", "WarnKasten", "Kasten Warnung", "").Style("paragraph", "Kasten", "Kasten", "").Style("paragraph", "Bildzeile", "Bildzeile", "").
		Style("paragraph", "Firma", "Firma: \"Text\" & Co", "").Style("paragraph", "Header", "header", "").
		Style("character", "Knopf", "GUI Knopf", "").Style("character", "Dick", "Dick", `<w:rPr><w:b/></w:rPr>`)
}

func TestInspectProposesAStyleMap(t *testing.T) {
	t.Parallel()
	src := documents{"manual.docx": manual().Bytes()}
	found, err := convert.Inspect(t.Context(), src, "manual.docx", convert.Options{})
	require.NoError(t, err)
	proposed := map[string]string{}
	for _, s := range found.Styles {
		if !s.Mapped {
			proposed[s.Name] = s.Proposed
		}
	}
	require.Equal(t, map[string]string{
		"Kapitel": "heading 1", "HeadA": "heading 2", "Firma Überschrift 2": "heading 2", "Quellcode": "codeblock", "Ausgabe": "codeblock",
		"Kasten Warnung": "note warning", "Kasten": "note tip", "Bildzeile": "caption", "Firma: \"Text\" & Co": "p", "Header": "p",
		"GUI Knopf": "uicontrol", "Dick": "b",
	}, proposed)

	styles, err := convert.ParseStyleMap(found.StyleMap())
	require.NoError(t, err)
	again, err := convert.Inspect(t.Context(), src, "manual.docx", convert.Options{StyleMap: styles})
	require.NoError(t, err)
	for _, s := range again.Styles {
		require.True(t, s.Mapped, s.Name)
	}
	require.Equal(t, [9]int{1, 2}, again.Headings)
	require.Empty(t, again.Styles[0].Proposed)
	_, files := made(t, src, "manual.docx", convert.Options{StyleMap: styles})
	require.Contains(t, all(files), `<note type="warning">Heiß!</note>`)
	require.Contains(t, all(files), `<uicontrol>Start</uicontrol>`)
}

func TestInspectionsAddUp(t *testing.T) {
	t.Parallel()
	const sign = `<w:r><w:sym w:font="Nobody Has" w:char="F0FC"/></w:r>`
	src := documents{
		"a.docx": w.New(w.Heading(1, "A"), w.Styled("Odd", "one"), w.P("x new", w.XML(sign))).Style("paragraph", "Odd", "Odd", "").Bytes(),
		"b.docx": w.New(w.Styled("Odd", "two"), w.Styled("Odd", "three"), w.P("new", w.XML(sign))).Style("paragraph", "Odd", "odd", "").Bytes(),
		"c.docx": []byte("no Word file"),
	}
	total := &convert.Inspection{}
	for _, path := range []string{"a.docx", "b.docx", "c.docx"} {
		one, err := convert.Inspect(t.Context(), src, path, convert.Options{})
		require.NoError(t, err)
		total.Add(one)
	}
	require.Equal(t, 2, total.Documents)
	require.Len(t, total.Unread, 1)
	require.Equal(t, "c.docx", total.Unread[0].Document)
	require.NotEmpty(t, total.Unread[0].Reason.Message)
	require.Equal(t, 7, total.Words)
	require.Equal(t, [9]int{1}, total.Headings)
	require.Equal(t, "symbol", total.Look[0].Code)
	require.Equal(t, 2, total.Look[0].Documents)
	odd := total.Styles[0]
	if odd.Name != "Odd" {
		odd = total.Styles[1]
	}
	require.Equal(t, convert.StyleUse{Name: "Odd", Type: "paragraph", Count: 3, Example: "one", Treated: "p"}, odd.StyleUse)
	require.Equal(t, 2, odd.Documents)

	_, err := convert.Inspect(t.Context(), src, "missing.docx", convert.Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// However hostile the names of styles are, what is proposed can be read.
func FuzzProposedStyleMap(f *testing.F) {
	f.Add("Odd", "text")
	f.Add("a: b # \"c\"\n- d", "*/ \"\n# x")
	f.Add("<w:style>\u2028\x01", "\u0085")
	f.Add(strings.Repeat("k", 2000), "")
	f.Fuzz(func(t *testing.T, name, example string) {
		i := &convert.Inspection{Documents: 1, Styles: []convert.StyleSeen{
			{StyleUse: convert.StyleUse{Name: name, Type: "paragraph", Count: 1, Example: example}, Documents: 1, Proposed: "p"},
		}}
		text := i.StyleMap()
		m, err := convert.ParseStyleMap(text)
		require.NoError(t, err, text)
		require.NotNil(t, m)
	})
}

func TestNamesOfWordFiles(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]bool{"a.docx": true, "b/A.DOCM": true, "old.doc": true, "~$a.docx": false, "b/~$a.docx": false, "a.docx.txt": false, "docx": false} {
		require.Equal(t, is, convert.IsWordFile(name), name)
	}
}
