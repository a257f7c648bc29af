package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

// submitFlags are the flags of every kind of job.
type submitFlags struct {
	job.Submission
	wait    bool
	timeout time.Duration
}

func (a *app) submitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "submit KIND",
		Short: "Submit a job",
		Long: `Submit a job and print its ID.

The ID follows from the work. Submitting the same work again finds the same job:
one that runs or has completed is shown as it is, one that failed or was cancelled
begins its next attempt. --force asks for a job of its own.`,
		Example: "  docjobs submit publish docs --target local\n  docjobs submit convert ./word --wait\n  docjobs submit probe",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("the kind of job is missing; it is publish, convert or probe")
		},
	}
	cmd.AddCommand(a.submitPublishCommand(), a.submitConvertCommand(), a.submitProbeCommand())
	return cmd
}

// add adds the flags to the command of a kind.
func (s *submitFlags) add(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.Submitter, "submitter", a.user(), "`NAME` of who asks, for people to read")
	f.Lookup("submitter").DefValue = "$USER"
	f.StringArrayVar(&s.Labels, "label", nil, "`WORD` to find the job by; may be repeated")
	f.StringArrayVar(&s.Notify, "notify", nil, "`NAME` of an endpoint in the server's configuration that is told of the job; may be repeated")
	f.Func("commit", "`REPO@SHA`: commit of a repository (its address) that the job is made for", s.madeFor)
	f.StringVar(&s.Retention, "retention", "", "how `LONG` the result is kept after the end, such as 36h, 14d or 2w (default: the server's)")
	f.StringVar(&s.Archive, "archive", "", "`NAME` of an archive in the server's configuration, where a copy of the result is kept")
	f.IntVar(&s.Priority, "priority", job.DefaultPriority, "from 1 (first) to 5 (last)")
	f.StringVar(&s.IdempotencyKey, "idempotency-key", "", "`KEY` that names the work instead of its content")
	f.BoolVar(&s.Force, "force", false, "start a fresh job even if the same work was done")
	f.BoolVar(&s.DryRun, "dry-run", false, "check everything and start nothing")
	f.BoolVar(&s.wait, "wait", false, "follow the job to its end; the exit code tells how it went")
	timeoutFlag(cmd, &s.timeout)
	for _, name := range []string{"submitter", "label", "notify", "commit", "retention", "archive", "priority", "idempotency-key"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// madeFor reads the flag --commit.
func (s *submitFlags) madeFor(value string) error {
	at := strings.LastIndexByte(value, '@')
	if at < 0 {
		return errors.New("it is the address of a repository, @ and the whole SHA of a commit")
	}
	s.Commit = &job.Commit{Repository: value[:at], SHA: value[at+1:]}
	return nil
}

// user returns the name of the user that runs the command.
func (a *app) user() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if user := a.io.Env(name); user != "" {
			return user
		}
	}
	return ""
}

// check returns what is wrong with flags that only matter together.
func (s *submitFlags) check() error {
	switch {
	case s.timeout < 0:
		return usagef("--timeout must not be negative")
	case s.timeout > 0 && !s.wait:
		return usagef("--timeout goes with --wait")
	case s.wait && s.DryRun:
		return usagef("--wait and --dry-run exclude each other")
	}
	return nil
}

// submitted tells what came of a submission, and waits if that is wanted. A
// program that reads standard output gets the ID at once and nothing else, or
// with --json the job when there is nothing more to wait for.
func (a *app) submitted(ctx context.Context, c Client, r *job.Receipt, s *submitFlags) error {
	if a.taken != nil {
		if s.wait || s.DryRun || s.Force {
			return usagef("--wait, --dry-run and --force do not go with a schedule")
		}
		return nil
	}
	if !s.wait {
		return a.printReceipt(r)
	}
	if !a.json {
		if err := a.printReceipt(r); err != nil {
			return err
		}
	}
	if r.Deduplicated && r.Ended() {
		return a.alreadyDone(r)
	}
	st, err := a.follow(ctx, c, r.ID, FollowOptions{Timeout: s.timeout})
	if a.json {
		var left *LeftError
		switch {
		case err == nil:
			r.Status = *st
		case errors.As(err, &left) && left.Last != nil:
			r.Status = *left.Last
		}
		if err := a.printJSON(r); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if !a.json {
		a.aside().outcome(st)
	}
	return verdict(st)
}

// alreadyDone ends a submission of work that another one has done: there is
// nothing to wait for.
func (a *app) alreadyDone(r *job.Receipt) error {
	if a.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		a.aside().printf("Nothing was started: this work was done before.\n")
		a.aside().outcome(&r.Status)
	}
	return verdict(&r.Status)
}

// aside returns the printer for what people want to read and a program that
// reads the data does not.
func (a *app) aside() *printer {
	if a.io.OutTTY {
		return a.out
	}
	return a.err
}

// printReceipt tells that a job was taken.
func (a *app) printReceipt(r *job.Receipt) error {
	switch {
	case a.json:
		return a.printJSON(r)
	case !a.io.OutTTY:
		a.out.printf("%s\n", r.ID)
		return a.out.err
	}
	id := painted{string(r.ID), bold}
	switch {
	case r.DryRun:
		a.out.printf("Everything is in order. The job would be %s; nothing was started.\n", id)
	case r.Deduplicated && r.State.Terminal():
		a.out.printf("%s has done this work already: %s.\n", id, paintState(r.State))
		a.out.printf("See docjobs status %s. To do it again, add --force.\n", r.ID)
	case r.Deduplicated:
		a.out.printf("%s is doing this work already: %s.\n", id, paintState(r.State))
		a.out.printf("Follow it with docjobs watch %s.\n", r.ID)
	case r.Attempt > 1:
		a.out.printf("%s was accepted: attempt %d.\n", id, r.Attempt)
		a.out.printf("Follow it with docjobs watch %s.\n", r.ID)
	default:
		a.out.printf("%s was accepted.\n", id)
		a.out.printf("Follow it with docjobs watch %s.\n", r.ID)
	}
	return a.out.err
}

// follow follows a job, and shows how it gets on unless the result is JSON.
func (a *app) follow(ctx context.Context, svc job.Service, id job.ID, o FollowOptions) (*job.Status, error) {
	o.Color = a.color
	if !a.json || a.io.ErrTTY {
		o.IO = a.io
	}
	return Follow(ctx, svc, id, o)
}
