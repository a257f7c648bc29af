package xmltoken_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/xmltoken"
)

// known knows two namespaces.
func known(namespace string) string {
	return map[string]string{"urn:a": "a", "http://www.w3.org/XML/1998/namespace": "xml"}[namespace]
}

// tokens reads a file, a line for each token.
func tokens(r io.Reader, o xmltoken.Options) (lines []string, err error) {
	o.Prefix = known
	x := xmltoken.NewReader(r, o)
	for {
		kind, err := x.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		switch kind {
		case xmltoken.Start:
			line := "<" + x.Name
			for _, a := range x.Attrs {
				line += fmt.Sprintf(" %s=%q", a.Name, a.Value)
			}
			lines = append(lines, line)
		case xmltoken.End:
			lines = append(lines, ">")
		case xmltoken.Text:
			lines = append(lines, fmt.Sprintf("%q", x.Text))
		case xmltoken.Directive:
			lines = append(lines, "!")
		}
	}
}

// standard reads the same with encoding/xml.
func standard(file string) (lines []string, err error) {
	d := xml.NewDecoder(strings.NewReader(file))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errOther }
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			line := "<" + name(t.Name)
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
					line += fmt.Sprintf(" %s=%q", name(a.Name), a.Value)
				}
			}
			lines = append(lines, line)
		case xml.EndElement:
			lines = append(lines, ">")
		case xml.CharData:
			lines = append(lines, fmt.Sprintf("%q", t))
		case xml.Directive:
			lines = append(lines, "!")
		}
	}
}

// errOther is what encoding/xml says of encodings, which it leaves to others.
var errOther = errors.New("another encoding")

func name(n xml.Name) string {
	switch prefix := known(n.Space); {
	case n.Space == "":
		return n.Local
	case prefix != "":
		return prefix + ":" + n.Local
	}
	return "?:" + n.Local
}

var wellFormed = []string{
	`<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE x [<!-- > ' --><!ENTITY e "<>">]><x>1</x>` + "\n",
	`<a:p xmlns:a="urn:a" xmlns="urn:b" a:x='1' y="2"><q/><q xmlns=""><r xmlns:a="urn:a&amp;" a:x=""/></q></a:p>`,
	"<a b = \"&lt;&#65;&#x42;\r\n>\" c='\"'\n>t&amp;\r\n\ru<![CDATA[ <&]]\r\n ]]>v<!-- - -->w</a\t>",
	`<a><p:b p:c="" xmlns:d="" d:e="" :f="" g:=""/><xml:c xml:lang="en"/><xmlns:x/></a>`,
	`<a b="1"c="2" b="3">]] ></a><second/> `,
	"<é ü='ö'>\u00b7</é>",
	"<a>&#xD800;</a>",
	`<a>` + strings.Repeat("long text &gt; ", 5000) + `<b c="` + strings.Repeat("v", 40_000) + `"/></a>`,
}

func TestLikeTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, file := range wellFormed {
		want, err := standard(file)
		require.NoError(t, err)
		got, err := tokens(strings.NewReader(file), xmltoken.Options{})
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = tokens(iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(file))), xmltoken.Options{})
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// faults are files with what must be said of them.
var faults = map[string]string{
	"<a>\n<b></a>":              "line 2: element <b> closed by </a>",
	"<a:b></c:b>":               "line 1: element <a:b> closed by </c:b>",
	"<a>\n":                     "line 2: unexpected EOF",
	"<a>\n<b c='":               "line 2: unexpected EOF",
	"<a><!-- ":                  "line 1: unexpected EOF",
	"<a><![CDATA[ ]]":           "line 1: unexpected EOF",
	"<!DOCTYPE a [ ":            "line 1: unexpected EOF",
	"<?xml ":                    "line 1: unexpected EOF",
	"</a>":                      "line 1: unexpected end element </a>",
	"<a></a b>":                 "line 1: invalid characters between </a and >",
	"<a></>":                    "line 1: expected element name after </",
	"< a>":                      "line 1: expected element name after <",
	"<a\n=''/>":                 "line 2: expected attribute name in element",
	"<a b/>":                    "line 1: attribute name without = in element",
	"<a b=c/>":                  "line 1: unquoted or missing attribute value in element",
	"<a b='<'/>":                "line 1: unescaped < inside quoted string",
	"<a/b>":                     "line 1: expected /> in element",
	"<1/>":                      "line 1: invalid XML name: 1",
	"<a:b:c/>":                  "line 1: invalid XML name: a:b:c",
	"<a -b=''/>":                "line 1: invalid XML name: -b",
	"<a>\n\n]]></a>":            "line 3: unescaped ]]> not in CDATA section",
	"<a>&amp</a>":               "line 1: invalid character entity &amp (no semicolon)",
	"<a b='\n&nbsp;'/>":         "line 2: invalid character entity &nbsp;",
	"<a>&#1;</a>":               "line 1: illegal character code U+0001",
	"<a>&#x110000;</a>":         "line 1: invalid character entity &#x110000;",
	"<a>\x01</a>":               "line 1: illegal character code U+0001",
	"<a>\xff</a>":               "line 1: invalid UTF-8",
	"<a><!- -></a>":             "line 1: invalid sequence <!- not part of <!--",
	"<a><!-- -- --></a>":        `line 1: invalid sequence "--" not allowed in comments`,
	"<a><![CDATA ]]></a>":       "line 1: invalid <![ sequence",
	"<a><? b?></a>":             "line 1: expected target name after <?",
	"<?xml version='1.1'?><a/>": `unsupported version "1.1"`,
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for file, want := range faults {
		_, err := tokens(strings.NewReader(file), xmltoken.Options{})
		require.ErrorContains(t, err, want, "%q", file)
		_, again := tokens(iotest.OneByteReader(strings.NewReader(file)), xmltoken.Options{})
		require.Equal(t, err, again, "%q", file)
		var ours, theirs *xml.SyntaxError
		_, their := standard(file)
		require.Error(t, their, "%q", file)
		if errors.As(err, &ours) && errors.As(their, &theirs) {
			require.LessOrEqual(t, ours.Line, theirs.Line, "%q: encoding/xml has the end of a text with a fault", file)
		}
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	x := xmltoken.NewReader(strings.NewReader("<a>\r\n <!--\n--> <b\n/>&#10;c</a>"), xmltoken.Options{})
	var got []string
	for {
		kind, err := x.Next()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		line, column := x.Pos()
		got = append(got, fmt.Sprint(kind, " ", line, ":", column, " in ", x.Depth()))
	}
	require.Equal(t, []string{
		"1 1:1 in 1", "3 1:4 in 1", "3 3:4 in 1", "1 3:5 in 2", "2 3:5 in 1", "3 4:3 in 1", "2 4:9 in 0",
	}, got)
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"\xEF\xBB\xBF<a>café</a>",
		"<?xml version='1.0' encoding='windows-1252'?><a>caf\xe9</a>",
		"\xff\xfe<\x00a\x00>\x00c\x00a\x00f\x00\xe9\x00<\x00/\x00a\x00>\x00",
		"\x00<\x00a\x00>\x00c\x00a\x00f\x00\xe9\x00<\x00/\x00a\x00>",
	} {
		for _, r := range []io.Reader{strings.NewReader(file), iotest.OneByteReader(strings.NewReader(file))} {
			got, err := tokens(r, xmltoken.Options{})
			require.NoError(t, err)
			require.Equal(t, []string{"<a", `"café"`, ">"}, got)
		}
	}
	_, err := tokens(strings.NewReader("<?xml encoding='klingon'?>"), xmltoken.Options{})
	require.ErrorContains(t, err, `opening charset "klingon"`)
	_, err = tokens(strings.NewReader("<?xml encoding='latin1'?><a>\n<?xml encoding='latin1'?></a>"), xmltoken.Options{})
	require.ErrorContains(t, err, "the encoding is declared again", "each would be decoded through all before it")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"<a>" + strings.Repeat("x", 200_000) + "</a>",
		"<a b='" + strings.Repeat("x", 200_000) + "'/>",
		"<a " + strings.Repeat("b='' ", 40_000) + "/>",
		"<a><!--" + strings.Repeat("x", 200_000) + "--></a>",
	} {
		_, err := tokens(strings.NewReader(file), xmltoken.Options{MaxToken: 100_000})
		require.ErrorIs(t, err, xmltoken.ErrTooLong)
		_, err = tokens(strings.NewReader(file), xmltoken.Options{})
		require.NoError(t, err)
	}
	deep := strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000)
	_, err := tokens(strings.NewReader(deep), xmltoken.Options{MaxDepth: 999})
	require.ErrorIs(t, err, xmltoken.ErrTooDeep)
	_, err = tokens(strings.NewReader(deep), xmltoken.Options{MaxDepth: 1000})
	require.NoError(t, err)
}

