package embedded_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/embedded"
)

const (
	namespace = "documents"
	taskQueue = "jobs"
	childEnv  = "EMBEDDED_TEST_CHILD_DIR" // see kill_test.go
)

// TestMain is also the program that kill_test.go starts and kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := runVictim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// start runs a server for the length of the test, on a new folder unless c
// names one.
func start(tb testing.TB, c embedded.Config) *embedded.Server {
	tb.Helper()
	if c.Dir == "" {
		c.Dir = tb.TempDir()
	}
	c.Namespace = namespace
	srv, err := embedded.Start(tb.Context(), c)
	require.NoError(tb, err)
	tb.Cleanup(func() { stop(tb, srv) })
	return srv
}

func stop(tb testing.TB, srv *embedded.Server) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(tb, srv.Stop(ctx))
}

func dial(tb testing.TB, srv *embedded.Server) client.Client {
	tb.Helper()
	c, err := client.Dial(client.Options{HostPort: srv.Address(), Namespace: namespace, Logger: quiet{}})
	require.NoError(tb, err)
	tb.Cleanup(c.Close)
	return c
}

func startWorker(tb testing.TB, c client.Client) {
	tb.Helper()
	w := newWorker(c)
	require.NoError(tb, w.Start())
	tb.Cleanup(w.Stop)
}

func newWorker(c client.Client) worker.Worker {
	w := worker.New(c, taskQueue, worker.Options{WorkerStopTimeout: time.Second})
	w.RegisterWorkflow(threeSteps)
	w.RegisterWorkflow(untilTold)
	w.RegisterActivity(step)
	return w
}

func step(context.Context) error { return nil }

func withSteps(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 10 * time.Millisecond},
	})
}

// threeSteps is the empty three-step job of the benchmarks.
func threeSteps(ctx workflow.Context) error {
	ctx = withSteps(ctx)
	for range 3 {
		if err := workflow.ExecuteActivity(ctx, step).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// untilTold runs steps until the signal "finish", answers the query "steps"
// and takes the update "name".
func untilTold(ctx workflow.Context) (int, error) {
	ctx = withSteps(ctx)
	steps, name := 0, ""
	if err := workflow.SetQueryHandler(ctx, "steps", func() (int, error) { return steps, nil }); err != nil {
		return 0, err
	}
	if err := workflow.SetUpdateHandler(ctx, "name", func(_ workflow.Context, to string) (string, error) {
		was := name
		name = to
		return was, nil
	}); err != nil {
		return 0, err
	}
	finish := workflow.GetSignalChannel(ctx, "finish")
	for !finish.ReceiveAsync(nil) {
		if err := workflow.ExecuteActivity(ctx, step).Get(ctx, nil); err != nil {
			return steps, err
		}
		steps++
		if err := workflow.Sleep(ctx, 20*time.Millisecond); err != nil {
			return steps, err
		}
	}
	return steps, nil
}

// quiet is an SDK logger that says nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
