package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) extendCommand() *cobra.Command {
	var until time.Time
	e := job.Extension{}
	cmd := &cobra.Command{
		Use:   "extend ID",
		Short: "Keep the result of a job longer",
		Long: `Keep the artifacts and logs of a job that has ended until a later time than they
would be kept, within what the operator allows. What has expired cannot be extended:
submit the same work again, or docjobs resubmit.`,
		Example: `  docjobs extend publish-3f9k2m7qx1ab4c5d --for 14d
  docjobs extend publish-3f9k2m7qx1ab4c5d --until 2026-12-24`,
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			if until.IsZero() == (e.For == "") {
				return usagef("give one of --for and --until")
			}
			if !until.IsZero() {
				e.Until = &until
			}
			return a.extend(ctx, c, id, e)
		}),
	}
	cmd.Flags().StringVar(&e.For, "for", "", "for so `LONG` from now on, such as 36h, 14d or 2w")
	cmd.Flags().Var(&momentValue{&until, a.io.Zone}, "until", "until `TIME`: 2026-12-24, or with a time of day 2026-12-24T18:00")
	for _, flag := range []string{"for", "until"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions)
	}
	return cmd
}

func (a *app) pinCommand() *cobra.Command {
	var unpin bool
	cmd := &cobra.Command{
		Use:   "pin ID",
		Short: "Keep the result of a job until it is unpinned",
		Long: `Keep the artifacts and logs of a job that has ended for ever, or with --unpin only
for as long again as its result is kept from the end on.`,
		Example: `  docjobs pin publish-3f9k2m7qx1ab4c5d
  docjobs pin publish-3f9k2m7qx1ab4c5d --unpin`,
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			pin := !unpin
			return a.extend(ctx, c, id, job.Extension{Pin: &pin})
		}),
	}
	cmd.Flags().BoolVar(&unpin, "unpin", false, "let the time begin anew")
	return cmd
}

// extend asks for the change and tells until when the result is kept now.
func (a *app) extend(ctx context.Context, c Client, id job.ID, e job.Extension) error {
	st, err := c.Extend(ctx, id, e)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(st)
	}
	switch {
	case st.Pinned:
		a.out.printf("%s is kept until somebody unpins it.\n", painted{string(id), bold})
	case st.ExpiresAt != nil:
		a.out.printf("%s is kept until %s.\n", painted{string(id), bold}, a.out.time(*st.ExpiresAt))
	}
	return a.out.err
}
