package e2e_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestUpIsReadyWhenItSaysSo(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := up(t, data)
	status, _ := get(t, p.addresses.HTTP+"/readyz")
	require.Equal(t, http.StatusOK, status)
	status, _ = get(t, p.addresses.UI+"/")
	require.Equal(t, http.StatusOK, status)
	status, _ = get(t, p.addresses.UI+"/api/v1/namespaces/docjobs")
	require.Equal(t, http.StatusOK, status, "the UI knows the namespace")
	conn, err := net.Dial("tcp", p.addresses.Temporal)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	for _, address := range []string{p.addresses.HTTP, p.addresses.UI, "http://" + p.addresses.Temporal} {
		require.True(t, strings.HasPrefix(address, "http://127.0.0.1:"), address)
	}

	receipt := p.publish(folder(t, handbook("Hello.")), "local")
	requireCompleted(t, p.finished(receipt.ID))
	requireTidy(t, data)

	second := run(t, "up", "--data", data, "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0")
	require.Equal(t, 1, second.code)
	requireOneLine(t, second.err, data, strconv.Itoa(p.cmd.Process.Pid))
	requireCompleted(t, p.finished(receipt.ID))
	require.Less(t, p.stop(), 15*time.Second)
	require.Empty(t, p.stderr.String(), "there was nothing to say")

	p = up(t, data)
	requireCompleted(t, p.finished(receipt.ID))
}

// requireOneLine checks that a message is one line that names things.
func requireOneLine(t *testing.T, message string, names ...string) {
	t.Helper()
	require.Equal(t, 1, strings.Count(message, "\n"), message)
	for _, name := range names {
		require.Contains(t, message, name)
	}
}

func TestUpRefusesATakenPort(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	out := run(t, "up", "--data", data, "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0",
		"--publish", folder(t, handbook("Hello.")), "--exit")
	require.Zero(t, out.code, out.err)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)

	before := kept(t, data) // the worker's folders among it
	for flag, value := range map[string]string{"--http": "127.0.0.1:" + port, "--temporal-port": port, "--ui-port": port} {
		out := run(t, "up", "--data", data, "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0", flag, value)
		require.Equal(t, 1, out.code, flag)
		requireOneLine(t, out.err, port)
		require.Empty(t, out.out)
		require.Equal(t, before, kept(t, data), flag)
	}
	out = run(t, "up", "--data", data, "--http", "0.0.0.0:0")
	require.Equal(t, 2, out.code)
	require.Contains(t, out.err, "0.0.0.0")

	p := up(t, data)
	page, err := p.List(t.Context(), job.Filter{})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 1)
}

func TestUpRefusesAnUnusableFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("mine"), 0o600))
	for _, data := range []string{file, filepath.Join(file, "below")} {
		out := run(t, "up", "--data", data, "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0")
		require.Equal(t, 1, out.code)
		requireOneLine(t, out.err, data)
	}
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
}

func TestUpPublishesAndExits(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	publish := func(files map[string]string) outcome {
		return run(t, "up", "--data", data, "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0",
			"--publish", folder(t, files), "--exit")
	}
	out := publish(handbook("Hello."))
	require.Zero(t, out.code, out.err)
	require.Regexp(t, `Job ID publish-[0-9a-z]{16}\n`, out.err)
	require.Regexp(t, `http://127\.0\.0\.1:\d+/sites/local/`, out.out+out.err)
	require.Regexp(t, `http://127\.0\.0\.1:\d+/v1/jobs/publish-`, out.err)
	require.Regexp(t, `http://127\.0\.0\.1:\d+/namespaces/docjobs/workflows/publish-`, out.err)
	live := filepath.Join(data, "targets", "local", "current", "guide", "setup", "index.html")
	page, err := os.ReadFile(live)
	require.NoError(t, err)
	require.Contains(t, string(page), "Hello.")

	out = publish(handbook("See [the appendix](appendix.md)."))
	require.Equal(t, 1, out.code)
	require.Contains(t, out.out+out.err, "guide/setup.md:3")
	unchanged, err := os.ReadFile(live)
	require.NoError(t, err)
	require.Equal(t, page, unchanged)
	requireTidy(t, data)

	require.Equal(t, 1, run(t, "up", "--data", data, "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0",
		"--publish", filepath.Join(data, "nowhere"), "--exit").code)
	require.Equal(t, 2, run(t, "up", "--data", data, "--exit").code)
}

// Ctrl-C during a build waits for nothing; the next start builds again.
func TestUpStopsDuringABuild(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := up(t, data)
	receipt := p.publish(folder(t, bigSite("one", 10)), "local")
	waitFor(t, "the site generator", func() bool { return len(generators(t, data)) > 0 })
	took := p.stop()
	t.Logf("stopped during a build after %v", took.Round(time.Millisecond))
	require.Less(t, took, 15*time.Second)
	require.Empty(t, generators(t, data))

	p = up(t, data)
	status := p.finished(receipt.ID)
	requireCompleted(t, status)
	require.Equal(t, 1, status.Attempt)
	requireOrdered(t, p.events(receipt.ID))
	requireTidy(t, data)
}

// A job that has ended is known however soon after its end the server is
// killed, and wherever between its last step and its end.
func TestKilledAroundTheEnd(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := up(t, data)
	for i, last := range []string{"job.completed", "step.completed", "job.completed", "step.completed", "job.completed"} {
		receipt := p.publish(folder(t, handbook(strconv.Itoa(i))), "local")
		for event, err := range p.Events(limited(t, time.Minute), receipt.ID, job.EventQuery{Follow: true}) {
			require.NoError(t, err)
			if event.Type == last && (event.Step == "verify" || event.Step == "") {
				break
			}
		}
		p.kill()
		p = p.again(data)
		status := p.finished(receipt.ID)
		requireCompleted(t, status)
		require.Equal(t, 1, status.Attempt)
		requireOrdered(t, p.events(receipt.ID))
		_, err := p.Result(t.Context(), receipt.ID, 0)
		require.NoError(t, err)
		requireTidy(t, data)
	}
	waitFor(t, "the list of all jobs", func() bool {
		page, err := p.List(t.Context(), job.Filter{States: []job.State{job.StateCompleted}})
		require.NoError(t, err)
		return len(page.Jobs) == 5
	})
}

// A server that is killed during a job may come back at another address.
func TestGoesOnAtAnotherAddress(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := up(t, data)
	receipt := p.publish(folder(t, bigSite("one", 10)), "local")
	waitFor(t, "the release", func() bool {
		status, err := p.Get(t.Context(), receipt.ID, job.StatusQuery{})
		require.NoError(t, err)
		return status.Release != nil
	})
	p.kill()
	status := up(t, data).finished(receipt.ID)
	requireCompleted(t, status)
}
