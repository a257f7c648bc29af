package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) approveCommand() *cobra.Command {
	v := job.Verdict{}
	cmd := &cobra.Command{
		Use:   "approve ID",
		Short: "Approve or reject a release that waits for it",
		Long: `Decide on a publish that waits for an approval: it is released, or with --reject
ends as failed. docjobs status tells what it would change and where its preview is.
Who decided, when, and the comment are part of the job's history. Needs a key with
the scope approve; a target may want somebody else than the submitter.`,
		Example: `  docjobs approve publish-3f9k2m7qx1ab4c5d --comment "checked with legal"
  docjobs approve publish-3f9k2m7qx1ab4c5d --reject --comment "wrong version"`,
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			st, err := c.Approve(ctx, id, v)
			if err != nil {
				return err
			}
			return a.printChange(st)
		}),
	}
	cmd.Flags().BoolVar(&v.Reject, "reject", false, "decide against the release")
	cmd.Flags().StringVar(&v.Comment, "comment", "", "`TEXT` that says why, for people to read")
	_ = cmd.RegisterFlagCompletionFunc("comment", cobra.NoFileCompletions)
	return cmd
}

// approvalFacts are the lines about an approval.
func approvalFacts(p *printer, a *job.Approval, fact func(name, format string, args ...any)) {
	c := a.Changes
	fact("changes", "%s added, %d changed, %d removed; %d other files; %s fixed, %d broken",
		count(c.PagesAdded, "page"), c.PagesChanged, c.PagesRemoved, c.OtherFiles, count(c.LinksFixed, "link"), c.LinksBroken)
	if d := a.Decision; d != nil {
		what := "rejected"
		if d.Approved {
			what = "approved"
		}
		text := by(fmt.Sprintf("%s %s", what, p.time(d.At)), d.By)
		if d.Comment != "" {
			text += ": " + d.Comment
		}
		fact("approval", "%s", text)
		return
	}
	fact("approval", "until %s", p.time(a.Deadline))
	fact("preview", "%s", a.Preview)
}
