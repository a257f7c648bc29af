package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

const scheduleLong = `Submit a job again and again, at the times that --cron names. Each time it is a
job of its own, with the label schedule:NAME. While one runs, the next time is
skipped; what was missed for up to an hour is made up for.

After -- stands what would stand after docjobs submit. A branch of a repository is
looked up each time; a folder or an archive is sent once and stays what it was.`

func (a *app) scheduleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "schedule",
		Short:   "Submit jobs again and again",
		Long:    scheduleLong,
		Example: scheduleExample,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("what to do is missing; it is create, list, run or delete")
		},
	}
	cmd.AddCommand(a.scheduleCreateCommand(), a.scheduleListCommand(), a.scheduleRunCommand(), a.scheduleDeleteCommand())
	return cmd
}

const scheduleExample = `  docjobs schedule create nightly --cron "0 3 * * *" -- publish https://docs.example/handbook.git --target local
  docjobs schedule create links --cron "0 6 * * 1" --time-zone Europe/Berlin -- publish https://docs.example/handbook.git --check-only --external report
  docjobs list --label schedule:nightly`

func (a *app) scheduleCreateCommand() *cobra.Command {
	spec := job.ScheduleSpec{}
	cmd := &cobra.Command{
		Use:     "create NAME --cron TIMES -- KIND …",
		Short:   "Make a schedule, or replace the one of that name",
		Long:    scheduleLong,
		Example: scheduleExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			at := cmd.ArgsLenAtDash()
			switch {
			case len(args) == 0 || at == 0:
				return usagef("NAME is missing")
			case at != 1 || len(args) == 1:
				return usagef("after NAME and its flags -- is needed, and then what would stand after docjobs submit")
			case spec.Cron == "":
				return usagef(`--cron is missing; give the times, such as --cron "0 3 * * *" for every night at three`)
			}
			return a.createSchedule(cmd.Context(), args[0], spec, args[1:])
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := cmd.Flags()
	f.StringVar(&spec.Cron, "cron", "", "`TIMES` in five fields: minute, hour, day of the month, month, day of the week (needed)")
	f.StringVar(&spec.TimeZone, "time-zone", "", "`ZONE` that the times mean, such as Europe/Berlin (default: UTC)")
	return cmd
}

// createSchedule reads what is to be submitted as docjobs submit would, sends
// the source and makes the schedule.
func (a *app) createSchedule(ctx context.Context, name string, spec job.ScheduleSpec, submit []string) error {
	if err := job.NormalizeSchedule(name, &job.ScheduleSpec{
		Cron: spec.Cron, TimeZone: spec.TimeZone, Submission: job.Submission{Params: &job.Probe{Nonce: "x"}},
	}); err != nil {
		return err // before anything is sent
	}
	inner := *a
	inner.taken = &spec.Submission
	cmd := inner.submitCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(submit)
	if err := cmd.ExecuteContext(ctx); err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	made, err := c.PutSchedule(ctx, name, spec)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(made)
	}
	a.out.printf("%s\n", made.Name)
	if len(made.Next) > 0 {
		a.aside().printf("The first job is submitted at %s.\n", a.out.time(made.Next[0]))
	}
	return a.out.err
}

// capture takes the submission that a schedule will make, instead of making it.
type capture struct {
	Publisher
	taken *job.Submission
}

// Submit implements [Publisher].
func (c capture) Submit(_ context.Context, s job.Submission) (*job.Receipt, error) {
	*c.taken = s
	return nil, nil
}

// submitter is what a submission goes to.
func (a *app) submitter(c *client.Client) Publisher {
	if a.taken != nil {
		return capture{c, a.taken}
	}
	return c
}

func (a *app) scheduleListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List schedules, by name", Example: "  docjobs schedule list\n  docjobs schedule list --json",
		Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: a.scheduled(func(ctx context.Context, c *client.Client, _ string) error {
			list, err := c.Schedules(ctx)
			if err != nil {
				return err
			}
			return a.printSchedules(list)
		}),
	}
}

func (a *app) scheduleRunCommand() *cobra.Command {
	key := ""
	cmd := &cobra.Command{
		Use: "run NAME", Short: "Submit the job of a schedule now", Example: "  docjobs schedule run nightly",
		Args: exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: a.scheduled(func(ctx context.Context, c *client.Client, name string) error {
			receipt, err := c.RunSchedule(ctx, name, key)
			if err != nil {
				return err
			}
			return a.printReceipt(receipt)
		}),
	}
	cmd.Flags().StringVar(&key, "idempotency-key", "", "`KEY` that names this run: the same key finds the same job")
	_ = cmd.RegisterFlagCompletionFunc("idempotency-key", cobra.NoFileCompletions)
	return cmd
}

func (a *app) scheduleDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete NAME", Short: "Remove a schedule; jobs that it submitted go on", Example: "  docjobs schedule delete nightly",
		Args: exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: a.scheduled(func(ctx context.Context, c *client.Client, name string) error {
			if err := c.DeleteSchedule(ctx, name); err != nil {
				return err
			}
			if !a.json {
				a.err.printf("The schedule %s is gone.\n", name)
			}
			return nil
		}),
	}
}

// scheduled returns a RunE that connects and runs f on the schedule that the
// first argument, if there is one, names.
func (a *app) scheduled(f func(ctx context.Context, c *client.Client, name string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := a.connect()
		if err != nil {
			return err
		}
		defer c.Close()
		return f(cmd.Context(), c, append(args, "")[0])
	}
}

// printSchedules writes schedules as a table.
func (a *app) printSchedules(list []job.Schedule) error {
	if a.json {
		return a.printJSON(list)
	}
	if len(list) == 0 {
		a.err.printf("No schedules.\n")
		return nil
	}
	var rows [][]any
	for _, s := range list {
		next, last := "", ""
		if len(s.Next) > 0 {
			next = a.out.time(s.Next[0])
		}
		if len(s.Runs) > 0 {
			last = string(s.Runs[0].JobID)
			if s.Runs[0].Error != "" {
				last = "failed: " + s.Runs[0].Error
			}
		}
		if s.Error != "" {
			rows = append(rows, []any{s.Name, "", "", "", s.Error})
			continue
		}
		times := s.Cron
		if s.TimeZone != "" {
			times += " " + s.TimeZone
		}
		rows = append(rows, []any{s.Name, times, next, last, s.Submission.Params.Summary()})
	}
	a.out.table([]string{"SCHEDULE", "TIMES", "NEXT", "LAST JOB", "WHAT"}, rows)
	return a.out.err
}
