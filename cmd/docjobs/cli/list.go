package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) listCommand() *cobra.Command {
	f := job.Filter{}
	all, asCSV := false, false
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List jobs, newest first",
		Long: `List jobs, the newest first. Several filters must all hold. A job that has just
been submitted can take a moment to appear; docjobs status knows it at once.

--since and --until take a time (2026-01-31, 2026-01-31T09:30) or how long ago it
was (24h, 7d).`,
		Example: "  docjobs list\n  docjobs list --state failed --since 7d\n  docjobs list --target local --label nightly --all --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.Limit < 1 || f.Limit > job.MaxLimit {
				return usagef("--limit must be from 1 to %d; --all lists everything", job.MaxLimit)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			if asCSV {
				return c.ListCSV(cmd.Context(), f, a.io.Out)
			}
			return a.list(cmd.Context(), c, f, all)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := cmd.Flags()
	wordFlag(cmd, &f.Kind, "kind", "only jobs of this kind", job.Kinds...)
	wordFlag(cmd, &f.State, "state", "only jobs in this state", job.States...)
	flags.StringVar(&f.Submitter, "submitter", "", "only jobs that `NAME` submitted")
	flags.StringVar(&f.Target, "target", "", "only jobs that release to the target `NAME`")
	flags.StringVar(&f.Label, "label", "", "only jobs with the label `WORD`")
	flags.Var(&momentValue{&f.Since, a.io.Zone}, "since", "only jobs submitted at or after `TIME`")
	flags.Var(&momentValue{&f.Until, a.io.Zone}, "until", "only jobs submitted before `TIME`")
	flags.IntVar(&f.Limit, "limit", job.DefaultLimit, "at most `N` jobs")
	flags.BoolVar(&all, "all", false, "everything, however much it is")
	flags.BoolVar(&asCSV, "csv", false, "everything, as a table for a spreadsheet")
	_ = cmd.RegisterFlagCompletionFunc("target", a.completeTargets)
	for _, name := range []string{"submitter", "label", "since", "until", "limit"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return cmd
}

// list prints one page, or all of them.
func (a *app) list(ctx context.Context, svc job.Service, f job.Filter, all bool) error {
	found := job.Page{Jobs: []job.Summary{}}
	if all {
		f.Limit = job.MaxLimit
	}
	for {
		page, err := svc.List(ctx, f)
		if err != nil {
			return err
		}
		found.Jobs = append(found.Jobs, page.Jobs...)
		if !all {
			found.Next = page.Next
		}
		if !all || page.Next == "" || page.Next == f.Cursor {
			return a.printPage(&found)
		}
		f.Cursor = page.Next
	}
}

// printPage writes jobs as a table.
func (a *app) printPage(page *job.Page) error {
	if a.json {
		return a.printJSON(page)
	}
	if len(page.Jobs) == 0 {
		a.err.printf("No jobs.\n")
		return nil
	}
	var rows [][]any
	for _, j := range page.Jobs {
		rows = append(rows, []any{
			j.ID, paintState(j.State), a.out.time(j.CreatedAt), took(&j.CreatedAt, j.FinishedAt), j.Submitter, j.Summary,
		})
	}
	a.out.table([]string{"JOB", "STATE", "SUBMITTED", "TOOK", "BY", "WHAT"}, rows)
	if page.Next != "" {
		a.err.printf("There are more; --all lists them.\n")
	}
	return a.out.err
}
