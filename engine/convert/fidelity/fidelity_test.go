package fidelity_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/convert/fidelity"
)

var update = flag.Bool("update", false, "write the golden files anew")

// documents are one of every kind, with text that would be markup.
func documents() []fidelity.Document {
	kept := convert.Fidelity{Words: convert.Kept{In: 1200, Out: 1200}, Tables: convert.Kept{In: 2, Out: 2}}
	lost := kept
	lost.Words.Out, lost.Images = 1100, convert.Kept{In: 1, Out: 0}
	odd := convert.StyleUse{Name: "<script>alert(1)</script>", Type: "paragraph", Count: 3, Example: "a & b", Treated: "p"}
	return []fidelity.Document{
		fidelity.New(&convert.Report{Document: "a.docx", Outcome: convert.Converted, Fidelity: kept, Topics: 3, Map: "a/a.ditamap", Styles: []convert.StyleUse{odd}}, fidelity.Valid, nil),
		fidelity.New(&convert.Report{
			Document: "b & <b>.docx", Outcome: convert.WithWarnings, Fidelity: lost, Topics: 1, Map: "b/b.ditamap", Styles: []convert.StyleUse{odd, {Name: "Rare", Type: "character", Count: 9, Treated: "b"}},
			Warnings: []convert.Warning{
				{Code: convert.CodeWordsLost, Message: `100 of 1200 words are missing: "pump".`, Count: 1},
				{Code: convert.CodeReference, Message: "There is no topic x.", Place: "topics/b.dita, line 7", Count: 1},
				{Code: "picture-format", Message: "The picture image1.emf has a format that browsers do not show (EMF); convert it.", Place: "paragraph 17", Count: 4},
			},
			Notes: []convert.Warning{{Code: "changes-accepted", Message: "Tracked changes were accepted.", Count: 2}},
		}, fidelity.Invalid, []convert.Warning{{Code: "schema", Message: "element p not allowed here", Place: "topics/b.dita:3:5", Count: 1}}),
		fidelity.New(&convert.Report{Document: "c.docx", Outcome: convert.Rejected, Reason: &convert.Reason{Code: "encrypted", Message: "The file is protected by a password."}}, fidelity.NotValidated, nil),
	}
}

func summary(documents iter.Seq[fidelity.Document]) *fidelity.Summary {
	s := &fidelity.Summary{JobID: "convert-3f9k2m7qx1ab4c5d"}
	for d := range documents {
		s.Add(d, d.Document == "a.docx")
	}
	return s
}

func TestSummary(t *testing.T) {
	t.Parallel()
	s := summary(slices.Values(documents()))
	require.Equal(t, fidelity.Counts{Total: 3, Completed: 2, Warnings: 1, Failed: 1, Reused: 1}, s.Documents)
	require.Equal(t, map[string]int{"valid": 1, "invalid": 1}, s.Validation)
	require.Equal(t, convert.Kept{In: 2400, Out: 2300}, s.Total.Words)
	require.Equal(t, fidelity.Gates{Schema: "invalid", References: "failed", Words: "failed"}, s.Each[1].Gates)
	require.Equal(t, 1, s.References)
	require.Equal(t, 1, s.Words)
	require.Equal(t, 6, s.Styles[0].Count)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	require.Contains(t, string(text), `"each":[{"document":"a.docx","outcome":"converted","gates":{"schema":"valid"`)
}

// A finding of the validator makes a document one to look at.
func TestFindingsAreLookedAt(t *testing.T) {
	t.Parallel()
	d := fidelity.New(&convert.Report{Outcome: convert.Converted}, fidelity.Invalid, []convert.Warning{{Code: "schema"}})
	require.Equal(t, convert.WithWarnings, d.Outcome)
	require.Len(t, d.Warnings, 1)
}

func TestPage(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, summary(slices.Values(documents())).WriteHTML(&b, slices.Values(documents())))
	const golden = "testdata/page.html"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
	checkPage(t, b.String())
}

// checkPage holds a page to a strict policy: nothing runs, nothing is fetched.
func checkPage(t *testing.T, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	ids, goals := map[string]bool{}, []string{}
	for n := range root.Descendants() {
		require.NotContains(t, []string{"script", "link", "img", "iframe", "object", "base", "form"}, n.Data)
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src", "%s %s", n.Data, a.Key)
			switch a.Key {
			case "id":
				require.False(t, ids[a.Val], a.Val)
				ids[a.Val] = true
			case "href":
				goals = append(goals, a.Val)
			}
		}
	}
	for _, goal := range goals {
		require.True(t, ids[strings.TrimPrefix(goal, "#")], goal)
	}
	require.NotRegexp(t, regexp.MustCompile(`url\(|@import`), page)
}

// pieces counts how much is written at a time.
type pieces struct {
	strings.Builder
	longest int
}

func (w *pieces) Write(b []byte) (int, error) {
	w.longest = max(w.longest, len(b))
	return w.Builder.Write(b)
}

// Many documents are written as they come, and of too many that somebody must look at
// the first are shown.
func TestPageOfManyDocuments(t *testing.T) {
	t.Parallel()
	many := func(yield func(fidelity.Document) bool) {
		for i := range 6000 {
			d := documents()[1]
			d.Document = fmt.Sprintf("%05d.docx", i)
			if !yield(d) {
				return
			}
		}
	}
	var w pieces
	require.NoError(t, summary(many).WriteHTML(&w, many))
	require.Less(t, w.longest, 8<<10)
	require.Equal(t, 5000, strings.Count(w.String(), "<section"))
	require.Equal(t, 6000, strings.Count(w.String(), `<td>converted with warnings</td>`))
	require.Contains(t, w.String(), "The first 5\u202f000 of 6\u202f000 documents")
}
