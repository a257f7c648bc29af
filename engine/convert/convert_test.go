package convert_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/docx/docxtest"
)

// documents is a source in memory.
type documents map[string][]byte

type document struct{ *bytes.Reader }

func (document) Close() error { return nil }

func (d documents) Open(_ context.Context, path string) (convert.File, error) {
	content, ok := d[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return document{bytes.NewReader(content)}, nil
}

// made converts a document and returns the report and every file that was made.
func made(t *testing.T, src documents, path string, o convert.Options) (*convert.Report, map[string]string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	report, err := convert.Convert(t.Context(), src, path, out, o)
	require.NoError(t, err)
	files := map[string]string{}
	for _, name := range report.Files {
		content, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(name)))
		require.NoError(t, err)
		files[name] = string(content)
	}
	left, err := os.ReadDir(filepath.Dir(out))
	require.NoError(t, err)
	require.LessOrEqual(t, len(left), 1, "no temporary folder stays")
	return report, files
}

// all returns the text of every topic, without the line breaks between elements.
func all(files map[string]string) string {
	var b strings.Builder
	for name, content := range files {
		if strings.HasSuffix(name, ".dita") {
			b.WriteString(strings.ReplaceAll(content, ">\n<", "><"))
		}
	}
	return b.String()
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	h, p, item := docxtest.Heading, docxtest.P, docxtest.Item
	for name, c := range map[string]struct {
		file *docxtest.File
		want []string // in the topics
	}{
		"formatting": {docxtest.New(p("a ", docxtest.Bold("b"), docxtest.Italic("c"))), []string{`<p>a <b>b</b><i>c</i></p>`}},
		"code":       {docxtest.New(p(docxtest.Code("x := 1")), p(docxtest.Code("y := 2"))), []string{"<codeblock>x := 1\ny := 2</codeblock>"}},
		"note word":  {docxtest.New(p("Warning: hot."), p("Note: read this.")), []string{`<note type="warning">hot.</note>`, `<note type="note">read this.</note>`}},
		"lists": {docxtest.New(p("Before."), item(1, 0, "one"), item(1, 1, "deep"), item(1, 0, "two"), p("After.")),
			[]string{`<li>one<ul><li>deep</li></ul></li><li>two</li>`}},
		"deep heading":                     {docxtest.New(h(1, "A"), h(4, "Deep"), p("text")), []string{`<section><title>Deep</title><p>text</p></section>`}},
		"link within":                      {docxtest.New(h(1, "A"), p(docxtest.LinkTo("there", "go")), h(1, "B"), p(docxtest.Bookmark("there"), "goal")), []string{`<xref href="b.dita#b/there">go</xref>`, `<p id="there">goal</p>`}},
		"footnote":                         {docxtest.New(p("text", docxtest.FootnoteRef(2))).Footnote(2, p("aside")), []string{`<p>text<fn>aside</fn></p>`}},
		"forbidden characters are escaped": {docxtest.New(p("a < b & c")), []string{`<p>a &lt; b &amp; c</p>`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, files := made(t, documents{"d.docx": c.file.Bytes()}, "d.docx", convert.Options{})
			require.NotEqual(t, convert.Rejected, report.Outcome, "%v", report.Reason)
			require.Equal(t, report.Fidelity.Words.In, report.Fidelity.Words.Out, "%v", report.Warnings)
			for _, want := range c.want {
				require.Contains(t, all(files), want)
			}
		})
	}
}

