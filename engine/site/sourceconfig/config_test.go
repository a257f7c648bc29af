package sourceconfig_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site/sourceconfig"
)

const whole = `generator: mkdocs
dir: docs
output: site
command: handbook
env:
  EDITION: public
versions:
  hugo: 0.121.2
links:
  ignore:
    - /old/*
    - url: https://intranet.example.org/*
      page: guide/*.html
      reason: readers outside cannot open it
`

func TestParse(t *testing.T) {
	t.Parallel()
	c, err := sourceconfig.Parse([]byte(whole))
	require.NoError(t, err)
	require.Equal(t, &sourceconfig.Config{
		Generator: "mkdocs", Dir: "docs", Output: "site", Command: "handbook",
		Env: map[string]string{"EDITION": "public"}, Versions: map[string]string{"hugo": "0.121.2"},
		Links: sourceconfig.Links{Ignore: []sourceconfig.Ignore{{URL: "/old/*"},
			{URL: "https://intranet.example.org/*", Page: "guide/*.html", Reason: "readers outside cannot open it"}}},
	}, c)
	c, err = sourceconfig.Parse(nil)
	require.NoError(t, err)
	require.Equal(t, &sourceconfig.Config{}, c)
}

func TestFaultsAreNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"generater: hugo":                    "docjobs.yaml:1: the key generater is not known",
		"dir: docs\nlinks:\n  ignored: []":   "docjobs.yaml:3: the key ignored is not known",
		"links:\n  ignore:\n    - {urls: a}": `docjobs.yaml:3: the key "urls" is not known in links.ignore`,
		"links:\n  ignore:\n    - [a]":       "docjobs.yaml:3: an entry of links.ignore is an address, or has the keys url, page and reason",
		"links:\n  ignore:\n    - reason: b": "docjobs.yaml: links.ignore: entry 1 has neither url nor page",
		"command: npm run build && curl x":   `docjobs.yaml: command: "npm run build && curl x" is not the name of a command; command lines are not run`,
		"dir: ../x":                          `docjobs.yaml: dir: "../x" is not a folder inside the source`,
		"output: /etc":                       `docjobs.yaml: output: "/etc" is not a folder inside the source`,
		"versions: {hugo: ../../bin/sh}":     `docjobs.yaml: versions: "hugo": "../../bin/sh" is not a version such as 1.2.3`,
		"env: [a]":                           "docjobs.yaml:1: cannot unmarshal !!seq into map[string]string",
		"dir: [":                             "docjobs.yaml:1: did not find expected node content",
		"dir: a\n---\ndir: b":                "docjobs.yaml: it holds more than one YAML document",
		"# " + strings.Repeat("x", 70_000):   "docjobs.yaml: it must be a file of at most 64 KiB",
		"links: {ignore: [" + strings.Repeat("a,", 1001) + "]}": "docjobs.yaml: links.ignore may have 1000 entries",
	} {
		_, _, err := sourceconfig.Find(fstest.MapFS{"docjobs.yaml": {Data: []byte(text), Mode: 0o644}}, ".")
		var fault *sourceconfig.Error
		require.ErrorAs(t, err, &fault, "%.60s", text)
		require.EqualError(t, err, want)
	}
}

func TestFindLooksInTheFolderFirst(t *testing.T) {
	t.Parallel()
	source := fstest.MapFS{
		"docjobs.yaml":      {Data: []byte("generator: hugo"), Mode: 0o644},
		"docs/docjobs.yaml": {Data: []byte("generator: mkdocs"), Mode: 0o644},
	}
	for dir, want := range map[string]string{"": "docjobs.yaml", "docs": "docs/docjobs.yaml", "other": "docjobs.yaml"} {
		_, found, err := sourceconfig.Find(source, dir)
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
	c, found, err := sourceconfig.Find(fstest.MapFS{}, "docs")
	require.NoError(t, err)
	require.Nil(t, c)
	require.Empty(t, found)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("links: {ignore: [&a a, *a]}"))
	f.Add([]byte("env: {<<: {a: b}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := sourceconfig.Parse(text)
		if err != nil {
			var fault *sourceconfig.Error
			require.ErrorAs(t, err, &fault)
			return
		}
		require.NotContains(t, c.Dir, "\x00")
		require.False(t, strings.HasPrefix(c.Dir, "/") || strings.HasPrefix(c.Dir, "../"))
		require.False(t, strings.HasPrefix(c.Output, "/") || strings.HasPrefix(c.Output, "../"))
	})
}
