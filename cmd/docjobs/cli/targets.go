package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) targetsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "targets [NAME]",
		Short: "List targets, or the releases of one",
		Long: `List the targets that you may release to: what is live on each, the job that
released it and how long ago, whose turn it is, and whether the target is locked.
With a NAME the releases that docjobs rollback can make live again are listed too.`,
		Example: "  docjobs targets\n  docjobs targets local\n  docjobs targets lock local --reason \"incident 4711\"",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			if len(args) == 1 {
				return a.oneTarget(cmd.Context(), c, args[0])
			}
			return a.allTargets(cmd.Context(), c)
		},
		ValidArgsFunction: a.completeTargetArgument,
	}
	cmd.AddCommand(a.lockCommand(), a.unlockCommand())
	return cmd
}

// allTargets lists the targets.
func (a *app) allTargets(ctx context.Context, c Client) error {
	list, err := c.Targets(ctx)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(list)
	}
	var rows [][]any
	for _, t := range list.Targets {
		row := []any{t.Name, "", "", targetState(&t), t.URL}
		if t.Live != nil {
			row[1], row[2] = t.Live.ID, duration(a.io.Now().Sub(liveSince(t.Live)))
		}
		rows = append(rows, row)
	}
	a.out.table([]string{"TARGET", "RELEASE", "AGE", "STATE", "SITE"}, rows)
	return a.out.err
}

// liveSince is when the release became the live one, as far as that is known.
func liveSince(r *job.TargetRelease) time.Time {
	if r.Since != nil {
		return *r.Since
	}
	return r.CreatedAt
}

// targetState says in a few words whether a publish can go on.
func targetState(t *job.Target) string {
	text := ""
	switch {
	case t.Problem != "":
		return t.Problem
	case t.Lock != nil:
		text = "locked: " + t.Lock.Reason
	case t.Freeze != nil:
		text = "frozen: " + t.Freeze.Name
	}
	if t.Live != nil && t.Live.Mixed {
		text = joinNonEmpty(text, "mixed with another release")
	}
	if t.Holder != nil {
		text = joinNonEmpty(text, "held by "+turnName(*t.Holder))
	}
	if len(t.Waiting) > 0 {
		text = joinNonEmpty(text, fmt.Sprintf("%d waiting", len(t.Waiting)))
	}
	if text == "" {
		text = "free"
	}
	return text
}

// turnName names the job of a turn.
func turnName(t job.Turn) string {
	if t.JobID == "" {
		return "a job of others"
	}
	return string(t.JobID)
}

// oneTarget tells all that is known of a target.
func (a *app) oneTarget(ctx context.Context, c Client, name string) error {
	t, err := c.Target(ctx, name)
	if err != nil {
		return err
	}
	return a.printTarget(t)
}

func (a *app) printTarget(t *job.Target) error {
	if a.json {
		return a.printJSON(t)
	}
	now := a.io.Now()
	a.out.printf("%s  %s\n", painted{t.Name, bold}, targetState(t))
	a.out.table(nil, a.out.targetFacts(t, now))
	if len(t.Releases) == 0 {
		return a.out.err
	}
	a.out.write("\n")
	var rows [][]any
	for _, r := range t.Releases {
		mark := ""
		if r.Live {
			mark = "live"
		}
		rows = append(rows, []any{r.ID, mark, a.out.time(r.CreatedAt), count(r.Files, "file"), r.Source})
	}
	a.out.table([]string{"RELEASE", "", "MADE", "FILES", "FROM"}, rows)
	return a.out.err
}

// targetFacts are the lines about a target, a name and a value each.
func (p *printer) targetFacts(t *job.Target, now time.Time) (rows [][]any) {
	fact := func(name, format string, args ...any) {
		rows = append(rows, []any{painted{name, faint}, fmt.Sprintf(format, args...)})
	}
	fact("site", "%s", t.URL)
	if t.Live != nil {
		by := string(t.Live.JobID)
		if t.Live.By != "" && t.Live.By != t.Live.JobID {
			by += ", made live by " + string(t.Live.By)
		}
		fact("live", "%s", t.Live.ID)
		fact("job", "%s", by)
		fact("since", "%s, for %s", p.time(liveSince(t.Live)), duration(now.Sub(liveSince(t.Live))))
	}
	if t.Lock != nil {
		fact("locked", "%s: %s", by(p.time(t.Lock.Since), t.Lock.By), t.Lock.Reason)
	}
	if t.Freeze != nil {
		fact("frozen", "%s, until %s", t.Freeze.Name, p.time(t.Freeze.Until))
	}
	if t.Approval {
		fact("approval", "every publish waits for one")
	}
	if t.Holder != nil {
		fact("held by", "%s since %s", turnName(*t.Holder), p.time(t.Holder.Since))
	}
	for _, w := range t.Waiting {
		fact("waiting", "%s since %s", joinNonEmpty(turnName(w), w.Reason), p.time(w.Since))
	}
	return rows
}

func (a *app) lockCommand() *cobra.Command {
	reason := ""
	cmd := &cobra.Command{
		Use:   "lock NAME --reason TEXT",
		Short: "Let publishes to a target wait",
		Long: `Lock a target: publishes build and check their site and then wait, with the reason
in their status, until the target is unlocked. Rollbacks are refused. Needs a key
with the scope approve.`,
		Example: "  docjobs targets lock local --reason \"incident 4711\"",
		Args:    exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usagef("--reason is missing; those who wait see it")
			}
			return a.changeTarget(cmd.Context(), func(ctx context.Context, c Client) (*job.Target, error) {
				return c.LockTarget(ctx, args[0], reason)
			})
		},
		ValidArgsFunction: a.completeTargetArgument,
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why, for people to read (needed)")
	_ = cmd.RegisterFlagCompletionFunc("reason", cobra.NoFileCompletions)
	return cmd
}

func (a *app) unlockCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "unlock NAME",
		Short:   "Let publishes to a target go on",
		Long:    `Unlock a target that somebody has locked. A publish that waits goes on at once.`,
		Example: "  docjobs targets unlock local",
		Args:    exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeTarget(cmd.Context(), func(ctx context.Context, c Client) (*job.Target, error) {
				return c.UnlockTarget(ctx, args[0])
			})
		},
		ValidArgsFunction: a.completeTargetArgument,
	}
}

// changeTarget changes a target and tells how it is then.
func (a *app) changeTarget(ctx context.Context, change func(context.Context, Client) (*job.Target, error)) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	t, err := change(ctx, c)
	if err != nil {
		return err
	}
	t.Releases = nil
	return a.printTarget(t)
}
