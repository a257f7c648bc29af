package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) eventsCommand() *cobra.Command {
	var q job.EventQuery
	cmd := &cobra.Command{
		Use:   "events ID",
		Short: "Print the history of a job",
		Long: `Print the events of a job, through all its attempts. They are numbered 1, 2, 3 …
without gaps, so that a program which remembers the last number misses nothing.
With --json every event is a line of JSON.`,
		Example:           "  docjobs events publish-3f9k2m7qx1ab4c5d\n  docjobs events publish-3f9k2m7qx1ab4c5d --after 12 --follow --json",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			for e, err := range c.Events(ctx, id, q) {
				if err != nil {
					return err
				}
				if !a.json {
					a.out.printf("%4d  ", e.Number)
				}
				if err := a.printEvent(e); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().Int64Var(&q.After, "after", 0, "begin behind event `N`")
	cmd.Flags().BoolVarP(&q.Follow, "follow", "f", false, "go on until the job has ended")
	_ = cmd.RegisterFlagCompletionFunc("after", cobra.NoFileCompletions)
	return cmd
}

// printEvent writes an event on a line of standard output.
func (a *app) printEvent(e job.Event) error {
	if a.json {
		return a.printLine(e)
	}
	a.out.event(e)
	return a.out.err
}
