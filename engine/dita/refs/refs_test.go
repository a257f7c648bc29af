package refs_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/dita/refs"
)

func write(t testing.TB, files map[string]string) (dir string, documents []string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
		if ext := filepath.Ext(name); ext == ".dita" || ext == ".ditamap" {
			documents = append(documents, name)
		}
	}
	slices.Sort(documents)
	return dir, documents
}

func topic(body string) string {
	return "<topic id=\"t\"><title>T</title>\n<body><p id=\"p\"/>" + body + "</body></topic>\n"
}

func TestReferences(t *testing.T) {
	t.Parallel()
	const here = "d/a.dita:2:18: "
	for body, want := range map[string]string{
		`<xref href="#t/p"/>`:                              "",
		`<xref href="#t"/>`:                                "",
		`<xref href="#./p"/>`:                              "",
		`<xref href="b.dita"/>`:                            "",
		`<xref href="b.dita#b/q"/>`:                        "",
		`<xref href="b.dita#b2/q"/>`:                       "",
		`<xref href="../images/x%20y.png" format="png"/>`:  "",
		`<image href="../images/x%20y.png"/>`:              "",
		`<xref href="https://example.com/#x"/>`:            "",
		`<xref href="mailto:a@example.com"/>`:              "",
		`<xref href="elsewhere/x.html" scope="external"/>`: "",
		`<p conref="b.dita#b/q"/>`:                         "",
		`<xref href="#t/nope"/>`:                           here + `href "#t/nope": the topic has no element with that ID`,
		`<xref href="#p"/>`:                                here + `href "#p": there is no topic with that ID`,
		`<xref href="b.dita#b/p"/>`:                        here + `href "b.dita#b/p": the topic has no element with that ID`,
		`<xref href="c.dita"/>`:                            here + `href "c.dita": there is no such file`,
		`<image href="../images"/>`:                        here + `href "../images": there is no such file`,
		`<xref href="../../x.dita"/>`:                      here + `href "../../x.dita" leads out of the folder`,
		`<xref href="/etc/passwd"/>`:                       here + `href "/etc/passwd" is not a relative address`,
		`<xref href=""/>`:                                  here + `href is empty`,
		`<xref href="%zz"/>`:                               here + `href "%zz" is not an address`,
		`<p conref="b.dita#b/r"/>`:                         here + `conref "b.dita#b/r": the topic has no element with that ID`,
		`<p id="p"/>`:                                      here + `the ID "p" stands twice in one topic`,
		`<p id="a b"/>`:                                    here + `"a b" is not an ID`,
		`<b>`:                                              "d/a.dita:2:21: the file is not well-formed: element <b> closed by </body>",
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			dir, documents := write(t, map[string]string{
				"m.ditamap": `<map><topicref href="d/a.dita"/><topicref href="d/b.dita#b2"/></map>`,
				"d/a.dita":  topic(body), "images/x y.png": "x",
				"d/b.dita": `<topic id="b"><title>B</title><body><p id="q"/></body><topic id="b2"><title>B</title><body><p id="q"/></body></topic></topic>`,
			})
			findings, err := refs.Check(t.Context(), dir, documents, refs.Options{})
			require.NoError(t, err)
			var got []string
			for _, f := range findings {
				got = append(got, f.String())
			}
			require.Equal(t, want, strings.Join(got, "\n"))
		})
	}
}

func TestMaps(t *testing.T) {
	t.Parallel()
	dir, documents := write(t, map[string]string{"m.ditamap": "<map>\n<topicref href=\"a.dita\"/></map>", "two.dita": `<topic id="x"><title/><topic id="x"><title/></topic></topic>`})
	findings, err := refs.Check(t.Context(), dir, documents, refs.Options{})
	require.NoError(t, err)
	require.Len(t, findings, 2)
	require.Equal(t, `m.ditamap:2:1: href "a.dita": there is no such file`, findings[0].String())
	require.Equal(t, `two.dita:1:23: the ID "x" is that of two topics of the file`, findings[1].String())
}

func TestBeyond(t *testing.T) {
	t.Parallel()
	dir, documents := write(t, map[string]string{"a.dita": topic(`<xref href="../other/b.dita#b"/>`)})
	findings, err := refs.Check(t.Context(), dir, documents, refs.Options{Beyond: true})
	require.NoError(t, err)
	require.Empty(t, findings)
}

func TestLongTexts(t *testing.T) {
	t.Parallel()
	dir, documents := write(t, map[string]string{"a.dita": topic("<codeblock>" + strings.Repeat("a line of a log\n", 1<<20) + `</codeblock><p id="long"/><xref href="#./long"/>`)})
	findings, err := refs.Check(t.Context(), dir, documents, refs.Options{})
	require.NoError(t, err)
	require.Empty(t, findings)
}

func TestDeepAndCancelled(t *testing.T) {
	t.Parallel()
	dir, documents := write(t, map[string]string{"a.dita": strings.Repeat("<b>", 1000)})
	findings, err := refs.Check(t.Context(), dir, documents, refs.Options{})
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Contains(t, findings[0].Message, "nested more than 512 deep")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = refs.Check(ctx, dir, documents, refs.Options{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = refs.Check(t.Context(), dir, []string{"../a.dita"}, refs.Options{})
	require.Error(t, err)
}

func ExampleCheck() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	_ = os.WriteFile(filepath.Join(dir, "a.ditamap"), []byte("<map>\n  <topicref href=\"gone.dita\"/>\n</map>\n"), 0o600)
	findings, err := refs.Check(context.Background(), dir, []string{"a.ditamap"}, refs.Options{})
	fmt.Println(findings[0], err)
	// Output: a.ditamap:2:3: href "gone.dita": there is no such file <nil>
}

func FuzzCheck(f *testing.F) {
	f.Add(topic(`<xref href="#t/p"/>`))
	f.Add(`<map><topicref href="a.dita#x/y"/></map>`)
	f.Add(`<topic id="a"><p conref="../../x" id=""/>`)
	f.Fuzz(func(t *testing.T, content string) {
		dir, documents := write(t, map[string]string{"a.dita": content})
		findings, err := refs.Check(t.Context(), dir, documents, refs.Options{})
		require.NoError(t, err)
		for _, found := range findings {
			require.Equal(t, "a.dita", found.File)
			require.Positive(t, found.Line)
			require.NotEmpty(t, found.Message)
		}
	})
}
