package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

// The exit codes of the process.
const (
	ExitOK          = 0   // done; the job completed
	ExitFailed      = 1   // the job did not complete, or the request was refused
	ExitUsage       = 2   // the command line is wrong
	ExitTimeout     = 3   // --timeout has passed, and the job goes on
	ExitInterrupted = 130 // Ctrl-C, and the job goes on
)

// ErrNotCompleted ends a command whose job did not complete, which has been
// said already.
var ErrNotCompleted error = &silent{ExitFailed}

// silent is an exit code about which nothing more is to be said.
type silent struct{ code int }

func (s *silent) Error() string { return fmt.Sprintf("exit code %d", s.code) }

// ExitCode returns the code.
func (s *silent) ExitCode() int { return s.code }

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// Unwrap returns what is wrong.
func (e *usageError) Unwrap() error { return e.error }

// ExitCode returns [ExitUsage].
func (e *usageError) ExitCode() int { return ExitUsage }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// Execute runs the command that args name and returns the exit code. An error
// is told once, on standard error. Commands of others may return an error with
// a method ExitCode() int: with code 2 it is told as an error of usage, with
// any other code nothing is said, because the command has said it.
func Execute(ctx context.Context, root *cobra.Command, args []string) int {
	a, ok := root.Context().Value(appKey{}).(*app)
	if !ok {
		panic("cli: Execute needs a command that Root has made")
	}
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil && a.out.err != nil {
		err = fmt.Errorf("the output cannot be written: %w", a.out.err)
	}
	if err == nil {
		return ExitOK
	}
	asJSON := slices.Contains(args, "--json")
	if flag := cmd.Flags().Lookup("json"); flag != nil && flag.Changed {
		asJSON = flag.Value.String() == "true"
	}
	return a.fail(ctx, cmd, err, asJSON)
}

// fail tells the error and returns the exit code that goes with it.
func (a *app) fail(ctx context.Context, cmd *cobra.Command, err error, asJSON bool) int {
	var coded interface{ ExitCode() int }
	var left *LeftError
	switch {
	case errors.As(err, &left):
		a.tell(left.problem(), asJSON, func() { a.err.printf("%s\n%s\n", left.Error(), left.hint()) })
		return left.ExitCode()
	case !a.running || errors.As(err, &coded) && coded.ExitCode() == ExitUsage:
		a.tell(job.Error{Code: job.CodeInvalid, Cause: job.CauseRequest, Message: err.Error()}, asJSON, func() { a.tellUsage(cmd, err) })
		return ExitUsage
	case coded != nil:
		return coded.ExitCode()
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		a.tell(job.Error{Code: job.CodeCancelled, Cause: job.CausePerson, Message: "Interrupted."}, asJSON, func() { a.err.printf("Interrupted.\n") })
		return ExitInterrupted
	}
	var known *job.Error
	if errors.As(err, &known) {
		a.tell(*known, asJSON, func() { a.tellError(known) })
		return ExitFailed
	}
	a.tell(job.Error{Code: job.CodeInternal, Message: err.Error()}, asJSON, func() {
		first, more, _ := strings.Cut(err.Error(), "\n")
		a.err.printf("%s %s\n", painted{"Error:", red}, first)
		for line := range strings.Lines(more) {
			a.err.printf("  %s\n", strings.TrimRight(line, "\n"))
		}
	})
	return ExitFailed
}

// tell writes an error to standard error, as JSON or in words.
func (a *app) tell(e job.Error, asJSON bool, inWords func()) {
	if !asJSON {
		inWords()
		return
	}
	if data, err := encode(e, a.io.ErrTTY); err == nil {
		a.err.write(string(data))
	}
}

// tellUsage says what is wrong with the command line, and what is right.
func (a *app) tellUsage(cmd *cobra.Command, err error) {
	message, more, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n") // cobra's suggestions follow
	a.err.printf("%s: %s\n", painted{cmd.CommandPath(), red}, message)
	for line := range strings.Lines(more) {
		if line = strings.TrimSpace(line); line != "" {
			a.err.printf("  %s\n", line)
		}
	}
	a.err.printf("Usage: %s\n", cmd.UseLine())
	a.err.printf("See %s --help.\n", cmd.CommandPath())
}

// tellError says what a request was refused for.
func (a *app) tellError(e *job.Error) {
	a.err.printf("%s %s\n", painted{"Error:", red}, e.Message)
	a.err.details(e, "")
}

// details writes everything about an error but its message.
func (p *printer) details(e *job.Error, log string) { p.detailsAnd(e, "", log) }

// detailsAnd tells also who can do something, where that is known.
func (p *printer) detailsAnd(e *job.Error, cause, log string) {
	var rows [][]any
	for _, fault := range e.Faults {
		rows = append(rows, []any{"", painted{fault.Field, bold}, fault.Message})
	}
	for _, line := range []struct{ name, text string }{
		{"at", e.Place()}, {"cause", cause}, {"hint", e.Hint}, {"job", string(e.JobID)}, {"log", log},
	} {
		if line.text != "" {
			rows = append(rows, []any{"", painted{line.name, faint}, line.text})
		}
	}
	p.table(nil, rows)
}
