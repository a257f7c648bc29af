package cli_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/cmd/docjobs/cli"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := string(w.submitted("one"))
	w.Step(w.published("two"), "fetch")
	for want, args := range map[string][]string{
		id + "\tqueued, Probe one":                    {"status", ""},
		"awaiting_approval":                           {"list", "--state", ""},
		"publish\nconvert\nrollback\nresubmit\nprobe": {"list", "--kind", ""},
		"new\nall\nwarn":                              {"submit", "publish", "x", "--links", ""},
		"tar.gz":                                      {"result", "--archive", ""},
		"never":                                       {"list", "--color", ""},
		"fetch":                                       {"logs", string(w.published("two")), "--step", ""},
		"skipped":                                     {"items", id, "--state", ""},
	} {
		got := w.run(append([]string{"__complete"}, args...)...)
		require.Equal(t, cli.ExitOK, got.code)
		require.Contains(t, got.out, want)
	}
}

func TestCompletionIsSilentWithoutServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Break(errors.New("broken"))
	for _, args := range [][]string{{"status", ""}, {"logs", "probe-0000000000000000", "--step", ""}, {"logs", "x", "--step", ""}, {"submit", "publish", "x", "--target", ""}} {
		require.Equal(t, cli.ExitOK, w.run(append([]string{"__complete"}, args...)...).code)
	}
}

func TestScriptsForShells(t *testing.T) {
	t.Parallel()
	w := &world{Server: apitest.New(), t: t}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		got := w.run("completion", shell)
		require.Equal(t, cli.ExitOK, got.code)
		require.Contains(t, got.out, "docjobs")
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	w := &world{Server: apitest.New(), t: t}
	require.Regexp(t, `^docjobs \S+ \(go1\S*, \w+/\w+\)\n$`, w.run("version").out)
	require.Contains(t, w.run("version", "--json").out, `"platform":`)
}
