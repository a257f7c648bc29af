package cli_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/job"
)

// A script is a server on which a job passes through statuses, each from a
// moment on. It holds answers as the real one does.
type script struct {
	job.Service
	began    time.Time
	statuses []moment
	away     func(since time.Duration) bool // whether the server is away
	asked    []time.Duration                // when it was asked, since the beginning
}

type moment struct {
	at     time.Duration
	status job.Status
}

func (s *script) now() *job.Status {
	var st job.Status
	for _, m := range s.statuses {
		if time.Since(s.began) >= m.at {
			st = m.status
		}
	}
	st.ID, st.Attempt = "probe-0000000000000000", 1
	return &st
}

// Get implements job.Service.
func (s *script) Get(ctx context.Context, _ job.ID, q job.StatusQuery) (*job.Status, error) {
	s.asked = append(s.asked, time.Since(s.began))
	if s.away != nil && s.away(time.Since(s.began)) {
		return nil, &job.Error{Code: job.CodeUnavailable, Message: "away"}
	}
	for over := time.Now().Add(q.Wait); time.Now().Before(over) && !s.now().State.Terminal(); {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.now(), nil
}

// Events implements job.Service.
func (s *script) Events(_ context.Context, id job.ID, q job.EventQuery) iter.Seq2[job.Event, error] {
	return func(yield func(job.Event, error) bool) {
		for n := q.After + 1; n <= s.now().LastEvent; n++ {
			if !yield(job.Event{Number: n, Type: job.EventStepStarted, Step: "build", JobID: id, Attempt: 1}, nil) {
				return
			}
		}
	}
}

// ending is a job that is silent and completes after a time.
func ending(after time.Duration) *script {
	return &script{began: time.Now(), statuses: []moment{
		{0, job.Status{State: job.StateProcessing}}, {after, job.Status{State: job.StateCompleted}},
	}}
}

func follow(t *testing.T, s *script, o cli.FollowOptions) (*job.Status, error) {
	return cli.Follow(t.Context(), s, "probe-0000000000000000", o)
}

func TestFollowBacksOffToFiveMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ending(3 * time.Hour)
		st, err := follow(t, s, cli.FollowOptions{})
		require.NoError(t, err)
		require.Equal(t, job.StateCompleted, st.State)
		var pauses []time.Duration
		for i := 1; i < len(s.asked); i++ {
			pauses = append(pauses, (s.asked[i] - s.asked[i-1]).Round(time.Second))
		}
		require.Equal(t, []time.Duration{0, 1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9, 128e9, 256e9, 300e9, 300e9}, pauses[:12])
		require.Less(t, len(s.asked), 50, "three hours")
	})
}

func TestFollowTellsTheEndAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ending(21 * time.Second)
		_, err := follow(t, s, cli.FollowOptions{})
		require.NoError(t, err)
		require.InDelta(t, 21, time.Since(s.began).Seconds(), 0.2)
	})
}

func TestFollowAsksSoonerWhenSomethingHappens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ending(time.Hour)
		s.statuses = append(s.statuses[:1], moment{10 * time.Minute, job.Status{State: job.StateProcessing, LastEvent: 1}}, s.statuses[1])
		_, err := follow(t, s, cli.FollowOptions{})
		require.NoError(t, err)
		shortest := time.Hour
		for i := 1; i < len(s.asked); i++ {
			if s.asked[i-1] > 10*time.Minute {
				shortest = min(shortest, s.asked[i]-s.asked[i-1])
			}
		}
		require.LessOrEqual(t, shortest, 2*time.Second)
	})
}

func TestFollowWaitsForAServerThatRestarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ending(10 * time.Minute)
		s.away = func(since time.Duration) bool { return since > time.Minute && since < 5*time.Minute }
		st, err := follow(t, s, cli.FollowOptions{})
		require.NoError(t, err)
		require.Equal(t, job.StateCompleted, st.State)
	})
}

func TestFollowRefusesAServerThatWasNeverThere(t *testing.T) {
	t.Parallel()
	s := ending(0)
	s.away = func(time.Duration) bool { return true }
	_, err := follow(t, s, cli.FollowOptions{})
	require.Equal(t, job.CodeUnavailable, job.CodeOf(err))
}

func TestFollowLeavesTheJob(t *testing.T) {
	t.Parallel()
	t.Run("when the time is over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := ending(time.Hour)
			_, err := follow(t, s, cli.FollowOptions{Timeout: 90 * time.Second})
			var left *cli.LeftError
			require.ErrorAs(t, err, &left)
			require.Equal(t, cli.ExitTimeout, left.ExitCode())
			require.Equal(t, job.StateProcessing, left.Last.State)
			require.InDelta(t, 90, time.Since(s.began).Seconds(), 0.2)
			require.EqualError(t, err, "probe-0000000000000000 has not ended within 1 min 30 s; it goes on.")
		})
	})
	t.Run("when somebody says so", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := ending(time.Hour)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, cancel)
			_, err := cli.Follow(ctx, s, "probe-0000000000000000", cli.FollowOptions{Timeout: time.Hour})
			var left *cli.LeftError
			require.ErrorAs(t, err, &left)
			require.Equal(t, cli.ExitInterrupted, left.ExitCode())
			require.InDelta(t, 60, time.Since(s.began).Seconds(), 0.2)
		})
	})
}

func TestFollowWritesALineForEveryEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ending(time.Minute)
		s.statuses[0].status.LastEvent, s.statuses[1].status.LastEvent = 2, 3
		var out buffer
		_, err := follow(t, s, cli.FollowOptions{IO: cli.IO{Err: &out}})
		require.NoError(t, err)
		require.Equal(t, 3, countLines(out.String()))
		require.NotContains(t, out.String(), "\x1b")
	})
}

// A job in which nothing moves is told of after five minutes, ten, twenty …
func TestFollowSaysThatNothingMoves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ending(time.Hour)
		s.statuses[0].status.Steps = []job.Step{
			{Name: "fetch", State: job.StepCompleted},
			{Name: "build", State: job.StepProcessing, StartedAt: &s.began, Progress: &job.Progress{Done: 12, Total: 40, Unit: "pages"}},
		}
		var out buffer
		_, err := follow(t, s, cli.FollowOptions{IO: cli.IO{Err: &out, Zone: time.UTC}})
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 4, out.String())
		require.Regexp(t, `^warning: Nothing has moved for \d+ min \d+ s\. The last was step build, begun at 00:00:00, 12 of 40 pages\. `+
			`See: docjobs logs probe-0000000000000000 --step build$`, lines[0])
	})
}

// Who waits for a person or for a turn knows it.
func TestFollowIsPatientWithPeople(t *testing.T) {
	t.Parallel()
	for _, status := range []job.Status{
		{State: job.StateAwaitingApproval},
		{State: job.StateProcessing, Waiting: &job.Waiting{For: job.WaitingTarget, Reason: "Locked."}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := ending(5 * time.Hour)
			s.statuses[0].status = status
			var out buffer
			_, err := follow(t, s, cli.FollowOptions{IO: cli.IO{Err: &out}})
			require.NoError(t, err)
			require.Empty(t, out.String())
		})
	}
}

func TestFollowSaysForWhatAJobWaits(t *testing.T) {
	t.Parallel()
	waits := func(why, reason string) job.Status {
		return job.Status{State: job.StateProcessing, Waiting: &job.Waiting{For: why, Reason: reason}}
	}
	synctest.Test(t, func(t *testing.T) {
		s := &script{began: time.Now(), statuses: []moment{
			{0, waits(job.WaitingWorker, "No worker is running.")},
			{time.Minute, waits(job.WaitingSlot, "About 4 tasks come first.")},
			{2 * time.Minute, waits(job.WaitingSlot, "About 3 tasks come first.")},
			{3 * time.Minute, job.Status{State: job.StateCompleted}},
		}}
		var out buffer
		_, err := follow(t, s, cli.FollowOptions{IO: cli.IO{Err: &out}})
		require.NoError(t, err)
		require.Equal(t, 2, countLines(out.String()), out.String())
		require.Contains(t, out.String(), "waiting  No worker is running.\n")
		require.Contains(t, out.String(), "waiting  About 4 tasks come first.\n")
	})
	synctest.Test(t, func(t *testing.T) {
		s := stages(job.StateCompleted, job.StepCompleted)
		end := s.began.Add(time.Minute)
		s.statuses[0].status.Estimate = &job.Estimate{End: end, Earliest: end, Latest: end, Jobs: 3}
		s.statuses[1].status.Waiting = &job.Waiting{For: job.WaitingSlot, Reason: "All workers are busy."}
		var out buffer
		_, err := follow(t, s, cli.FollowOptions{IO: cli.IO{Err: &out, ErrTTY: true, Zone: time.UTC}, Color: "never"})
		require.NoError(t, err)
		require.Contains(t, out.String(), "ends about 00:01:00")
		require.Contains(t, out.String(), "All workers are busy.")
	})
}

// stages is a publish job that does its steps one after the other.
func stages(end job.State, last job.StepState) *script {
	start := time.Now()
	step := func(name string, state job.StepState, p *job.Progress) job.Step {
		return job.Step{Name: name, State: state, StartedAt: &start, Progress: p}
	}
	return &script{began: start, statuses: []moment{
		{0, job.Status{State: job.StateProcessing, Steps: []job.Step{
			step("fetch", job.StepProcessing, &job.Progress{Done: 1000, Total: 2000, Unit: "bytes"}), {Name: "build", State: job.StepQueued},
		}}},
		{3 * time.Second, job.Status{State: job.StateProcessing, LastEvent: 1, Steps: []job.Step{
			step("fetch", job.StepCompleted, nil), step("build", job.StepProcessing, &job.Progress{Done: 12, Unit: "pages"}),
		}}},
		{8 * time.Second, job.Status{State: end, LastEvent: 2, Steps: []job.Step{
			step("fetch", job.StepCompleted, nil), step("build", last, nil), {Name: "check", State: job.StepSkipped},
		}}},
	}}
}

func TestFollowDrawsABarForEveryStep(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  job.State
		last job.StepState
	}{"completed": {job.StateCompleted, job.StepCompleted}, "failed": {job.StateFailed, job.StepFailed}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out buffer
				_, err := follow(t, stages(c.end, c.last), cli.FollowOptions{
					IO: cli.IO{Err: &out, ErrTTY: true}, Color: "never", Events: true,
				})
				require.NoError(t, err)
				text := out.String()
				for _, want := range []string{"fetch", "1.0 kB of 2.0 kB", "12 pages", "build", string(c.last), "skipped", "build started"} {
					require.Contains(t, text, want)
				}
			})
		})
	}
}

func countLines(s string) (n int) {
	for _, r := range s {
		if r == '\n' {
			n++
		}
	}
	return n
}
