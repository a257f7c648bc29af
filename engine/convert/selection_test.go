package convert_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
)

func TestSelection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		include, exclude string
		takes, not       string
	}{
		"everything":               {"", "", "a.docx x/b.docx", ""},
		"names in whatever folder": {"manual-*.docx", "", "manual-1.docx x/y/manual-2.docx", "a.docx x/a.docx"},
		"names that are left out":  {"", "*-old.docx *.doc", "a.docx", "a-old.docx x/b-old.docx x/b.doc"},
		"a folder":                 {"x/*.docx", "", "x/a.docx", "a.docx x/y/a.docx y/x/a.docx"},
		"a folder with all in it":  {"x/**", "", "x/a.docx x/y/z/a.docx", "a.docx y/x/a.docx"},
		"a folder at any depth":    {"", "**/drafts/**", "a.docx draft/a.docx", "drafts/a.docx x/drafts/a.docx x/drafts/y/a.docx"},
		"both":                     {"x/**", "x/**/b?.docx", "x/a.docx", "x/b1.docx x/y/b2.docx a.docx"},
		"any of several":           {"a.docx x/**/b.docx", "", "a.docx y/a.docx x/b.docx x/y/b.docx", "b.docx"},
		"classes":                  {"[a-c]*.docx", "", "b1.docx", "d.docx"},
	} {
		s := convert.Selection{Include: strings.Fields(c.include), Exclude: strings.Fields(c.exclude)}
		for _, document := range strings.Fields(c.takes) {
			require.True(t, s.Takes(document), "%s: %s", name, document)
		}
		for _, document := range strings.Fields(c.not) {
			require.False(t, s.Takes(document), "%s: %s", name, document)
		}
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{}
	for _, name := range []string{"b.docx", "a.DOCM", "x/c.dotx", "x/old.doc", "~$b.docx", "x/~$c.docx", "x/draft.docx", "notes.txt", "~$notes.txt"} {
		folder[name] = &fstest.MapFile{Data: []byte(name)}
	}
	l, err := convert.Selection{Exclude: []string{"draft*"}}.List(t.Context(), folder)
	require.NoError(t, err)
	require.Equal(t, &convert.Listing{
		Documents: []string{"a.DOCM", "b.docx", "x/c.dotx", "x/old.doc"}, Bytes: 6 + 6 + 8 + 9, LeftOut: 1, Locks: 2, Others: 2,
	}, l)
}

// However odd a pattern is, it is told quickly whether it matches, and ** at both ends
// matches what any part does.
func FuzzSelection(f *testing.F) {
	f.Add("**/a*/**", "x/ab/c.docx")
	f.Add(strings.Repeat("**/", 90)+"[", strings.Repeat("a/", 90)+"b")
	f.Fuzz(func(_ *testing.T, pattern, document string) {
		convert.Selection{Include: []string{pattern}, Exclude: []string{pattern}}.Takes(document)
	})
}