func TestTheMapIsTheOutline(t *testing.T) {
	t.Parallel()
	h, p := docxtest.Heading, docxtest.P
	report, files := made(t, documents{"Guide.docx": docxtest.New(
		p("Preface."), h(1, "Install"), h(2, "On Linux"), p("x"), h(1, "Install"), h(3, "Skipped"), h(1, "漢字"), p("y"),
	).Bytes()}, "Guide.docx", convert.Options{})
	require.Equal(t, "guide.ditamap", report.Map)
	require.Equal(t, 6, report.Topics)
	ditamap := strings.ReplaceAll(files["guide.ditamap"], "\n", "")
	require.Contains(t, ditamap, `<topicref href="topics/guide.dita" type="concept"/><topicref href="topics/install.dita" type="concept"><topicref href="topics/on-linux.dita" type="concept"/></topicref>`+
		`<topicref href="topics/install-2.dita" type="concept"><topicref href="topics/skipped.dita" type="concept"/></topicref><topicref href="topics/topic.dita" type="concept"/>`)
	require.Equal(t, "skipped-level", report.Warnings[0].Code)
}

func TestOneProcedureIsATask(t *testing.T) {
	t.Parallel()
	file := docxtest.New(
		docxtest.Heading(1, "Start the pump"), docxtest.P("First of all."),
		docxtest.Item(2, 0, "Open the valve."), docxtest.Item(2, 0, "Press the button."), docxtest.P("It runs."),
	)
	_, files := made(t, documents{"d.docx": file.Bytes()}, "d.docx", convert.Options{})
	if !strings.Contains(all(files), "<ol>") {
		require.Contains(t, all(files), `<taskbody><context><p>First of all.</p></context><steps><step><cmd>Open the valve.</cmd></step><step><cmd>Press the button.</cmd></step></steps><result><p>It runs.</p></result></taskbody>`)
		return
	}
	t.Fatalf("no task: %s", all(files))
}

func TestLinksBetweenDocuments(t *testing.T) {
	t.Parallel()
	src := documents{
		"a/one.docx": docxtest.New(docxtest.P(docxtest.Link("r9", "see two"))).External("r9", "hyperlink", "../b/two.docx#goal").Bytes(),
		"b/two.docx": docxtest.New(docxtest.Heading(1, "Two"), docxtest.P(docxtest.Bookmark("goal"), "Here.")).Bytes(),
	}
	report, files := made(t, src, "a/one.docx", convert.Options{})
	require.Equal(t, []string{"b/two.docx"}, report.Uses)
	require.Contains(t, all(files), `<xref href="../../../b/two/topics/two.dita#two/goal">see two</xref>`)
	delete(src, "b/two.docx")
	report, files = made(t, src, "a/one.docx", convert.Options{})
	require.Equal(t, convert.WithWarnings, report.Outcome)
	require.NotContains(t, all(files), "<xref")
	require.Contains(t, all(files), "see two")
}

func TestTheSameBytesForTheSameDocument(t *testing.T) {
	t.Parallel()
	src := documents{"d.docx": docxtest.New(docxtest.Heading(1, "A"), docxtest.P("x", docxtest.Bookmark("m")), docxtest.Item(1, 0, "i")).Bytes()}
	first, files := made(t, src, "d.docx", convert.Options{})
	for range 5 {
		again, others := made(t, src, "d.docx", convert.Options{})
		require.Equal(t, files, others)
		one, err := json.Marshal(first)
		require.NoError(t, err)
		two, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(one), string(two))
	}
}

func TestRejectedDocumentsLeaveNothing(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	report, err := convert.Convert(t.Context(), documents{"d.docx": []byte("no Word file")}, "d.docx", out, convert.Options{})
	require.NoError(t, err)
	require.Equal(t, convert.Rejected, report.Outcome)
	require.NotEmpty(t, report.Reason.Message)
	require.NoDirExists(t, out)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = convert.Convert(ctx, documents{"d.docx": docxtest.New(docxtest.P("x")).Bytes()}, "d.docx", out, convert.Options{})
	require.ErrorIs(t, err, context.Canceled, "that is about the world")
}