func TestFailureOfTheSource(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, file := range []string{"", "<a>", "<a>text", "<a b='", "<?xml encoding='latin1'?><a>"} {
		_, err := tokens(io.MultiReader(strings.NewReader(file), iotest.ErrReader(broken)), xmltoken.Options{})
		require.ErrorIs(t, err, broken, "%q", file)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	x := xmltoken.NewReader(strings.NewReader(`<p:a xmlns:p="urn:a"><b c=""/>`), xmltoken.Options{Prefix: known})
	for range 3 {
		_, err := x.Next()
		require.NoError(t, err)
	}
	x.Reset(strings.NewReader("\n<p:a b='1'/>"))
	require.Zero(t, x.Depth())
	kind, err := x.Next()
	require.NoError(t, err)
	require.Equal(t, xmltoken.Text, kind)
	_, err = x.Next()
	require.NoError(t, err)
	require.Equal(t, "?:a", x.Name, "what a file binds ends with it")
	line, _ := x.Pos()
	require.Equal(t, 2, line)
}

// What a hostile file made large is not kept for the next one. (Not parallel: it measures.)
func TestResetLetsGo(t *testing.T) {
	var declarations strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&declarations, " xmlns:p%d='u'", i)
	}
	for name, file := range map[string]string{
		"namespaces":               "<a" + declarations.String() + "/>",
		"few values that are long": "<a b='" + strings.Repeat("x", 7_000_000) + "'/>",
		"many attributes":          "<a" + strings.Repeat(" b=''", 500_000) + "/>",
		"nesting":                  strings.Repeat("<"+strings.Repeat("a", 7000)+">", 1000),
	} {
		x := xmltoken.NewReader(nil, xmltoken.Options{})
		before := heap()
		x.Reset(strings.NewReader(file))
		for {
			if _, err := x.Next(); err != nil {
				break
			}
		}
		x.Reset(nil)
		require.Less(t, heap(), before+2<<20, name)
		x.Reset(strings.NewReader("<a/>"))
		_, err := x.Next()
		require.NoError(t, err)
	}
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func ExampleReader() {
	file := `<doc xmlns="urn:a" lang="en">Salt &amp; pepper</doc>`
	x := xmltoken.NewReader(strings.NewReader(file), xmltoken.Options{Prefix: known})
	for {
		kind, err := x.Next()
		if err != nil {
			break
		}
		switch kind {
		case xmltoken.Start:
			fmt.Printf("start of %s, %s is %s\n", x.Name, x.Attrs[0].Name, x.Attrs[0].Value)
		case xmltoken.Text:
			fmt.Printf("text %s\n", x.Text)
		}
	}
	// Output:
	// start of a:doc, lang is en
	// text Salt & pepper
}

// FuzzReader compares with encoding/xml: the same tokens of what that accepts, and a
// fault where it finds one.
func FuzzReader(f *testing.F) {
	for _, file := range wellFormed {
		if len(file) < 1000 {
			f.Add(file)
		}
	}
	for file := range faults {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		want, wantErr := standard(file)
		got, err := tokens(strings.NewReader(file), xmltoken.Options{})
		slow, slowErr := tokens(iotest.OneByteReader(strings.NewReader(file)), xmltoken.Options{})
		require.Equal(t, got, slow)
		require.Equal(t, err, slowErr)
		switch {
		case encoded(file), errors.Is(wantErr, errOther), errors.Is(err, xmltoken.ErrTooDeep):
		case wantErr == nil:
			require.NoError(t, err)
			require.Equal(t, want, got)
		case !beyondASCII(wantErr):
			require.Error(t, err, wantErr.Error())
		}
	})
}

// encoded tells files that begin as only those in UTF-16 or with a byte order mark do.
func encoded(file string) bool {
	return len(file) > 0 && strings.IndexByte("\x00\xEF\xFE\xFF", file[0]) >= 0 || strings.HasPrefix(file, "<\x00")
}

// beyondASCII tells refusals of names that the fifth edition has.
func beyondASCII(err error) bool {
	const refusal = "invalid XML name: "
	_, name, ok := strings.Cut(err.Error(), refusal)
	return ok && strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 })
}

// part is like the main part of a Word document.
var part = []byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n" +
	`<w:document xmlns:w="urn:a" xmlns:r="urn:r"><w:body>` +
	strings.Repeat(`<w:p w:rsidR="00A77B3E" w:rsidRDefault="00A77B3E"><w:pPr><w:pStyle w:val="Heading1"/><w:rPr><w:b/><w:lang w:val="en-US"/></w:rPr></w:pPr>`+
		`<w:r><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="24"/></w:rPr><w:t xml:space="preserve">The quick brown fox jumps over the lazy dog. </w:t></w:r></w:p>`, 2000) +
	`</w:body></w:document>`)

func BenchmarkReader(b *testing.B) {
	b.SetBytes(int64(len(part)))
	b.ReportAllocs()
	for b.Loop() {
		x := xmltoken.NewReader(bytes.NewReader(part), xmltoken.Options{Prefix: known})
		for {
			if _, err := x.Next(); err != nil {
				require.ErrorIs(b, err, io.EOF)
				break
			}
		}
	}
}

func BenchmarkStandardLibrary(b *testing.B) {
	b.SetBytes(int64(len(part)))
	b.ReportAllocs()
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(part))
		for {
			if _, err := d.Token(); err != nil {
				require.ErrorIs(b, err, io.EOF)
				break
			}
		}
	}
}
