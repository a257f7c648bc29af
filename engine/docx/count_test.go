package docx_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

func count(t *testing.T, file *w.File, o docx.Options) *docx.Counts {
	t.Helper()
	p, err := docx.Open(t.Context(), file.Reader(), file.Size(), o.Limits)
	require.NoError(t, err)
	c, err := p.Count(t.Context(), o)
	require.NoError(t, err)
	return c
}

// counted returns the words of a file, sorted, repeated ones as often as they stand.
func counted(c *docx.Counts) string {
	var list []string
	for _, word := range slices.Sorted(maps.Keys(c.Words)) {
		list = append(list, slices.Repeat([]string{word}, c.Words[word])...)
	}
	return strings.Join(list, " ")
}

func TestCountWords(t *testing.T) {
	t.Parallel()
	box := w.TextBox(w.P("box"))
	for _, c := range []struct {
		name    string
		file    *w.File
		options docx.Options
		want    string
	}{
		{"a word over several runs", w.New(w.P("wo", w.Bold("rd"), " two")), docx.Options{}, "two word"},
		{"breaks end words", w.New(w.P("a", w.Tab, "b", w.LineBreak, "c"), w.P("d")), docx.Options{}, "a b c d"},
		{"a drop cap runs on", w.New(w.P(w.Props(`<w:framePr w:dropCap="drop"/>`), "O"), w.P("nce")), docx.Options{}, "Once"},
		{"a text box counts once", w.New(w.P("a ", box)), docx.Options{}, "a box"},
		{"field results, not codes", w.New(w.P("p ", w.Field("PAGEREF x", "7"), w.SimpleField("SEQ Figure", "3"), w.FieldCode("XE \"entry\""))), docx.Options{}, "73 p"},
		{"generated lists", w.New(w.P(w.Field(`TOC \o "1-3"`, "Printing 3")), w.P("b")), docx.Options{}, "b"},
		{"a bibliography is no generated list", w.New(w.P(w.Field("BIBLIOGRAPHY", "Knuth"))), docx.Options{}, "Knuth"},
		{"a field without an end", w.New(w.P(w.XML(`<w:r><w:fldChar w:fldCharType="begin"/></w:r>`), "kept"), w.P("too")), docx.Options{}, "kept too"},
		{"changes accepted", w.New(w.P(w.Inserted("new"), w.Deleted("old"))), docx.Options{}, "new"},
		{"changes rejected", w.New(w.P(w.Inserted("new"), w.Deleted("old"))), docx.Options{Changes: docx.RejectChanges}, "old"},
		{"a deleted row", w.New(w.Table(w.Row(w.Cell(w.P("a"))), w.XML(`<w:tr><w:trPr><w:del w:id="1" w:author="A"/></w:trPr><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr>`))), docx.Options{}, "a"},
		{"a mark that was deleted", w.New(w.P(w.Props(`<w:rPr><w:del w:id="1" w:author="A"/></w:rPr>`), "to"), w.P("gether")), docx.Options{}, "together"},
		{"hidden", w.New(w.P(w.R(`<w:vanish/>`, "a"), w.R(`<w:vanish w:val="0"/>`, "b"))), docx.Options{}, "b"},
		{"hidden and kept", w.New(w.P(w.R(`<w:vanish/>`, "a"))), docx.Options{Hidden: docx.KeepHidden}, "a"},
		{"hidden by its style", w.New(w.P(w.Char("H", "a"), "b")).Style("character", "H", "H", `<w:rPr><w:vanish/></w:rPr>`), docx.Options{}, "b"},
		{"notes that are referred to", w.New(w.P("a", w.FootnoteRef(2), "b")).Footnote(2, w.P("n")).Footnote(3, w.P("orphan")), docx.Options{}, "ab n"},
		{"comments that are referred to", w.New(w.P("a", w.CommentRef(1))).Comment(1, w.P("c")).Comment(2, w.P("orphan")), docx.Options{}, "a c"},
		{"apostrophes and soft hyphens", w.New(w.P("don’t don't co\u00ADop")), docx.Options{}, "coop don't don't"},
		{"no-break hyphens", w.New(w.P(w.Run(w.XML(`<w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t>`)))), docx.Options{}, "a b"},
		{"scripts without spaces", w.New(w.P("漢字")), docx.Options{}, "字 漢"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, counted(count(t, c.file, c.options)))
			require.Equal(t, c.want, counted(count(t, c.file.Strict(), c.options)), "the same in Strict")
		})
	}
}

