package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

// DefaultServer is where a server is looked for that nobody named.
const DefaultServer = "http://127.0.0.1:8420"

// A Client is a docjobs server as the commands need it. [client.Client] is one.
type Client interface {
	job.Service
	job.Scheduler
	Uploader
	Artifacts(ctx context.Context, id job.ID, attempt int) iter.Seq2[job.Artifact, error]
	Download(ctx context.Context, id job.ID, attempt int, path string, w io.Writer) error
	Archive(ctx context.Context, id job.ID, attempt int, format string, w io.Writer) error
	Ticket(ctx context.Context, id job.ID, attempt int, w io.Writer) error
	ListCSV(ctx context.Context, f job.Filter, w io.Writer) (behind string, err error)
}

var _ Client = (*client.Client)(nil)

// app is what the commands of one root have in common.
type app struct {
	io       IO
	out, err *printer
	server   string // --server
	json     bool   // --json
	color    string // --color
	running  bool   // the command line was understood

	taken *job.Submission // where a submission goes that is not to be made now
}

type appKey struct{}

const rootLong = `docjobs runs the long tasks of a documentation team as durable jobs.

A job gets an ID at once. With the ID anyone can follow the job, read its log,
fetch its results, cancel it or submit it again, from any machine that reaches
the server.

The server is named by --server or DOCJOBS_SERVER, else it is looked for at
` + DefaultServer + `. "docjobs up" starts one. Where the server asks for an
API key, it is taken from DOCJOBS_KEY.

Exit codes: 0 done; 1 the job failed, was cancelled or is partial, or the server
refused the request; 2 the command line is wrong; 3 --timeout has passed and the
job goes on; 130 Ctrl-C, and the job goes on.`

// Root returns the docjobs command with all commands of a client. A program may
// add more.
func Root(w IO) *cobra.Command {
	w = w.complete()
	a := &app{io: w, color: "auto"}
	root := &cobra.Command{
		Use:           "docjobs COMMAND",
		Short:         "Run the long tasks of a documentation team as durable jobs",
		Long:          rootLong,
		Example:       "  docjobs up\n  docjobs submit publish docs --target local --wait\n  docjobs list --state failed",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(*cobra.Command, []string) {
			a.running = true
			a.paint()
		},
	}
	a.paint()
	root.SetIn(w.In)
	root.SetOut(w.Out)
	root.SetErr(w.Err)
	root.SetContext(context.WithValue(context.Background(), appKey{}, a))
	root.PersistentFlags().Var(oneOf(&a.color, "auto", "always", "never"), "color", "colours: auto, always or never")
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
	for _, cmd := range []*cobra.Command{
		a.submitCommand(), a.statusCommand(), a.waitCommand(), a.watchCommand(), a.resultCommand(),
		a.itemsCommand(), a.eventsCommand(), a.logsCommand(), a.ticketCommand(), a.listCommand(), a.historyCommand(), a.cancelCommand(), a.resubmitCommand(),
		a.approveCommand(), a.extendCommand(), a.pinCommand(), a.rollbackCommand(), a.targetsCommand(), a.scheduleCommand(), a.deliveriesCommand(), a.redeliverCommand(),
	} {
		f := cmd.PersistentFlags()
		f.StringVar(&a.server, "server", "", "`ADDRESS` of the server (default: DOCJOBS_SERVER, else "+DefaultServer+")")
		f.BoolVar(&a.json, "json", false, "print what the API answers, as JSON")
		_ = cmd.RegisterFlagCompletionFunc("server", cobra.NoFileCompletions)
		root.AddCommand(cmd)
	}
	root.AddCommand(a.convertCommand(), a.versionCommand())
	return root
}

// paint makes the printers, once it is known whether colours are wanted.
func (a *app) paint() {
	a.out = a.io.printer(a.io.Out, a.color, a.io.OutTTY)
	a.err = a.io.printer(a.io.Err, a.color, a.io.ErrTTY)
}

// printer returns a printer for one of the streams.
func (w IO) printer(out io.Writer, color string, tty bool) *printer {
	return &printer{w: out, colors: w.colors(color, tty), zone: w.Zone}
}

// connect returns a client for the server that the user means.
func (a *app) connect(options ...client.Option) (*client.Client, error) {
	server := a.server
	if server == "" {
		server = a.io.Env("DOCJOBS_SERVER")
	}
	if server == "" {
		server = DefaultServer
	}
	options = append([]client.Option{
		client.WithUserAgent("docjobs/" + version()), client.WithKey(a.io.Env("DOCJOBS_KEY")),
	}, options...)
	c, err := client.New(server, options...)
	if err != nil {
		return nil, &usageError{err}
	}
	return c, nil
}

// on returns a RunE that connects to the server and runs f on the job that the
// first argument names.
func (a *app) on(f func(ctx context.Context, c Client, id job.ID) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		id, err := job.ParseID(args[0])
		if err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		defer c.Close()
		return f(cmd.Context(), c, id)
	}
}

// exactly returns a check for the number of arguments, which are called names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s is missing", names[len(args)])
		case len(args) > len(names):
			return fmt.Errorf("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// timeoutFlag adds --timeout to a command that waits.
func timeoutFlag(cmd *cobra.Command, timeout *time.Duration) {
	cmd.Flags().DurationVar(timeout, "timeout", 0, "stop waiting after this time, such as 90s or 2h, with exit code 3 (default: never)")
}
