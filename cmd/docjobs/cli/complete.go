package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

// completionTimeout bounds how long a shell waits for the server.
const completionTimeout = time.Second

// recent returns the newest jobs, for completion; none if the server does not
// answer at once.
func (a *app) recent(ctx context.Context) []job.Summary {
	ctx, cancel := context.WithTimeout(ctx, completionTimeout)
	defer cancel()
	c, err := a.connect(client.WithBackoff(client.Backoff{Min: time.Millisecond, Max: time.Millisecond, Tries: 1}))
	if err != nil {
		return nil
	}
	defer c.Close()
	page, err := c.List(ctx, job.Filter{Limit: job.DefaultLimit})
	if err != nil {
		return nil
	}
	return page.Jobs
}

// completeJobs offers the IDs of the newest jobs.
func (a *app) completeJobs(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var ids []string
	for _, j := range a.recent(cmd.Context()) {
		if id, err := job.ParseID(string(j.ID)); err == nil {
			ids = append(ids, cobra.CompletionWithDesc(string(id), clean(joinNonEmpty(string(j.State), j.Summary))))
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeTargets offers the targets of the newest jobs. Lists of some servers
// do not name them.
func (a *app) completeTargets(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var targets []string
	for _, j := range a.recent(cmd.Context()) {
		if job.ValidTarget(j.Target) && !slices.Contains(targets, j.Target) {
			targets = append(targets, j.Target)
		}
	}
	return targets, cobra.ShellCompDirectiveNoFileComp
}

// completeSteps offers the steps of the job that is named.
func (a *app) completeSteps(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	if len(args) == 0 {
		return nil, none
	}
	id, err := job.ParseID(args[0])
	if err != nil {
		return nil, none
	}
	c, err := a.connect()
	if err != nil {
		return nil, none
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	st, err := c.Get(ctx, id, job.StatusQuery{})
	if err != nil {
		return nil, none
	}
	var steps []string
	for _, s := range st.Steps {
		steps = append(steps, clean(s.Name))
	}
	return steps, none
}
