package cli

import (
	"crypto/rand"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) submitProbeCommand() *cobra.Command {
	var flags submitFlags
	cmd := &cobra.Command{
		Use:   "probe [NONCE]",
		Short: "Submit a job of three empty steps",
		Long: `Submit a job that passes three empty steps through queue, worker and record.
It shows that the whole chain works, and how fast.

The same NONCE is the same job; without one the job is a new one.`,
		Example: "  docjobs submit probe --wait --timeout 10s\n  docjobs submit probe monday",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			probe := &job.Probe{Nonce: rand.Text()}
			if len(args) == 1 {
				probe.Nonce = args[0]
			}
			flags.Params = probe
			receipt, err := a.submitter(c).Submit(cmd.Context(), flags.Submission)
			if err != nil {
				return err
			}
			return a.submitted(cmd.Context(), c, receipt, &flags)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.add(a, cmd)
	return cmd
}
