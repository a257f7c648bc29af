package cli_test

import (
	"os"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/cmd/docjobs/cli"
)

func TestAPipeIsNoTerminal(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	streams := cli.Terminal(r, w, w)
	require.False(t, streams.OutTTY)
	require.False(t, streams.ErrTTY)
	require.Equal(t, os.Getenv("PATH"), streams.Env("PATH"))
}

// coded is an error of a command that package cli does not know.
type coded int

func (c coded) Error() string { return "told already" }
func (c coded) ExitCode() int { return int(c) }

func TestCommandsOfOthersChooseTheirExitCode(t *testing.T) {
	t.Parallel()
	for code, told := range map[int]bool{cli.ExitFailed: false, cli.ExitUsage: true, 42: false} {
		var out, errs buffer
		root := cli.Root(cli.IO{Out: &out, Err: &errs})
		root.AddCommand(&cobra.Command{Use: "other", RunE: func(*cobra.Command, []string) error { return coded(code) }})
		require.Equal(t, code, cli.Execute(t.Context(), root, []string{"other"}))
		require.Equal(t, told, errs.String() != "")
	}
}
