package docx

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestFieldCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]*fieldCode{
		`REF _Ref1 \h \* MERGEFORMAT`:                 {name: "REF", args: []string{"_Ref1"}, switches: map[string]string{"h": "", "*": "MERGEFORMAT"}},
		`HYPERLINK "c:\\a b.docx" \l "mark" \o “tip”`: {name: "HYPERLINK", args: []string{`c:\a b.docx`}, switches: map[string]string{"l": "mark", "o": "tip"}},
		`_Ref2`:       {name: "REF", args: []string{"_Ref2"}, switches: map[string]string{}},
		`XE "a:b" \é`: {name: "XE", args: []string{"a:b"}, switches: map[string]string{"é": ""}},
	} {
		want.text = code
		require.Equal(t, want, parseFieldCode(code), code)
	}
}

// Any text is a field code: it has a name if it says anything, and what it says stays text.
func FuzzFieldCode(f *testing.F) {
	for _, code := range []string{`REF a \h`, `HYPERLINK "a\\b" \l "c"`, `XE "a:b" \t "see c"`, `= 1 + 2 \# "0.00"`, `“a”b\`, `\é x`} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if !utf8.ValidString(code) {
			return // the parser of XML lets none in
		}
		c := parseFieldCode(code)
		require.Equal(t, strings.TrimSpace(code) == "", c.name == "")
		for _, arg := range c.args {
			require.True(t, utf8.ValidString(arg), "%q", arg)
		}
		for key, value := range c.switches {
			require.True(t, utf8.ValidString(key) && utf8.ValidString(value), "%q %q", key, value)
		}
	})
}
