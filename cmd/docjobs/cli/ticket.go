package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) ticketCommand() *cobra.Command {
	attempt := 0
	cmd := &cobra.Command{
		Use:   "ticket ID",
		Short: "Print what a support ticket needs to say of a job",
		Long: `Print what whoever supports a job needs to know of it, as text to paste into a
ticket: states and steps with their times, why it failed and where, versions, the
last lines of the log. What looks like a secret is taken out.`,
		Example:           "  docjobs ticket publish-3f9k2m7qx1ab4c5d",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			return c.Ticket(ctx, id, attempt, a.io.Out)
		}),
	}
	attemptFlag(cmd, &attempt)
	return cmd
}
