package docx

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tagsOf reads a part as counting does, a line for every tag and text.
func tagsOf(part string) ([]string, error) {
	src := &tokenSource{ctx: context.Background(), r: strings.NewReader(part), left: tokenBytes}
	x := newTagReader(src, "part", 64)
	var out []string
	for x.next() {
		switch x.event {
		case atStart:
			out = append(out, fmt.Sprintf("<%s %q", x.name, lineEnds.Replace(x.attr("a"))))
		case atEnd:
			out = append(out, ">")
		case atText:
			if x.depth > 0 {
				out = addText(out, string(x.chars))
			}
		}
	}
	return out, x.failed()
}

// lineEnds does what XML does to line ends (2.11), which makes no difference to words.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// addText adds text, as one with text that was before it.
func addText(out []string, text string) []string {
	text = lineEnds.Replace(text)
	if n := len(out) - 1; n >= 0 && strings.HasPrefix(out[n], "text ") {
		out[n] += text
		return out
	}
	return append(out, "text "+text)
}

// xmlTagsOf does the same by encoding/xml.
func xmlTagsOf(part string) (out []string, err error) {
	d := xml.NewDecoder(strings.NewReader(part))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("not compared") }
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			name, value := t.Name.Local, ""
			if t.Name.Space != "" {
				name = "?:" + name
				if prefix, ok := prefixes[t.Name.Space]; ok {
					name = prefix + ":" + t.Name.Local
				}
			}
			for _, a := range t.Attr {
				if a.Name.Space == "" && a.Name.Local == "a" {
					value = a.Value
					break
				}
			}
			out = append(out, fmt.Sprintf("<%s %q", name, value))
			depth++
		case xml.EndElement:
			out = append(out, ">")
			depth--
		case xml.CharData:
			if depth > 0 {
				out = addText(out, string(t))
			}
		case xml.Directive:
			return nil, errors.New("not compared")
		}
	}
}

var taggedParts = []string{
	`<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" a='1'><w:r/>text &amp; more<![CDATA[ <raw> ]]><!-- no --></w:p>`,
	`<?xml version="1.0" encoding="UTF-8"?><p xmlns="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><x a = "a > b" b='"'/><q xmlns=""/></p>`,
	`<a a="&#x41;&#66;&quot;"><b:c xmlns:b="urn:x"><b:d/></b:c><b/></a>` + "\r\n",
	`<a>` + strings.Repeat("long text ", 5000) + `<b a="` + strings.Repeat("v", 40_000) + `"/></a>`,
}

// Counting reads the same tags and texts as the reader's parser.
func TestTags(t *testing.T) {
	t.Parallel()
	for _, part := range taggedParts {
		want, err := xmlTagsOf(part)
		require.NoError(t, err)
		got, err := tagsOf(part)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, encoded := range []string{
		"<?xml version='1.0' encoding='windows-1252'?><a>caf\xe9</a>",
		"\xff\xfe<\x00a\x00>\x00c\x00a\x00f\x00\xe9\x00<\x00/\x00a\x00>\x00",
	} {
		got, err := tagsOf(encoded)
		require.NoError(t, err)
		require.Equal(t, []string{`<a ""`, "text café", ">"}, got)
	}
}

// What the reader's parser accepts reads the same here; what it does not ends.
func FuzzTags(f *testing.F) {
	for _, part := range taggedParts {
		f.Add(part)
	}
	f.Add("<a><!DOCTYPE x><b></a>")
	f.Fuzz(func(t *testing.T, part string) {
		got, gotErr := tagsOf(part)
		want, err := xmlTagsOf(part)
		if err != nil || len(want) == 0 {
			return
		}
		var refused *Error
		if errors.As(gotErr, &refused) && refused.Code == Bomb {
			return // deeper than the bound
		}
		require.NoError(t, gotErr, "%q", part)
		require.Equal(t, want, got)
	})
}
