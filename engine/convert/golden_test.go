package convert_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/dita/grammar"
	"github.com/docjobs/docjobs/engine/dita/refs"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A golden is a small Word file, or several, that shows one thing, and what becomes
// of the first of them: testdata/golden holds the report in short and every file, one
// after the other.
type golden struct {
	name   string
	file   *w.File
	others documents       // that it may link to
	styles string          // style map
	dita   convert.Grammar // 1.2 if empty
}

func (g golden) version() convert.Grammar {
	if g.dita == "" {
		return convert.DITA12
	}
	return g.dita
}

// convertInto converts the documents into folders under dir and returns what became
// of the first, and all files.
func (g golden) convertInto(t *testing.T, dir string) (*convert.Report, []string) {
	t.Helper()
	source := documents{"doc.docx": g.file.Bytes()}
	maps.Copy(source, g.others)
	styles, err := convert.ParseStyleMap(g.styles)
	require.NoError(t, err)
	var files []string
	var first *convert.Report
	for _, path := range append([]string{"doc.docx"}, slices.Sorted(maps.Keys(g.others))...) {
		folder := convert.OutputFolder(path)
		report, err := convert.Convert(t.Context(), source, path, filepath.Join(dir, folder), convert.Options{StyleMap: styles, Grammar: g.version()})
		require.NoError(t, err)
		if first == nil {
			first = report
		}
		for _, file := range report.Files {
			files = append(files, folder+"/"+file)
		}
	}
	return first, files
}

// text is what the golden file says.
func (g golden) text(t *testing.T, dir string, report *convert.Report, files []string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "outcome: %s\n", report.Outcome)
	if report.Reason != nil {
		fmt.Fprintf(&b, "reason: %s: %s\n", report.Reason.Code, report.Reason.Message)
	}
	for _, m := range report.Warnings {
		fmt.Fprintf(&b, "warning: %s: %s (%s)\n", m.Code, m.Message, m.Place)
	}
	for _, m := range report.Notes {
		fmt.Fprintf(&b, "note: %s: %s (%s)\n", m.Code, m.Message, m.Place)
	}
	for _, s := range report.Styles {
		fmt.Fprintf(&b, "unmapped: %s style %q, %d times, as %s: %q\n", s.Type, s.Name, s.Count, s.Treated, s.Example)
	}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		require.NoError(t, err)
		if !strings.HasPrefix(filepath.Ext(file), ".dita") {
			content = fmt.Appendf(nil, "%d bytes\n", len(content))
		}
		fmt.Fprintf(&b, "-- %s --\n%s", file, content)
		if !bytes.HasSuffix(content, []byte("\n")) {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// TestGolden converts each of the files, compares with what is expected, and holds
// the gates of a conversion against it: no word lost, every reference resolves, valid
// under the grammar. Run it with -update to write the expectations, and read them.
func TestGolden(t *testing.T) {
	t.Parallel()
	validators := newValidators(t)
	names := map[string]bool{}
	for _, g := range slices.Concat(readerGoldens(), blockGoldens(), topicGoldens()) {
		require.NotContains(t, names, g.name)
		names[g.name] = true
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			report, files := g.convertInto(t, dir)
			path := filepath.Join("testdata", "golden", strings.ReplaceAll(g.name, " ", "-")+".txt")
			got := g.text(t, dir, report, files)
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got)

			require.Equal(t, report.Fidelity.Words.In, report.Fidelity.Words.Out, "words in and out")
			files = slices.DeleteFunc(files, func(file string) bool { return !strings.HasPrefix(filepath.Ext(file), ".dita") })
			found, err := refs.Check(t.Context(), dir, files, refs.Options{})
			require.NoError(t, err)
			require.Empty(t, found)
			validators.check(t, g.version(), dir, files)
		})
	}
	listed, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	require.NoError(t, err)
	require.Len(t, listed, len(names), "every golden file belongs to a test")
}

// validators are those of this machine, by version of DITA.
type validators map[convert.Grammar]grammar.Validator

func newValidators(t *testing.T) validators {
	t.Helper()
	v := validators{}
	schemas := map[convert.Grammar]string{convert.DITA13: os.Getenv("DITA13_GRAMMAR")} // no package installs it
	for _, version := range []convert.Grammar{convert.DITA12, convert.DITA13} {
		found, description, err := grammar.Detect(t.Context(), grammar.Config{Version: dita.Version(version), Schemas: schemas[version], Cache: t.TempDir()})
		require.NoError(t, err)
		if found == nil && version == convert.DITA12 {
			require.Empty(t, os.Getenv("CI"), description)
		}
		v[version] = found
	}
	return v
}

// check validates DITA where the machine can.
func (v validators) check(t *testing.T, version convert.Grammar, dir string, files []string) {
	t.Helper()
	if v[version] == nil {
		return
	}
	found, err := v[version].Validate(t.Context(), dir, files)
	require.NoError(t, err)
	require.Empty(t, found)
}
