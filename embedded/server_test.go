package embedded_test

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/embedded"
)

func TestStart_workflowsRun(t *testing.T) {
	t.Parallel()
	c := dial(t, start(t, embedded.Config{NoUI: true}))
	startWorker(t, c)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "job", TaskQueue: taskQueue}, untilTold)
	require.NoError(t, err)
	require.NoError(t, waitForStep(t.Context(), c, "job"), "query")

	update, err := c.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: "job", UpdateName: "name", Args: []any{"first"}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err, "update")
	var was string
	require.NoError(t, update.Get(t.Context(), &was))
	require.Empty(t, was)

	state, err := c.DescribeWorkflowExecution(t.Context(), "job", "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, state.WorkflowExecutionInfo.Status)

	require.NoError(t, c.SignalWorkflow(t.Context(), "job", "", "finish", nil))
	require.NoError(t, run.Get(t.Context(), nil))
}

// Schedules are run by a system worker inside the server.
func TestStart_schedulesFire(t *testing.T) {
	t.Parallel()
	c := dial(t, start(t, embedded.Config{NoUI: true}))
	startWorker(t, c)
	_, err := c.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID:                 "nightly",
		TriggerImmediately: true,
		Action:             &client.ScheduleWorkflowAction{ID: "scheduled", Workflow: threeSteps, TaskQueue: taskQueue},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		found, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: `WorkflowType = "threeSteps" AND ExecutionStatus = "Completed"`,
		})
		return err == nil && len(found.Executions) == 1
	}, eventually, tick)
}

func TestStart_limitsIDsToWhatVisibilityStores(t *testing.T) {
	t.Parallel()
	c := dial(t, start(t, embedded.Config{NoUI: true}))
	options := func(length int) client.StartWorkflowOptions {
		return client.StartWorkflowOptions{ID: strings.Repeat("i", length), TaskQueue: taskQueue}
	}
	_, err := c.ExecuteWorkflow(t.Context(), options(embedded.MaxIDLength), threeSteps)
	require.NoError(t, err)
	_, err = c.ExecuteWorkflow(t.Context(), options(embedded.MaxIDLength+1), threeSteps)
	var invalid *serviceerror.InvalidArgument
	require.ErrorAs(t, err, &invalid)
}

func TestStart_anyFolderName(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b?c#d%41é&_pragma=synchronous(0)")
	start(t, embedded.Config{Dir: dir, NoUI: true})
	require.FileExists(t, filepath.Join(dir, "temporal.db"))
}

func TestStart_again(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	srv := start(t, embedded.Config{Dir: dir, NoUI: true})
	c := dial(t, srv)
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: taskQueue}, threeSteps)
	require.NoError(t, err)
	stop(t, srv)

	c = dial(t, start(t, embedded.Config{Dir: dir, NoUI: true}))
	startWorker(t, c)
	require.NoError(t, c.GetWorkflow(t.Context(), "kept", "").Get(t.Context(), nil))
}

// A folder that was deleted and made anew is a new folder, also for a
// process that has served the old one.
func TestStart_inRecreatedFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	srv := start(t, embedded.Config{Dir: dir, NoUI: true})
	_, err := dial(t, srv).ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "gone", TaskQueue: taskQueue}, threeSteps)
	require.NoError(t, err)
	stop(t, srv)
	require.NoError(t, os.RemoveAll(dir))

	_, err = dial(t, start(t, embedded.Config{Dir: dir, NoUI: true})).DescribeWorkflowExecution(t.Context(), "gone", "")
	var notFound *serviceerror.NotFound
	require.ErrorAs(t, err, &notFound)
}

func TestStop_leavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), &safeBuffer{}
	srv := start(t, embedded.Config{Dir: dir, Logger: slog.New(slog.NewTextHandler(log, nil))})
	c := dial(t, srv)
	startWorker(t, c)
	require.NoError(t, runThreeSteps(t.Context(), c))
	stop(t, srv) // with a connected, polling worker
	stop(t, srv) // twice does no harm

	for _, address := range []string{srv.Address(), strings.TrimPrefix(srv.UIURL(), "http://")} {
		l, err := net.Listen("tcp4", address)
		require.NoError(t, err, "something still listens")
		require.NoError(t, l.Close())
	}
	if info, err := os.Stat(filepath.Join(dir, "temporal.db-wal")); err == nil {
		require.Zero(t, info.Size(), "commits are left in the write-ahead log")
	}
	require.Empty(t, log.String(), "a normal start and stop is no news")
	full, err := os.ReadFile(filepath.Join(dir, "temporal.log"))
	require.NoError(t, err)
	require.Contains(t, string(full), "frontend stopped")
}

func TestStart_listensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	srv := start(t, embedded.Config{})
	for _, address := range []string{srv.Address(), strings.TrimPrefix(srv.UIURL(), "http://")} {
		host, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1", host)
		// The same port is still free on a sister address of the loopback
		// interface, so nothing listens on all of them.
		l, err := net.Listen("tcp4", net.JoinHostPort(otherLoopback(t), port))
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
}

// otherLoopback skips the test where 127.0.0.1 is the only loopback address.
func otherLoopback(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.2:0")
	if err != nil {
		t.Skip("no second loopback address")
	}
	require.NoError(t, l.Close())
	return "127.0.0.2"
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
