package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) historyCommand() *cobra.Command {
	q := job.DocumentQuery{Limit: job.DefaultLimit}
	all := false
	cmd := &cobra.Command{
		Use:   "history DOCUMENT",
		Short: "Show what happened to one document",
		Long: `Show what jobs of every kind did to one document, the newest first: each attempt,
what became of the document in it, and where it was released.

A document is named by its path in the source that was submitted.`,
		Example:           "  docjobs history manuals/pump.docx",
		Args:              exactly("DOCUMENT"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.Limit < 1 || q.Limit > job.MaxLimit {
				return usagef("--limit must be from 1 to %d; --all shows everything", job.MaxLimit)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			q.Document = args[0]
			return a.history(cmd.Context(), c, q, all)
		},
	}
	cmd.Flags().IntVar(&q.Limit, "limit", job.DefaultLimit, "at most `N` entries")
	cmd.Flags().BoolVar(&all, "all", false, "everything, however much it is")
	_ = cmd.RegisterFlagCompletionFunc("limit", cobra.NoFileCompletions)
	return cmd
}

// history prints one page of what happened to a document, or all of them.
func (a *app) history(ctx context.Context, svc job.Service, q job.DocumentQuery, all bool) error {
	found := job.History{Document: q.Document, Jobs: []job.Happened{}}
	if all {
		q.Limit = job.MaxLimit
	}
	for {
		page, err := svc.History(ctx, q)
		if err != nil {
			return err
		}
		found.Jobs = append(found.Jobs, page.Jobs...)
		found.Behind = page.Behind
		if !all {
			found.Next = page.Next
		}
		if !all || page.Next == "" || page.Next == q.Cursor {
			return a.printHistory(&found)
		}
		q.Cursor = page.Next
	}
}

// printHistory writes what happened to a document as a table.
func (a *app) printHistory(h *job.History) error {
	if a.json {
		return a.printJSON(h)
	}
	a.warnBehind(h.Behind)
	if len(h.Jobs) == 0 {
		a.err.printf("No job that has ended worked on %s.\n", clean(h.Document))
		return nil
	}
	var rows [][]any
	for _, j := range h.Jobs {
		note := j.Release
		switch {
		case j.Item.Error != nil:
			note = itemError(j.Item)
		case j.Item.Warnings > 0:
			note = joinNonEmpty(count(j.Item.Warnings, "warning"), note)
		}
		rows = append(rows, []any{j.JobID, j.Attempt, paintState(j.Item.State), a.out.time(j.CreatedAt), j.Submitter, note})
	}
	a.out.table([]string{"JOB", "ATTEMPT", "DOCUMENT", "WHEN", "BY", ""}, rows)
	if h.Next != "" {
		a.err.printf("There are more; --all shows them.\n")
	}
	return a.out.err
}
