package cli

import (
	"context"
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

// quickly runs ask on a client that gives up at once if the server does not answer.
func (a *app) quickly(ctx context.Context, ask func(context.Context, Client)) {
	ctx, cancel := context.WithTimeout(ctx, completionTimeout)
	defer cancel()
	c, err := a.connect(client.WithBackoff(client.Backoff{Min: time.Millisecond, Max: time.Millisecond, Tries: 1}))
	if err != nil {
		return
	}
	defer c.Close()
	ask(ctx, c)
}

// completeTargets offers the targets.
func (a *app) completeTargets(cmd *cobra.Command, _ []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	a.quickly(cmd.Context(), func(ctx context.Context, c Client) {
		list, err := c.Targets(ctx)
		if err != nil {
			return
		}
		for _, t := range list.Targets {
			if job.ValidTarget(t.Name) {
				names = append(names, t.Name)
			}
		}
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeTargetArgument offers the targets as the first argument.
func (a *app) completeTargetArgument(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeTargets(cmd, args, toComplete)
}

// completeReleases offers the jobs whose releases the target holds.
func (a *app) completeReleases(cmd *cobra.Command, args []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	a.quickly(cmd.Context(), func(ctx context.Context, c Client) {
		t, err := c.Target(ctx, args[0])
		if err != nil {
			return
		}
		for _, r := range t.Releases {
			if id, err := job.ParseID(string(r.JobID)); err == nil && !r.Live {
				ids = append(ids, cobra.CompletionWithDesc(string(id), clean(joinNonEmpty(a.out.time(r.CreatedAt), r.Source))))
			}
		}
	})
	return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
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
