package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
)

func main() {
	// The site generator runs as a child process of this same program.
	if sandbox.IsChild() {
		os.Exit(sandbox.Child())
	}
	if hugo.IsChild() {
		os.Exit(hugo.Child())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `usage: go run ./bench jobs|follow|publish|lists [flags]; -h after either lists its flags`

// run runs a benchmark and returns the exit code of the process.
func run(ctx context.Context, args []string, out, complaints io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(complaints, usage)
		return 2
	}
	var err error
	switch args[0] {
	case "jobs":
		err = runJobs(ctx, args[1:], out, complaints)
	case "follow":
		err = runFollow(ctx, args[1:], out, complaints)
	case "lists":
		err = runLists(ctx, args[1:], out, complaints)
	case "publish":
		err = runPublish(ctx, args[1:], out, complaints)
	default:
		fmt.Fprintln(complaints, usage)
		return 2
	}
	var misused *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &misused):
		return 2
	}
	fmt.Fprintln(complaints, "bench:", err)
	return 1
}

// usageError is a command line that cannot be understood; package flag has
// said why.
type usageError struct{ error }

// parse reads the flags of a benchmark. Arguments beside flags are none.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return &usageError{err}
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(flags.Output(), "unknown argument %q\n", flags.Arg(0))
		return &usageError{errors.New("unknown argument")}
	}
	return nil
}
