package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) waitCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "wait ID",
		Short: "Wait until a job has ended",
		Long: `Follow a job until it has ended and say how. Progress is shown on standard error:
bars on a terminal, else a line for every event.

The exit code is 0 if the job completed, 1 if it failed, was cancelled or is
partial, 3 if --timeout has passed before, and 130 after Ctrl-C. A job goes on
when nobody waits for it.`,
		Example:           "  docjobs wait publish-3f9k2m7qx1ab4c5d\n  docjobs wait publish-3f9k2m7qx1ab4c5d --timeout 10m --json",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			if timeout < 0 {
				return usagef("--timeout must not be negative")
			}
			return a.waitFor(ctx, c, id, timeout)
		}),
	}
	timeoutFlag(cmd, &timeout)
	return cmd
}

// waitFor follows a job and tells how it ended. As JSON the job is told as far
// as it is known also when it has not ended.
func (a *app) waitFor(ctx context.Context, svc job.Service, id job.ID, timeout time.Duration) error {
	st, err := a.follow(ctx, svc, id, FollowOptions{Timeout: timeout})
	var left *LeftError
	if a.json && errors.As(err, &left) && left.Last != nil {
		return errors.Join(err, a.printJSON(left.Last))
	}
	if err != nil {
		return err
	}
	if err := a.printOutcome(st); err != nil {
		return err
	}
	return verdict(st)
}

// printOutcome tells how a job ended.
func (a *app) printOutcome(st *job.Status) error {
	if a.json {
		return a.printJSON(st)
	}
	a.out.outcome(st)
	return a.out.err
}