func TestStyleMaps(t *testing.T) {
	t.Parallel()
	m, err := convert.ParseStyleMap("topics: {split: 1}\nparagraphs: {Quote: drop, My Style: note warning}\n")
	require.NoError(t, err)
	require.Equal(t, 1, m.Topics.Split)
	require.Equal(t, "codeblock", m.Paragraphs["source code"], "what is not named is as in the default")
	local, err := convert.ParseStyleMap("paragraphs: {Überschrift 1: heading 2}\n")
	require.NoError(t, err)
	require.Equal(t, "heading 2", local.Paragraphs["heading 1"], "a built-in style by the name that a German Word shows")
	for text, want := range map[string]string{
		"topics:\n  split: 12\n":             "line 2: topics.split",
		"paragraphs:\n  A: p\n  B: banana\n": "line 3: paragraphs.b",
		"characters:\n  A: p\n":              "line 2: characters.a",
		"policies:\n  hidden: show\n":        "line 2: policies.hidden",
		"colours: 1\n":                       `line 1: unknown field "colours"`,
		"paragraphs:\n  P: p\n  Überschrift 1: p\n  heading 1: lq\n": `line 3: paragraphs: "heading 1" and "Überschrift 1" are the same style`,
		"characters:\n  Code: b\n  code: i\n":                        `line 2: characters: "Code" and "code" are the same style`,
		"topics: {split: many}\n":                                    `line 1: "many" must be a number`,
		"topics:\n  tasks: maybe\n":                                  `line 2: "maybe" must be true or false`,
		"paragraphs:\n  A: [p]\n":                                    "line 2: ",
		"paragraphs:\n  - A\n":                                       "line 2: ",
		"topics: {\n":                                                "line 1: ",
		"paragraphs:\n  A: p\n  A: lq\n":                             "line 3: ",
	} {
		_, err := convert.ParseStyleMap(text)
		require.ErrorContains(t, err, want)
	}
}

func FuzzParseStyleMap(f *testing.F) {
	f.Add(convert.DefaultText())
	f.Add("topics: {split: 1}\nparagraphs: {\"a\": note tip}\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := convert.ParseStyleMap(text)
		if err == nil {
			require.LessOrEqual(t, m.Topics.Split, 9)
		}
	})
}

func TestOutputFoldersAreApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, path := range []string{"a.docx", "A.docx", "a.docm", "a b.docx", "a-b.docx", "x/a.docx", "漢.docx", "字.docx"} {
		folder := convert.OutputFolder(path)
		require.True(t, fs.ValidPath(folder), folder)
		require.NotContains(t, seen, folder, path)
		seen[folder] = path
	}
	require.Equal(t, "guide/install", convert.OutputFolder("guide/install.docx"))
}

func TestAnArgumentIsNoTask(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 61)
	file := docxtest.New(docxtest.Heading(1, "Essay"), docxtest.Item(2, 0, long), docxtest.Item(2, 0, "short"))
	_, files := made(t, documents{"d.docx": file.Bytes()}, "d.docx", convert.Options{})
	require.Contains(t, all(files), "<ol><li>word")
	require.NotContains(t, all(files), "<task")
}

// A picture among lines of code stands after them: code holds text only.
func TestNoPictureIsLostInCode(t *testing.T) {
	t.Parallel()
	file := docxtest.New(
		docxtest.Styled("HTMLPreformatted", "x := 1", docxtest.Picture("r5", "a plot")),
	).Media("r5", "plot.png", docxtest.PNG()).Style("paragraph", "HTMLPreformatted", "HTML Preformatted", "")
	report, files := made(t, documents{"d.docx": file.Bytes()}, "d.docx", convert.Options{})
	require.Equal(t, convert.Kept{In: 1, Out: 1}, report.Fidelity.Images)
	require.Regexp(t, `<codeblock>x := 1</codeblock><p><image href="\.\./images/image1\.png"`, all(files))
}

func TestTextFromRightToLeft(t *testing.T) {
	t.Parallel()
	rtl := docxtest.P(docxtest.Props("<w:bidi/>"), docxtest.R("<w:rtl/>", "سلام"))
	_, files := made(t, documents{"d.docx": docxtest.New(rtl).Bytes()}, "d.docx", convert.Options{})
	require.Contains(t, all(files), `<p dir="rtl">سلام</p>`)
}
