package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) listCommand() *cobra.Command {
	f := job.Filter{}
	all, asCSV, counts := false, false, false
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List jobs, newest first",
		Long: `List jobs, the newest first. Several filters must all hold.

--since and --until take a time (2026-01-31, 2026-01-31T09:30) or how long ago it
was (24h, 7d), and mean when a job was first submitted. --error finds text in the
error of a job or of one of its documents. --csv is the log of a migration: a line
for each document of each job.`,
		Example: "  docjobs list\n  docjobs list --state failed,partial --since 7d\n  docjobs list --document manuals/pump.docx\n  docjobs list --kind convert --error footnote --csv > log.csv\n  docjobs list --label nightly --counts",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.Limit < 1 || f.Limit > job.MaxLimit {
				return usagef("--limit must be from 1 to %d; --all lists everything", job.MaxLimit)
			}
			if asCSV && counts {
				return usagef("--csv and --counts exclude each other")
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			switch {
			case asCSV:
				behind, err := c.ListCSV(cmd.Context(), f, a.io.Out)
				a.warnBehind(behind)
				return err
			case counts:
				return a.counts(cmd.Context(), c, f)
			}
			return a.list(cmd.Context(), c, f, all)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := cmd.Flags()
	a.filterFlags(cmd, &f)
	flags.IntVar(&f.Limit, "limit", job.DefaultLimit, "at most `N` jobs")
	flags.BoolVar(&all, "all", false, "everything, however much it is")
	flags.BoolVar(&asCSV, "csv", false, "everything, as a table for a spreadsheet with a line for each document")
	flags.BoolVar(&counts, "counts", false, "only how many jobs are in which state")
	_ = cmd.RegisterFlagCompletionFunc("limit", cobra.NoFileCompletions)
	return cmd
}

// filterFlags adds the flags that choose jobs.
func (a *app) filterFlags(cmd *cobra.Command, f *job.Filter) {
	flags := cmd.Flags()
	flags.StringVar(&f.ID, "id", "", "only the job with this `ID`, or those whose ID begins so")
	wordFlag(cmd, &f.Kind, "kind", "only jobs of this kind", job.Kinds...)
	wordsFlag(cmd, &f.States, "state", "only jobs in this state; several with commas", job.States...)
	flags.StringVar(&f.Submitter, "submitter", "", "only jobs that `NAME` submitted")
	flags.StringVar(&f.Target, "target", "", "only jobs that release to the target `NAME`")
	flags.StringVar(&f.Label, "label", "", "only jobs with the label `WORD`")
	flags.StringVar((*string)(&f.Parent), "parent", "", "only batches of the job `ID`")
	flags.StringVar(&f.Document, "document", "", "only jobs that worked on the document with this `PATH` in their source")
	flags.StringVar(&f.Version, "content", "", "only jobs of this content: what the `DIGEST` of a document or the commit of the source begins with")
	flags.StringVar(&f.Error, "error", "", "only jobs with this `TEXT` in an error")
	flags.Var(&momentValue{&f.Since, a.io.Zone}, "since", "only jobs submitted at or after `TIME`")
	flags.Var(&momentValue{&f.Until, a.io.Zone}, "until", "only jobs submitted before `TIME`")
	_ = cmd.RegisterFlagCompletionFunc("target", a.completeTargets)
	for _, name := range []string{"id", "submitter", "label", "parent", "document", "content", "error", "since", "until"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
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
		found.Behind = page.Behind
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
	a.warnBehind(page.Behind)
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

// warnBehind says what a list lacks.
func (a *app) warnBehind(behind string) {
	if behind != "" {
		a.err.printf("%s\n", behind)
	}
}

// counts prints how many jobs are in which state.
func (a *app) counts(ctx context.Context, svc job.Service, f job.Filter) error {
	counts, err := svc.Counts(ctx, f)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(counts)
	}
	a.warnBehind(counts.Behind)
	var rows [][]any
	for _, state := range job.States {
		if n := counts.States[state]; n > 0 {
			rows = append(rows, []any{paintState(state), fmt.Sprint(n)})
		}
	}
	a.out.table([]string{"STATE", "JOBS"}, append(rows, []any{"all", fmt.Sprint(counts.Total)}))
	return a.out.err
}
