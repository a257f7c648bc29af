package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) itemsCommand() *cobra.Command {
	q := job.ItemQuery{Limit: job.MaxLimit}
	cmd := &cobra.Command{
		Use:   "items ID",
		Short: "List the documents of a job",
		Long: `List the documents of a job: the state of each, what is wrong with it and where,
and what came of it.`,
		Example:           "  docjobs items publish-3f9k2m7qx1ab4c5d --state failed",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			all := job.ItemPage{Items: []job.Item{}}
			for {
				page, err := c.Items(ctx, id, q)
				if err != nil {
					return err
				}
				all.Items = append(all.Items, page.Items...)
				if page.Next == "" || page.Next == q.Cursor {
					return a.printItems(&all)
				}
				q.Cursor = page.Next
			}
		}),
	}
	wordFlag(cmd, &q.State, "state", "only documents in this state: queued, processing, completed, failed, cancelled or skipped",
		job.StepQueued, job.StepProcessing, job.StepCompleted, job.StepFailed, job.StepCancelled, job.StepSkipped)
	attemptFlag(cmd, &q.Attempt)
	return cmd
}

// printItems writes documents as a table.
func (a *app) printItems(page *job.ItemPage) error {
	if a.json {
		return a.printJSON(page)
	}
	if len(page.Items) == 0 {
		a.err.printf("No documents.\n")
		return nil
	}
	var rows [][]any
	for _, item := range page.Items {
		note := ""
		if item.Error != nil {
			note = itemError(item)
		} else if item.Warnings > 0 {
			note = count(item.Warnings, "warning")
		}
		rows = append(rows, []any{item.Document, paintState(item.State), note})
	}
	a.out.table([]string{"DOCUMENT", "STATE", ""}, rows)
	return a.out.err
}

// itemError says what is wrong with a document, without its name where that stands
// beside it.
func itemError(item job.Item) string {
	e := *item.Error
	if e.File == item.Document && e.Line == 0 {
		e.File = ""
	}
	return e.Error()
}
