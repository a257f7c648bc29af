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

func BenchmarkRead(b *testing.B) {
	for _, pages := range []int{3, 30, 300} {
		b.Run(fmt.Sprintf("pages=%d", pages), func(b *testing.B) {
			file := w.Manual(pages).Bytes()
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
	file := w.Manual(300).Bytes()
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
