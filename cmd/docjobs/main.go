// Command docjobs runs the long tasks of a documentation team as durable jobs.
// See docs/ for what it does and how.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
)

func main() {
	// Site generators run in child processes of this same program.
	if sandbox.IsChild() {
		os.Exit(sandbox.Child())
	}
	if hugo.IsChild() {
		os.Exit(hugo.Child())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the standard streams of the process.
type streams struct {
	in       io.Reader
	out, err *os.File
}

// run runs a command and returns the exit code of the process.
func run(ctx context.Context, args []string, s streams) int {
	root := cli.Root(cli.Terminal(s.in, s.out, s.err))
	root.AddCommand(newUpCommand(s), newAPICommand(s), newWorkerCommand(s), newPublishCommand(s), newKeysCommand(s))
	return cli.Execute(ctx, root, args)
}

// version is the module's version, or the revision that was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	return info.Main.Version
}

// usageError is a command line that cannot be understood.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

// ExitCode tells package cli which code to end with.
func (e *usageError) ExitCode() int { return 2 }
