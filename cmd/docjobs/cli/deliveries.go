package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) deliveriesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "deliveries ID",
		Short: "List what was sent about a job, and what came of it",
		Long: `List every event of a job that was sent to an endpoint, and what came of it.
With --json also what was sent, and every try with its answer.`,
		Example:           "  docjobs deliveries publish-3f9k2m7qx1ab4c5d",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			list, err := c.Deliveries(ctx, id)
			if err != nil {
				return err
			}
			return a.printDeliveries(list)
		}),
	}
}

func (a *app) printDeliveries(list *job.DeliveryList) error {
	if a.json {
		return a.printJSON(list)
	}
	if len(list.Deliveries) == 0 {
		a.err.printf("Nothing was sent about this job.\n")
		return nil
	}
	var rows [][]any
	for _, d := range list.Deliveries {
		rows = append(rows, []any{d.Event, d.Type, d.Endpoint, string(d.State), lastAnswer(d), d.ID})
	}
	a.out.table([]string{"EVENT", "TYPE", "ENDPOINT", "STATE", "ANSWER", "DELIVERY"}, rows)
	return a.out.err
}

// lastAnswer says what came of the newest try.
func lastAnswer(d job.Delivery) string {
	if len(d.Tries) == 0 {
		return ""
	}
	last := d.Tries[len(d.Tries)-1]
	switch {
	case last.Status != 0:
		return fmt.Sprintf("%d (try %d)", last.Status, len(d.Tries))
	case last.Error != "":
		return last.Error
	}
	return ""
}

func (a *app) redeliverCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "redeliver ID DELIVERY",
		Short: "Send a delivery again",
		Long: `Send a delivery again, at once, with the same ID and content, whatever came of
it before. docjobs deliveries lists the deliveries of a job.`,
		Example:           "  docjobs redeliver publish-3f9k2m7qx1ab4c5d msg_mzxw6ytboi5dcmrtgq2tmnzy",
		Args:              exactly("ID", "DELIVERY"),
		ValidArgsFunction: a.completeJobs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.on(func(ctx context.Context, c Client, id job.ID) error {
				d, err := c.Redeliver(ctx, id, args[1])
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(d)
				}
				a.out.printf("%s is being sent to %s again.\n", d.ID, d.Endpoint)
				return a.out.err
			})(cmd, args)
		},
	}
}
