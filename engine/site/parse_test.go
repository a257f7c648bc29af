package site

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// relative is the placer of a site in /src.
func relative(file string, line int) (string, int, bool) {
	rel, ok := strings.CutPrefix(file, "/src/")
	return rel, line, ok
}

func FuzzParseHugo(f *testing.F) {
	f.Add("ERROR \"/src/a.md:1:2\": x\x1b[31m")
	f.Add("ERROR module \"github.com/x\" not found")
	f.Fuzz(func(t *testing.T, s string) {
		line := clean([]byte(s))
		require.True(t, utf8.ValidString(line))
		e := parseHugo([]string{line}, relative)[0]
		require.NotEmpty(t, e.Error())
		require.GreaterOrEqual(t, e.Line, 0)
	})
}
