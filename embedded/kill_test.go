package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/embedded"
)

// victims is how many workflows run when the process is killed.
const victims = 20

func victimID(n int) string { return fmt.Sprintf("victim-%02d", n) }

// runVictim is the process that gets killed: it prints "running" once every
// workflow has run a step, and goes on for ever.
func runVictim(dir string) error {
	ctx := context.Background()
	srv, err := embedded.Start(ctx, embedded.Config{Dir: dir, Namespace: namespace})
	if err != nil {
		return err
	}
	c, err := client.Dial(client.Options{HostPort: srv.Address(), Namespace: namespace, Logger: quiet{}})
	if err != nil {
		return err
	}
	if err := newWorker(c).Start(); err != nil {
		return err
	}
	for n := range victims {
		if _, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: victimID(n), TaskQueue: taskQueue}, untilTold); err != nil {
			return err
		}
	}
	for n := range victims {
		if err := waitForStep(ctx, c, victimID(n)); err != nil {
			return err
		}
	}
	fmt.Println("running")
	select {}
}

// waitForStep polls until the workflow has run a step.
func waitForStep(ctx context.Context, c client.Client, id string) error {
	for {
		value, err := c.QueryWorkflow(ctx, id, "", "steps")
		if err != nil {
			return err
		}
		var steps int
		if err := value.Get(&steps); err != nil || steps > 0 {
			return err
		}
	}
}

func TestStart_afterKill(t *testing.T) {
	dir := t.TempDir()
	killWhileRunning(t, dir)

	began := time.Now()
	srv := start(t, embedded.Config{Dir: dir})
	t.Logf("ready %s after the kill of a process with %d running workflows", time.Since(began).Round(time.Millisecond), victims)
	c := dial(t, srv)
	startWorker(t, c)
	for n := range victims {
		require.NoError(t, c.SignalWorkflow(t.Context(), victimID(n), "", "finish", nil))
	}
	for n := range victims {
		var steps int
		require.NoError(t, c.GetWorkflow(t.Context(), victimID(n), "").Get(t.Context(), &steps))
		require.Positive(t, steps, "%s lost the steps that it ran before the kill", victimID(n))
	}
	t.Logf("all finished %s after the restart", time.Since(began).Round(time.Millisecond))
}

// killWhileRunning returns after the child is dead by SIGKILL.
func killWhileRunning(t *testing.T, dir string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the child ended early")
	require.Equal(t, "running", lines.Text())
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	require.FileExists(t, dir+"/temporal.db-wal", "the kill left nothing to recover, so the test shows nothing")
}
