package cli

import (
	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) rollbackCommand() *cobra.Command {
	var flags submitFlags
	r := &job.Rollback{}
	cmd := &cobra.Command{
		Use:   "rollback TARGET",
		Short: "Make an earlier release live again",
		Long: `Make a release live again that the target still holds: that of the job which --to
names, or the one before the live one. Nothing is built; it takes a moment. The
rollback is a job with an ID of its own.

Publishes that were submitted before the rollback and have not gone live yet do not
undo it: they end as superseded. A locked or frozen target is rolled back with
--force only, which needs a key with the scope admin.`,
		Example: "  docjobs rollback local --wait\n  docjobs rollback local --to publish-3f9k2m7qx1ab4c5d",
		Args:    exactly("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			r.Target = args[0]
			flags.Params = r
			receipt, err := c.Submit(cmd.Context(), flags.Submission)
			if err != nil {
				return err
			}
			return a.submitted(cmd.Context(), c, receipt, &flags)
		},
		ValidArgsFunction: a.completeTargetArgument,
	}
	f := cmd.Flags()
	f.StringVar(&r.To, "to", "", "`JOB` whose release is to be live, or the name of a release (default: the one before the live one)")
	f.BoolVar(&r.Override, "force", false, "also while the target is locked or frozen")
	f.StringVar(&flags.Submitter, "submitter", a.user(), "`NAME` of who asks, for people to read")
	f.Lookup("submitter").DefValue = "$USER"
	f.BoolVar(&flags.DryRun, "dry-run", false, "check everything and change nothing")
	f.BoolVar(&flags.wait, "wait", false, "follow the job to its end; the exit code tells how it went")
	timeoutFlag(cmd, &flags.timeout)
	_ = cmd.RegisterFlagCompletionFunc("to", a.completeReleases)
	_ = cmd.RegisterFlagCompletionFunc("submitter", cobra.NoFileCompletions)
	return cmd
}
