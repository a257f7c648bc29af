package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) statusCommand() *cobra.Command {
	var attempt int
	cmd := &cobra.Command{
		Use:   "status ID",
		Short: "Tell where a job stands",
		Long: `Tell where a job stands: its state, its steps, when it began and ended, what it
released, and if it failed why and where. The exit code is 0 whatever the state.`,
		Example:           "  docjobs status publish-3f9k2m7qx1ab4c5d\n  docjobs status publish-3f9k2m7qx1ab4c5d --json | jq -r .state",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			st, err := c.Get(ctx, id, job.StatusQuery{Attempt: attempt})
			if err != nil {
				return err
			}
			return a.printStatus(st)
		}),
	}
	attemptFlag(cmd, &attempt)
	return cmd
}

// printStatus tells all that is known of a job.
func (a *app) printStatus(st *job.Status) error {
	if a.json {
		return a.printJSON(st)
	}
	a.out.status(st, a.io.Now())
	return a.out.err
}

// attemptFlag adds --attempt.
func attemptFlag(cmd *cobra.Command, attempt *int) {
	cmd.Flags().IntVar(attempt, "attempt", 0, "which attempt, `N` from 1 (default: the newest)")
	_ = cmd.RegisterFlagCompletionFunc("attempt", cobra.NoFileCompletions)
}
