package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// An example is a command of a page, with what the page says that it prints.
type example struct {
	args  []string
	lines []string
}

// examples returns the commands "$ docjobs …" in a section of a page.
func examples(t *testing.T, page, heading string) (found []example) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", page))
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, ok, "%s has no section %q", page, heading)
	section, _, _ = strings.Cut(section, "\n## ")
	code := false
	for line := range strings.Lines(section) {
		line = strings.TrimSuffix(line, "\n")
		command, isCommand := strings.CutPrefix(line, "$ docjobs ")
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
		case code && isCommand:
			found = append(found, example{args: strings.Fields(command)})
		case code && line != "" && len(found) > 0:
			found[len(found)-1].lines = append(found[len(found)-1].lines, line)
		}
	}
	require.NotEmpty(t, found, "%s, %s", page, heading)
	return found
}

var (
	exampleID     = regexp.MustCompile(`publish-[0-9a-z]{16}`)
	exampleNumber = regexp.MustCompile(`[0-9]+([.:-][0-9]+)*( (ms|s|B|kB)\b)?`)
)

// masked is a line without what differs from run to run: IDs, numbers, who and where.
func masked(line string) string {
	line = exampleNumber.ReplaceAllString(exampleID.ReplaceAllString(line, "JOB"), "#")
	return strings.Join(strings.Fields(strings.ReplaceAll(line, "by anna", "by writer")), " ")
}

// requirePrinted checks that out has the lines, in their order. What a page leaves out
// with "…" is not looked at.
func (e example) requirePrinted(t *testing.T, out string) {
	t.Helper()
	printed := strings.Split(out, "\n")
	for _, line := range e.lines {
		want, cut := strings.CutSuffix(masked(line), "…")
		if want = strings.TrimSpace(want); want == "" {
			continue
		}
		found := false
		for !found && len(printed) > 0 {
			got := masked(printed[0])
			found = got == want || cut && strings.HasPrefix(got, want)
			printed = printed[1:]
		}
		require.True(t, found, "docjobs %s does not print %q where the page says so, but:\n%s", strings.Join(e.args, " "), line, out)
	}
}

// What "Getting started" shows of a folder with a broken link is what there is to see.
func TestGettingStartedIsTrue(t *testing.T) {
	t.Parallel()
	p := up(t, t.TempDir())
	dir := filepath.Join(t.TempDir(), "handbook")
	for name, text := range map[string]string{
		"README.md":             "# Handbook\n\nSee [how to install](guide/01-install.md).\n",
		"guide/01-install.md":   "# Install\n\nThen [configure](02-configure.md).\n",
		"guide/02-configure.md": "# Configure\n\nSet everything.\n\nThen [upgrade](upgrade.md).\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	submitted := p.run("submit", "publish", dir, "--target", "local")
	require.Zero(t, submitted.code, submitted.err)
	status := p.finished(job.ID(strings.TrimSpace(submitted.out)))
	require.Equal(t, job.StateFailed, status.State)
	out := filepath.Join(t.TempDir(), "out")
	for _, e := range examples(t, "getting-started.md", "Look at the job") {
		args := make([]string, len(e.args))
		for i, arg := range e.args {
			args[i] = exampleID.ReplaceAllLiteralString(arg, string(status.ID))
			if arg == "out" {
				args[i] = out
			}
		}
		got := p.run(args...)
		require.Zero(t, got.code, "%v: %s", args, got.err)
		e.requirePrinted(t, strings.ReplaceAll(got.out+got.err, out, "out"))
	}
}
