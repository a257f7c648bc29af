package cli

import (
	"context"
	"strings"

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
attempt, step and, where it is about one document, item. Of a convert job, --item finds
the lines of a document in the log of its batch, and --step convert shows the logs of
all batches.`,
		Example:           "  docjobs logs publish-3f9k2m7qx1ab4c5d --step build\n  docjobs logs publish-3f9k2m7qx1ab4c5d --follow\n  docjobs logs convert-3f9k2m7qx1ab4c5d --item guide/setup.docx\n  docjobs logs publish-3f9k2m7qx1ab4c5d --attempt 1",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			for line, err := range c.Logs(ctx, id, q) {
				if err != nil {
					return err
				}
				if err := a.printLog(line, q); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&q.Step, "step", "", "`NAME` of a step, such as build (default: all)")
	cmd.Flags().StringVar(&q.Item, "item", "", "`PATH` of a document in the source (default: all)")
	cmd.Flags().BoolVarP(&q.Follow, "follow", "f", false, "go on until the job has ended")
	attemptFlag(cmd, &q.Attempt)
	_ = cmd.RegisterFlagCompletionFunc("step", a.completeSteps)
	_ = cmd.RegisterFlagCompletionFunc("item", cobra.NoFileCompletions)
	return cmd
}

// printLog writes a line of a log, with the step and the document that it is about if
// they are not known already.
func (a *app) printLog(line job.LogLine, q job.LogQuery) error {
	if a.json {
		return a.printLine(line)
	}
	a.out.printf("%s  ", painted{a.out.clock(line.Time), faint})
	if q.Step == "" {
		a.out.write(a.out.pad(painted{line.Step, cyan}, 8) + "  ")
	}
	switch line.Level {
	case "warn":
		a.out.printf("%s ", painted{"warning:", yellow})
	case "error":
		a.out.printf("%s ", painted{"error:", red})
	}
	if line.Item != "" && q.Item == "" && !strings.HasPrefix(line.Message, line.Item) {
		a.out.printf("%s: ", line.Item)
	}
	a.out.printf("%s\n", line.Message)
	return a.out.err
}
