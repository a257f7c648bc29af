package grammar_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/dita/grammar"
)

const (
	task = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE task PUBLIC "-//OASIS//DTD DITA 1.2 Task//EN" "task.dtd">
<task id="t"><title>T</title><taskbody><steps><step><cmd>Go.</cmd></step></steps></taskbody></task>
`
	map12 = `<!DOCTYPE map PUBLIC "-//OASIS//DTD DITA 1.2 Map//EN" "http://192.0.2.1/map.dtd">
<map><title>M</title><topicref href="t.dita"/></map>
`
	misplaced = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE concept PUBLIC "-//OASIS//DTD DITA 1.2 Concept//EN"
  "concept.dtd">
<concept id="c"><title>C</title><conbody>
<p>a</p><steps/></conbody></concept>
`
)

// cache holds the grammars that are made for these tests.
var cache string

func TestMain(m *testing.M) {
	var err error
	if cache, err = os.MkdirTemp("", "grammar-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(cache)
	os.Exit(code)
}

// detect returns the validator of the machine. Without one a test cannot run, which
// must not go unnoticed where it counts.
func detect(t *testing.T, c grammar.Config) grammar.Validator {
	t.Helper()
	c.Cache = cache
	v, description, err := grammar.Detect(t.Context(), c)
	require.NoError(t, err)
	if v == nil {
		require.Empty(t, os.Getenv("CI"), description)
		t.Skip(description)
	}
	return v
}

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	return dir
}

func TestValidate(t *testing.T) {
	dir := write(t, map[string]string{
		"a.ditamap": map12, "topics/t.dita": task, "topics/c.dita": misplaced,
		"broken.dita": "<concept id='c'><title>C</concept>\n",
		"other.dita":  "<html/>",
		"entity.dita": `<!DOCTYPE concept [<!ENTITY e SYSTEM "file:///etc/passwd">]><concept id="c"><title>&e;</title></concept>`,
		"xi.dita":     `<concept id="c"><title>C</title><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/></concept>`,
	})
	files := []string{"a.ditamap", "broken.dita", "topics/t.dita", "other.dita", "topics/c.dita", "entity.dita", "xi.dita"}
	findings, err := detect(t, grammar.Config{}).Validate(t.Context(), dir, files)
	require.NoError(t, err)
	var at []string
	for _, f := range findings {
		require.NotEmpty(t, f.Message)
		at = append(at, f.File)
	}
	at = slices.Compact(at)
	require.Equal(t, []string{"broken.dita", "other.dita", "topics/c.dita", "entity.dita", "xi.dita"}, at)
	require.Equal(t, 5, findings[2].Line, "lines are those of the file, its declaration counted")
	require.Contains(t, findings[2].Message, "steps")
}

// Tables have titles and rows, in that order: a grammar that was converted badly takes
// one for the other.
func TestTables(t *testing.T) {
	table := func(content string) string {
		return `<concept id="c"><title>C</title><conbody><table>` + content + "</table></conbody></concept>"
	}
	const rows = `<tgroup cols="1"><colspec colname="a"/><tbody><row><entry>x</entry></row></tbody></tgroup>`
	dir := write(t, map[string]string{
		"1.dita": table("<title>T</title><desc>D</desc>" + rows), "2.dita": table("<title>T</title>" + rows), "3.dita": table(rows),
		"4.dita": table("<title>T</title>"), "5.dita": table(""), "6.dita": table(rows + "<title>T</title>"),
	})
	findings, err := detect(t, grammar.Config{}).Validate(t.Context(), dir, []string{"1.dita", "2.dita", "3.dita", "4.dita", "5.dita", "6.dita"})
	require.NoError(t, err)
	var invalid []string
	for _, f := range findings {
		invalid = append(invalid, f.File)
	}
	require.Equal(t, []string{"4.dita", "5.dita", "6.dita"}, slices.Compact(invalid))
}

// A document that only the program refuses does not keep it from the ones behind.
func TestDocumentsBehindOneThatIsRefused(t *testing.T) {
	dir := write(t, map[string]string{
		"1.dita": `<concept id="c" xml:lang="en" xmlns:q=""><title>C</title></concept>`, // no such binding in XML 1.0
		"2.dita": misplaced,
		"3.dita": task,
	})
	findings, err := detect(t, grammar.Config{}).Validate(t.Context(), dir, []string{"1.dita", "2.dita", "3.dita"})
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, f := range findings {
		seen[f.File] = true
	}
	require.Equal(t, map[string]bool{"1.dita": true, "2.dita": true}, seen)
}

func TestXMLLint(t *testing.T) {
	program, err := exec.LookPath("xmllint")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "xmllint is not installed")
		t.Skip("xmllint is not installed")
	}
	only := t.TempDir()
	require.NoError(t, os.Symlink(program, filepath.Join(only, "xmllint")))
	t.Setenv("PATH", only)
	v := detect(t, grammar.Config{})
	dir := write(t, map[string]string{"a.ditamap": map12, "t.dita": task, "c.dita": misplaced, "o.dita": "<html/>"})
	findings, err := v.Validate(t.Context(), dir, []string{"a.ditamap", "t.dita", "c.dita", "o.dita"})
	require.NoError(t, err)
	require.NotEmpty(t, findings)
	require.Equal(t, "c.dita", findings[0].File)
	require.Equal(t, 4, findings[0].Line, "of the element that holds what may not stand there")
	require.Equal(t, "o.dita", findings[len(findings)-1].File)
}

func TestNoValidator(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	v, description, err := grammar.Detect(t.Context(), grammar.Config{})
	require.NoError(t, err)
	require.Nil(t, v)
	require.Contains(t, description, "no validator")
	v, description, err = grammar.Detect(t.Context(), grammar.Config{Schemas: t.TempDir()})
	require.NoError(t, err)
	require.Nil(t, v)
	require.Contains(t, description, "does not hold grammars")
}

// The grammars of an operator hold without trang.
func TestSchemasOfTheOperator(t *testing.T) {
	folder := t.TempDir()
	for _, kind := range []string{"topic", "concept", "task", "reference", "map"} {
		rng := `<element name="` + kind + `" xmlns="http://relaxng.org/ns/structure/1.0"><optional><attribute name="id"/></optional>` +
			`<element name="title"><text/></element><zeroOrMore><element name="conbody"><element name="p"><empty/></element></element></zeroOrMore></element>`
		require.NoError(t, os.WriteFile(filepath.Join(folder, kind+".rng"), []byte(rng), 0o644))
	}
	v := detect(t, grammar.Config{Version: "1.3", Schemas: folder})
	dir := write(t, map[string]string{"a.dita": "<task><title>a</title></task>", "b.dita": task})
	findings, err := v.Validate(t.Context(), dir, []string{"a.dita", "b.dita"})
	require.NoError(t, err)
	require.NotEmpty(t, findings)
	require.Equal(t, "b.dita", findings[0].File)
	require.Equal(t, 3, findings[0].Line)
	require.Positive(t, findings[0].Column)
}

func TestCancelled(t *testing.T) {
	v := detect(t, grammar.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Validate(ctx, write(t, map[string]string{"t.dita": task}), []string{"t.dita"})
	require.ErrorIs(t, err, context.Canceled)
}

func TestFileThatIsNotThere(t *testing.T) {
	v := detect(t, grammar.Config{})
	_, err := v.Validate(t.Context(), t.TempDir(), []string{"t.dita"})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = v.Validate(t.Context(), t.TempDir(), []string{"../t.dita"})
	require.Error(t, err)
}
