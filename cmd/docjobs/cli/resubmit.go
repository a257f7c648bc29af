package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/docjobs/docjobs/job"
)

func (a *app) resubmitCommand() *cobra.Command {
	var flags submitFlags
	var how struct {
		replace string
		only    job.Only
		filters []string
	}
	cmd := &cobra.Command{
		Use:   "resubmit ID | --filter NAME=VALUE ...",
		Short: "Start the next attempt of a job, or of many",
		Long: `Start the next attempt of a job that failed, was cancelled or is partial. It keeps
its ID and its input, and works only on what failed or was not done; --only all does
everything anew.

--replace FOLDER sends files that were mended: each takes the place of the file at
the same path of the source, for this attempt and those after it.

--filter resubmits every job that all filters choose, which is a job itself, with an
ID: its items are the jobs, and cancelling it leaves the rest as they are. The names
are the flags of docjobs list. Without a state it is jobs that failed or are partial.
--dry-run says how many there are.`,
		Example: "  docjobs resubmit publish-3f9k2m7qx1ab4c5d --wait\n  docjobs resubmit convert-3f9k2m7qx1ab4c5d --replace ./mended\n" +
			"  docjobs resubmit --filter state=failed --filter kind=convert --filter since=7d --dry-run",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(how.filters) > 0 && len(args) > 0 {
				return fmt.Errorf("give an ID or --filter, not both")
			}
			if len(how.filters) > 0 {
				return nil
			}
			return exactly("ID")(cmd, args)
		},
		ValidArgsFunction: a.completeJobs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			if len(how.filters) > 0 {
				if how.replace != "" {
					return usagef("--replace goes with an ID: files are those of one job")
				}
				return a.resubmitMany(cmd.Context(), how.filters, how.only, &flags)
			}
			if flags.DryRun {
				return usagef("--dry-run goes with --filter")
			}
			return a.on(func(ctx context.Context, c Client, id job.ID) error {
				r, err := a.replacement(ctx, c, how.replace)
				if err != nil {
					return err
				}
				r.Only = how.only
				return a.resubmitOne(ctx, c, id, r, flags.wait, flags.timeout)
			})(cmd, args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&flags.wait, "wait", false, "follow the job to its end; the exit code tells how it went")
	f.StringVar(&how.replace, "replace", "", "send the mended files in this `FOLDER` or archive")
	wordFlag(cmd, &how.only, "only", "what is done again: failed (the default) or all", job.Onlys...)
	f.StringArrayVar(&how.filters, "filter", nil, "resubmit all jobs with `NAME=VALUE`; may be repeated")
	f.BoolVar(&flags.DryRun, "dry-run", false, "with --filter: say how many jobs there are and start nothing")
	f.StringVar(&flags.Submitter, "submitter", a.user(), "with --filter: `NAME` of who asks, for people to read")
	f.Lookup("submitter").DefValue = "$USER"
	for _, name := range []string{"filter", "submitter"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	timeoutFlag(cmd, &flags.timeout)
	return cmd
}

// resubmitOne starts the next attempt of one job.
func (a *app) resubmitOne(ctx context.Context, c Client, id job.ID, r job.Resubmission, wait bool, timeout time.Duration) error {
	st, err := c.Resubmit(ctx, id, r)
	switch {
	case err != nil:
		return err
	case wait:
		return a.waitFor(ctx, c, id, timeout)
	}
	return a.printChange(st)
}

// resubmitMany submits a job that resubmits all jobs that the filters choose.
func (a *app) resubmitMany(ctx context.Context, filters []string, only job.Only, flags *submitFlags) error {
	params := &job.Resubmit{Only: only}
	if err := a.parseFilters(filters, &params.Filter); err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	flags.Params = params
	receipt, err := c.Submit(ctx, flags.Submission)
	if err != nil {
		return err
	}
	if receipt.DryRun && !a.json {
		a.out.printf("%s would be resubmitted; nothing was started.\n", count(receipt.Items.Total, "job"))
		return a.out.err
	}
	return a.submitted(ctx, c, receipt, flags)
}

// parseFilters reads filters as the flags of docjobs list, which they are.
func (a *app) parseFilters(filters []string, f *job.Filter) error {
	list := &cobra.Command{}
	a.filterFlags(list, f)
	for _, text := range filters {
		name, value, found := strings.Cut(text, "=")
		if !found || value == "" {
			return usagef("--filter: %q is not a name, = and a value, such as state=failed", text)
		}
		if list.Flags().Lookup(name) == nil {
			return usagef("--filter: %q is none of %s", name, filterNames(list))
		}
		if err := list.Flags().Set(name, value); err != nil {
			return usagef("--filter: %s: %v", text, err)
		}
	}
	return nil
}

// filterNames lists the flags of a command for a message.
func filterNames(cmd *cobra.Command) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return strings.Join(names, ", ")
}
