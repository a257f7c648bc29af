package convert_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// A document of 300 pages tells how far it is, again and again and never backwards, and
// loses nothing on the way.
func TestProgressOfALongDocument(t *testing.T) {
	t.Parallel()
	const pages = 300
	var done []int64
	var whole int64
	report, files := made(t, documents{"long.docx": w.Manual(pages).Bytes()}, "long.docx", convert.Options{Progress: func(d, total int64) {
		require.LessOrEqual(t, d, total)
		done, whole = append(done, d), total
	}})
	require.Greater(t, len(done), 10)
	require.IsIncreasing(t, done[:len(done)-1], "the last may be said twice")
	require.Equal(t, whole, done[len(done)-1])

	require.Equal(t, convert.Converted, report.Outcome)
	require.Equal(t, pages, report.Topics)
	f := report.Fidelity
	for what, kept := range map[string]convert.Kept{"words": f.Words, "tables": f.Tables, "pictures": f.Images, "footnotes": f.Footnotes, "items": f.ListItems, "headings": f.Headings} {
		require.Equal(t, kept.In, kept.Out, what)
		require.GreaterOrEqual(t, kept.In, pages, what)
	}
	require.Len(t, files, 2*pages+1, "a topic and a picture for each page, and the map")
}

// A listing of very many lines is one block of code, and its references are checked.
func TestALongListing(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("abcdefghi ", 12) + "end"
	lines := make([]w.XML, 80_000)
	for i := range lines {
		lines[i] = w.Styled("CodeBlock", line)
	}
	report, files := made(t, documents{"long.docx": w.New(append(lines, w.P("Text."))...).Bytes()}, "long.docx", convert.Options{})
	require.Equal(t, convert.Converted, report.Outcome, report.Warnings)
	require.Contains(t, files["topics/long.dita"], "<codeblock>"+strings.Repeat(line+"\n", len(lines)-1)+line+"</codeblock>")
}
