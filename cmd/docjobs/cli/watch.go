package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

func (a *app) watchCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "watch ID",
		Short: "Show a job live until it has ended",
		Long: `Show everything that happens to a job as it happens, from the beginning of its
newest attempt, and say how it ended. Ctrl-C ends the watching, not the job. The
exit codes are those of docjobs wait. With --json every event is a line of JSON.`,
		Example:           "  docjobs watch publish-3f9k2m7qx1ab4c5d\n  docjobs watch publish-3f9k2m7qx1ab4c5d --json | jq .type",
		Args:              exactly("ID"),
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			if timeout < 0 {
				return usagef("--timeout must not be negative")
			}
			return a.watch(ctx, c, id, timeout)
		}),
	}
	timeoutFlag(cmd, &timeout)
	return cmd
}

// watch shows the events of the newest attempt, and how it ended.
func (a *app) watch(ctx context.Context, c Client, id job.ID, timeout time.Duration) error {
	st, err := c.Get(ctx, id, job.StatusQuery{})
	if err != nil {
		return err
	}
	if a.io.OutTTY && a.io.bars() && !a.json {
		return a.watchBars(ctx, c, id, timeout)
	}
	inner, cancel := context.WithCancel(ctx)
	if timeout > 0 {
		inner, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	defer a.warn(inner, c, id)()
	for e, err := range c.Events(inner, id, job.EventQuery{Follow: true}) {
		switch {
		case ctx.Err() != nil:
			return &LeftError{ID: id, Last: st}
		case inner.Err() != nil:
			return &LeftError{ID: id, Last: st, Timeout: timeout}
		case err != nil:
			return err
		case e.Attempt < st.Attempt:
			continue
		}
		if err := a.printEvent(e); err != nil {
			return err
		}
	}
	if st, err = c.Get(ctx, id, job.StatusQuery{}); err != nil {
		return err
	}
	if !a.json {
		a.out.outcome(st)
	}
	return verdict(st)
}

// warn says on standard error for what the job waits and that nothing moves, until stop
// is called.
func (a *app) warn(ctx context.Context, c Client, id job.ID) (stop func()) {
	if a.json && !a.io.ErrTTY {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f := &follower{svc: c, id: id, longest: maxPause, view: &warnings{p: a.io.complete().printer(a.io.Err, a.color, a.io.ErrTTY)}}
		_, _ = f.run(ctx) // what goes wrong is told by who shows the events
	}()
	return func() { cancel(); <-done }
}

// watchBars shows the steps as bars, with the events above them.
func (a *app) watchBars(ctx context.Context, c Client, id job.ID, timeout time.Duration) error {
	st, err := a.follow(ctx, c, id, FollowOptions{Events: true, Timeout: timeout})
	if err != nil {
		return err
	}
	if err := a.printOutcome(st); err != nil {
		return err
	}
	return verdict(st)
}
