package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) cancelCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "cancel ID",
		Short: "Stop a running job",
		Long: `Stop a running job. Its processes end and its temporary files go; a release that
was not finished never becomes visible. The answer comes when the job has stopped,
or after a while, when it is still stopping.`,
		Example:           `  docjobs cancel publish-3f9k2m7qx1ab4c5d --reason "wrong branch"`,
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			st, err := c.Cancel(ctx, id, reason)
			if err != nil {
				return err
			}
			return a.printChange(st)
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why, for people to read")
	_ = cmd.RegisterFlagCompletionFunc("reason", cobra.NoFileCompletions)
	return cmd
}

// replacement sends the files that take the place of others, if there are any.
func (a *app) replacement(ctx context.Context, c Uploader, name string) (r job.Resubmission, err error) {
	if name == "" {
		return r, nil
	}
	local, err := openSource(name)
	if err == nil && local == nil {
		err = usagef("--replace: %s is neither a folder nor an archive on this machine", name)
	}
	if err != nil {
		return r, err
	}
	if r.Replace, err = local.identify(ctx); err != nil {
		return r, refusal(name, err)
	}
	return r, send(ctx, c, a.io, a.color, r.Replace, local)
}

// printChange tells where a job stands now that something was asked of it.
func (a *app) printChange(st *job.Status) error {
	if a.json {
		return a.printJSON(st)
	}
	state := paintState(st.State)
	if st.State == job.StateCancelled && !st.Ended() {
		state = painted{"being cancelled", yellow}
	}
	a.out.printf("%s is %s", painted{string(st.ID), bold}, state)
	if st.Attempt > 1 {
		a.out.printf(" (attempt %d)", st.Attempt)
	}
	a.out.write(".\n")
	return a.out.err
}
