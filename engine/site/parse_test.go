package site

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// inSrc is the placer of a site in /src.
type inSrc struct{}

func (inSrc) place(file string, line int) (string, int, bool) {
	rel, ok := strings.CutPrefix(file, "/src/")
	return rel, line, ok
}

func (inSrc) tidy(message string) (string, string) { return message, "" }

func FuzzParseHugo(f *testing.F) {
	f.Add("ERROR \"/src/a.md:1:2\": x\x1b[31m")
	f.Add("ERROR module \"github.com/x\" not found")
	f.Fuzz(func(t *testing.T, s string) {
		line := clean([]byte(s))
		require.True(t, utf8.ValidString(line))
		e := parseHugo([]string{line}, inSrc{})[0]
		require.NotEmpty(t, e.Error())
		require.GreaterOrEqual(t, e.Line, 0)
	})
}

func FuzzReadSettings(f *testing.F) {
	f.Add("theme = ['a', 'b']\n[[module.imports]]\npath = 'x'\n", "toml")
	f.Add("theme: [a, 1]\nmodule: {imports: [{path: x}, 3]}\n", "yaml")
	f.Add(`{"THEME": "a", "module": []}`, "json")
	f.Fuzz(func(t *testing.T, text, ext string) {
		site := fstest.MapFS{"hugo." + ext: {Data: []byte(text)}, "config/_default/module." + ext: {Data: []byte(text)}}
		if !fs.ValidPath("hugo." + ext) {
			t.Skip()
		}
		found := readSettings(site)
		require.True(t, fs.ValidPath(themesInside(found.themesDir)), "a themes folder inside the site")
	})
}

func FuzzParseList(f *testing.F) {
	f.Add("WARN x\npath,slug,title,date,expiryDate,publishDate,draft,permalink\ncontent/a.md,,\"A, B\",,,,false,https://example.org/a/\n")
	f.Fuzz(func(t *testing.T, out string) {
		s := &setup{o: BuildOptions{Source: "/src", BaseURL: "https://example.org"}, found: Detection{Dir: "."}, site: "/src"}
		for page, source := range s.parseList(out) {
			require.False(t, filepath.IsAbs(source), page)
		}
	})
}

func TestALongLogIsCutOnceAndItsErrorsKept(t *testing.T) {
	t.Parallel()
	var said []string
	var stopped error
	l := &buildLog{forward: func(s string) { said = append(said, s) }, stop: func(err error) { stopped = err }, budget: 10}
	for _, line := range []string{"one", "two", "three", "four", "ERROR late", "panic: x", "panic: y"} {
		l.add(line)
	}
	require.Equal(t, []string{"one", "two", "(the log is too long; the rest is left out)"}, said)
	require.Equal(t, []string{"ERROR late"}, l.errors)
	require.Equal(t, "panic: x", l.panicked)
	require.NoError(t, stopped)
	l.add(strings.Repeat("x", 200))
	require.ErrorContains(t, stopped, "160 bytes of log")
	for range 100 {
		l.add("again")
	}
	require.Len(t, l.tail, maxTail)
}

func TestPortsAreNoLines(t *testing.T) {
	t.Parallel()
	e := parseHugo([]string{`ERROR error calling GetRemote: access denied: "http://127.0.0.1:42209" is not whitelisted in policy "security.http.urls"; the current`}, inSrc{})[0]
	require.Empty(t, e.File)
	require.Equal(t, fixRemote, e.Fix)
	require.Equal(t, "a.md:3", parseHugo([]string{`ERROR at "/src/a.md:3"`}, inSrc{})[0].Error()[:6])
}
