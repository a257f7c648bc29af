package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) logsCommand() *cobra.Command {
	var q job.LogQuery
	cmd := &cobra.Command{
		Use:   "logs ID",
		Short: "Print the log of a job",
		Long: `Print what the steps of a job have logged: what the site generator said, what the
link check found. With --json every line is a line of JSON with its time, level,
attempt and step.`,
		Example:           "  docjobs logs publish-3f9k2m7qx1ab4c5d --step build\n  docjobs logs publish-3f9k2m7qx1ab4c5d --follow\n  docjobs logs publish-3f9k2m7qx1ab4c5d --attempt 1",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			for line, err := range c.Logs(ctx, id, q) {
				if err != nil {
					return err
				}
				if err := a.printLog(line, q.Step == ""); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&q.Step, "step", "", "`NAME` of a step, such as build (default: all)")
	cmd.Flags().BoolVarP(&q.Follow, "follow", "f", false, "go on until the job has ended")
	attemptFlag(cmd, &q.Attempt)
	_ = cmd.RegisterFlagCompletionFunc("step", a.completeSteps)
	return cmd
}

// printLog writes a line of a log, with the step it comes from if that is not
// known already.
func (a *app) printLog(line job.LogLine, withStep bool) error {
	if a.json {
		return a.printLine(line)
	}
	a.out.printf("%s  ", painted{a.out.clock(line.Time), faint})
	if withStep {
		a.out.write(a.out.pad(painted{line.Step, cyan}, 8) + "  ")
	}
	switch line.Level {
	case "warn":
		a.out.printf("%s ", painted{"warning:", yellow})
	case "error":
		a.out.printf("%s ", painted{"error:", red})
	}
	a.out.printf("%s\n", line.Message)
	return a.out.err
}
