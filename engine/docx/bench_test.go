package docx_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

// manual is a document of about so many pages: on each a heading, paragraphs with
// formatting, links and notes, a list, a table and a picture.
func manual(pages int) *w.File {
	const sentence = "Open the front cover, pull the green lever towards you and take out any paper that you can see in there. "
	var body []w.XML
	f := w.New().Media("rId9", "a.png", w.PNG())
	for page := range pages {
		body = append(body, w.Heading(1+page%3, fmt.Sprintf("Chapter %d", page), w.Bookmark(fmt.Sprintf("_Ref%d", page))))
		for i := range 5 {
			body = append(body, w.P(sentence, w.Bold("Take care"), " "+sentence, w.Field(fmt.Sprintf(" REF _Ref%d \\h ", page), "Chapter"), sentence, w.Code("paper --load"), " ", w.Italic(fmt.Sprint(i))))
		}
		for range 6 {
			body = append(body, w.Item(w.Numbered, 0, sentence))
		}
		var rows []any
		for range 8 {
			rows = append(rows, w.Row(w.Cell("Key"), w.Cell(sentence), w.Cell("Value")))
		}
		body = append(body, w.Table(rows...), w.P(w.Picture("rId9", "A printer"), w.FootnoteRef(page+2)))
		f.Footnote(page+2, w.P(sentence))
	}
	return f.Part("word/document.xml", w.Root("w:document", "<w:body>"+w.XML(bytes.Join(raw(body), nil))+"</w:body>"))
}

func raw(blocks []w.XML) [][]byte {
	out := make([][]byte, len(blocks))
	for i, b := range blocks {
		out[i] = []byte(b)
	}
	return out
}

func BenchmarkRead(b *testing.B) {
	for _, pages := range []int{3, 30, 300} {
		b.Run(fmt.Sprintf("pages=%d", pages), func(b *testing.B) {
			file := manual(pages).Bytes()
			b.ReportAllocs()
			for b.Loop() {
				_, err := docx.Read(b.Context(), bytes.NewReader(file), int64(len(file)), docx.Options{})
				require.NoError(b, err)
			}
		})
	}
}

// TestMemory reads 300 pages and looks at the heap that is left: the document and no
// tree of its XML.
func TestMemory(t *testing.T) {
	file := manual(300).Bytes()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	doc, err := docx.Read(t.Context(), bytes.NewReader(file), int64(len(file)), docx.Options{})
	require.NoError(t, err)
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(64<<20))
	require.Len(t, doc.Footnotes, 300)
}
