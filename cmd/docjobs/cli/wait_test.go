package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/job"
)

func TestSubmitWaitTellsHowItWent(t *testing.T) {
	t.Parallel()
	for state, code := range map[job.State]int{
		job.StateCompleted: cli.ExitOK, job.StatePartial: cli.ExitFailed, job.StateFailed: cli.ExitFailed, job.StateCancelled: cli.ExitFailed,
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.onSubmit = func(id job.ID) { w.Begin(id); w.Finish(id, state, nil) }
			got := w.run("submit", "probe", "--wait")
			require.Equal(t, code, got.code, got.err)
			id, err := job.ParseID(got.out[:len(got.out)-1])
			require.NoError(t, err, "standard output has the ID and nothing else")
			require.Contains(t, got.err, string(id)+" "+string(state))
		})
	}
}

func TestSubmitWaitJSONIsOneJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onSubmit = func(id job.ID) { w.Finish(id, job.StateCompleted, nil) }
	got := w.run("submit", "probe", "--wait", "--json")
	require.Equal(t, cli.ExitOK, got.code)
	require.Empty(t, got.err)
	var receipt map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.out), &receipt))
	require.Equal(t, "completed", receipt["state"])
	require.Equal(t, false, receipt["deduplicated"])
}

func TestTimeoutHasAnExitCodeOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.submitted("slow")
	got := w.run("wait", string(id), "--timeout", "1s")
	require.Equal(t, cli.ExitTimeout, got.code)
	require.Contains(t, got.err, "Come back with: docjobs wait "+string(id))

	got = w.run("wait", string(id), "--timeout", "1s", "--json")
	require.Equal(t, cli.ExitTimeout, got.code)
	var st job.Status
	require.NoError(t, json.Unmarshal([]byte(got.out), &st))
	require.Equal(t, job.StateQueued, st.State)
	var e job.Error
	require.NoError(t, json.Unmarshal([]byte(got.err), &e))
	require.Equal(t, job.CodeTimeout, e.Code)
	require.Equal(t, id, e.JobID)
}

func TestInterruptDetaches(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{
		{"submit", "probe", "--wait"}, {"submit", "probe", "--wait", "--json"}, {"submit", "probe", "x", "--wait", "--timeout", "1h"},
	} {
		w := newWorld(t)
		ctx, interrupt := context.WithCancel(t.Context())
		var id job.ID
		w.onGet = func(asked job.ID) { id = asked; interrupt() }
		got := w.runIn(ctx, command...)
		require.Equal(t, cli.ExitInterrupted, got.code, got.err)
		require.Contains(t, got.err, "docjobs wait "+string(id))
		st, err := w.Server.Get(t.Context(), id, job.StatusQuery{})
		require.NoError(t, err)
		require.False(t, st.State.Terminal(), "the job goes on")
	}
}

func TestInterruptBeforeTheJobIsTaken(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	got := newWorld(t).runIn(ctx, "submit", "probe")
	require.Equal(t, outcome{cli.ExitInterrupted, "", "Interrupted.\n"}, got)
}

func TestInterruptDetachesFromWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.submitted("slow")
	ctx, interrupt := context.WithCancel(t.Context())
	var errs buffer
	streams := w.io(&errs, &errs)
	streams.Out = writerFunc(func(p []byte) (int, error) { interrupt(); return len(p), nil }) // at the first event
	require.Equal(t, cli.ExitInterrupted, cli.Execute(ctx, cli.Root(streams), []string{"watch", string(id)}))
	require.Equal(t, "Detached; "+string(id)+" goes on.\nCome back with: docjobs wait "+string(id)+"\n", errs.String())
}

func TestWatchGivesUpInTime(t *testing.T) {
	t.Parallel()
	for _, tty := range []bool{false, true} {
		w := newWorld(t)
		w.tty = tty
		id := w.submitted("slow")
		got := w.run("watch", string(id), "--timeout", "1s")
		require.Equal(t, cli.ExitTimeout, got.code, got.err)
		require.Contains(t, got.err, string(id)+" has not ended within 1.0 s; it goes on.\nCome back with: docjobs wait "+string(id))
	}
	require.Equal(t, cli.ExitUsage, newWorld(t).run("watch", "probe-0000000000000000", "--timeout", "-1s").code)
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var errs buffer
	streams := w.io(&errs, &errs)
	streams.Out = writerFunc(func([]byte) (int, error) { return 0, errors.New("disk full") })
	require.Equal(t, cli.ExitFailed, cli.Execute(t.Context(), cli.Root(streams), []string{"submit", "probe"}))
	require.Contains(t, errs.String(), "disk full")
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestNoServerIsToldByItsAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	w := newWorld(t)
	for _, args := range [][]string{
		{"list"}, {"submit", "probe"}, {"wait", "probe-0000000000000000"}, {"submit", "publish", "testdata", "--target", "local"},
	} {
		got := w.run(append(args, "--server", address)...)
		require.Equal(t, cli.ExitFailed, got.code)
		require.Empty(t, got.out)
		require.Contains(t, got.err, "No docjobs server is running at http://"+address)
		require.Contains(t, got.err, "docjobs up")
	}
}

func TestServerComesFromFlagThenEnvironment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.address
	w.address = "http://127.0.0.1:1"
	require.Equal(t, cli.ExitOK, w.run("list", "--server", good).code)
	w.address = ""
	require.Contains(t, w.run("list", "--server", "127.0.0.1:1").err, "127.0.0.1:1")
}

func TestColors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tty   bool
		env   map[string]string
		flag  string
		color bool
	}{
		"terminal":           {tty: true, color: true},
		"pipe":               {},
		"NO_COLOR":           {tty: true, env: map[string]string{"NO_COLOR": "1"}},
		"dumb":               {tty: true, env: map[string]string{"TERM": "dumb"}},
		"never":              {tty: true, flag: "--color=never"},
		"always":             {flag: "--color=always", color: true},
		"always in NO_COLOR": {env: map[string]string{"NO_COLOR": "1"}, flag: "--color=always", color: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tty, w.env = c.tty, c.env
			args := []string{"status", string(w.submitted("x"))}
			if c.flag != "" {
				args = append(args, c.flag)
			}
			got := w.run(args...)
			require.Equal(t, cli.ExitOK, got.code)
			if c.color {
				require.Contains(t, got.out, "\x1b[")
			} else {
				require.NotContains(t, got.out, "\x1b[")
			}
		})
	}
}

func TestOnATerminalBarsAreDrawnAndTheOutcomeIsTold(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"watch", "wait"} {
		w := newWorld(t)
		w.tty = true
		id := w.submitted("x")
		w.Step(id, "build")
		w.Finish(id, job.StateCompleted, nil)
		got := w.run(command, string(id))
		require.Equal(t, cli.ExitOK, got.code, got.err)
		require.Contains(t, got.out, "completed")
		require.Contains(t, got.err, "━━━")
		if command == "watch" {
			require.Contains(t, got.err, "job queued", "events stand above the bars")
		}
	}
}

func TestADumbTerminalGetsLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tty, w.env = true, map[string]string{"TERM": "dumb"}
	id := w.submitted("x")
	w.Step(id, "build")
	w.Finish(id, job.StateCompleted, nil)
	got := w.run("wait", string(id))
	require.Equal(t, cli.ExitOK, got.code)
	require.NotContains(t, got.err, "━")
	require.Contains(t, got.err, "build completed")
}