func TestCountThings(t *testing.T) {
	t.Parallel()
	file := w.New(
		w.Heading(1, "Printing"), w.Heading(2),
		w.Item(w.Numbered, 0, "Load"), w.Item(w.Bulleted, 0, "Paper"), w.Item(w.Bulleted, 0),
		w.Table(
			w.HeaderRow(w.Cell(w.P("a")), w.Cell(w.Props(`<w:vMerge w:val="restart"/>`), w.P("b"))),
			w.Row(w.Cell(w.P("c")), w.Cell(w.Props(`<w:vMerge/>`), w.P())),
		),
		w.P(w.Link("l1", "there"), w.LinkTo("x", "here"), w.Field(`HYPERLINK "http://example.com"`, "field"), w.LinkTo("x")),
		w.P(w.Picture("i1", "alt"), w.Picture("gone", "alt"), w.VMLPicture("i1", "alt")),
		w.P("n", w.FootnoteRef(2), w.EndnoteRef(3), w.FootnoteRef(9)),
		w.P(w.XML(`<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>x</m:t></m:r></m:oMath>`)),
	).External("l1", "hyperlink", "https://example.com").Media("i1", "image1.png", w.PNG()).
		Footnote(2, w.P("f")).Endnote(3, w.P("e"))
	got := count(t, file, docx.Options{})
	got.Words = nil
	require.Equal(t, &docx.Counts{
		Tables: 1, Rows: 2, Cells: 3, Images: 2, Footnotes: 2, Links: 3, ListItems: 2, Headings: 1, Formulas: 1,
	}, got)
}

func TestCountRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		document string
		code     docx.Code
	}{
		"depth":    {strings.Repeat("<a>", 600), docx.Bomb},
		"doctype":  {`<!DOCTYPE a [<!ENTITY b "c">]><a/>`, docx.Bomb},
		"entity":   {`<a>&b;</a>`, docx.Damaged},
		"cut off":  {`<a><b>`, docx.Damaged},
		"end tags": {`</a></a>`, docx.Damaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := w.New().Part("word/document.xml", c.document)
			p, err := docx.Open(t.Context(), file.Reader(), file.Size(), docx.Limits{})
			require.NoError(t, err)
			_, err = p.Count(t.Context(), docx.Options{})
			var refused *docx.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.code, refused.Code)
		})
	}
}

// Whatever stands in a document, counting ends, and with a refusal if it fails.
func FuzzCount(f *testing.F) {
	for _, file := range []*w.File{
		w.New(w.P("a", w.Field("HYPERLINK x", "b"), w.FootnoteRef(2)), w.Table(w.Row(w.Cell(w.P("c"))))),
		w.New(w.P(w.TextBox(w.P("x")), w.Inserted("new"), w.Deleted("old"))),
	} {
		p, err := docx.Open(f.Context(), file.Reader(), file.Size(), docx.Limits{})
		require.NoError(f, err)
		_, err = p.Count(f.Context(), docx.Options{})
		require.NoError(f, err)
	}
	f.Add(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:fldChar w:fldCharType="begin"/><w:t>x</w:t></w:r></w:p></w:body></w:document>`)
	f.Add(`<document xmlns="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><tr><trPr><del/></trPr></tr></document>`)
	f.Fuzz(func(t *testing.T, document string) {
		file := w.New().Part("word/document.xml", document)
		p, err := docx.Open(t.Context(), file.Reader(), file.Size(), docx.Limits{})
		require.NoError(t, err)
		c, err := p.Count(t.Context(), docx.Options{})
		if err != nil {
			var refused *docx.Error
			require.ErrorAs(t, err, &refused)
			return
		}
		for word, n := range c.Words {
			require.Positive(t, n, word)
		}
		require.True(t, c.Tables >= 0 && c.Rows >= c.Tables && c.Links >= 0)
	})
}
