package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

// binary builds the program once and returns its path.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "docjobs-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "docjobs")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", path, "../cmd/docjobs")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return path, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// built is whether binary was used, so that only then there is one to remove.
var built atomic.Bool

func removeBinary() {
	if !built.Load() {
		return
	}
	if path, _ := binary(); path != "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
}

// command returns a command that runs the program; nothing of the user's own
// settings reaches it.
func command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	built.Store(true)
	path, err := binary()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "USER=writer", "TMPDIR=" + t.TempDir()}
	return cmd
}

// An outcome is how a command ended.
type outcome struct {
	out, err string
	code     int
}

// run runs a command of the program to its end.
func run(t *testing.T, args ...string) outcome {
	t.Helper()
	_, err := binary() // building it does not count
	require.NoError(t, err)
	return finish(t, command(limited(t, 2*time.Minute), t, args...))
}

func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// limited returns a context that ends with the test or after d.
func limited(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// A program is a running docjobs up, api or worker.
type program struct {
	t         *testing.T
	cmd       *exec.Cmd
	stderr    *lines
	addresses struct{ HTTP, UI, Temporal string }
	ended     chan struct{}
	began     time.Time
	ready     time.Duration // from the start of the process until it said that it is ready

	*client.Client
}

// up starts docjobs up on a data folder and returns once it says that it is
// ready. It runs until the test ends, or until it is stopped or killed.
func up(t *testing.T, data string, args ...string) *program {
	t.Helper()
	return upWith(t, nil, data, args...)
}

// upWith is up with more in the environment.
func upWith(t *testing.T, env []string, data string, args ...string) *program {
	t.Helper()
	args = append([]string{"up", "--data", data, "--json", "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0"}, args...)
	cmd := command(context.Background(), t, args...)
	cmd.Env = append(cmd.Env, env...)
	p, stdout := spawn(t, cmd)
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(stdout).ReadString('\n')
		line <- text
		_, _ = io.Copy(io.Discard, stdout)
	}()
	select {
	case text := <-line:
		p.ready = time.Since(p.began)
		require.NoError(t, json.Unmarshal([]byte(text), &p.addresses), "%q %s", text, p.stderr)
	case <-time.After(time.Minute):
		t.Fatalf("docjobs up is not ready after a minute: %s", p.stderr)
	}
	p.connect(p.addresses.HTTP)
	return p
}

// again starts docjobs up as p was started, on the same ports.
func (p *program) again(data string, args ...string) *program {
	p.t.Helper()
	http := strings.TrimPrefix(p.addresses.HTTP, "http://")
	return up(p.t, data, append([]string{"--http", http}, args...)...)
}

// spawn starts a command that the end of the test ends.
func spawn(t *testing.T, cmd *exec.Cmd) (*program, io.Reader) {
	t.Helper()
	p := &program{t: t, cmd: cmd, stderr: &lines{}, ended: make(chan struct{}), began: time.Now()}
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = writer, p.stderr
	require.NoError(t, cmd.Start())
	writer.Close()
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		reader.Close()
		if t.Failed() {
			t.Logf("%s: %s", strings.Join(cmd.Args[1:], " "), p.stderr)
		}
	})
	return p, reader
}

func (p *program) connect(address string) {
	p.t.Helper()
	c, err := client.New(address)
	require.NoError(p.t, err)
	p.t.Cleanup(c.Close)
	p.Client = c
}

// kill ends the process as kill -9 does.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// stop ends the process as Ctrl-C does, and returns how long that took.
func (p *program) stop() time.Duration {
	p.t.Helper()
	start := time.Now()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGINT))
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		p.t.Fatalf("it does not stop: %s", p.stderr)
	}
	require.Zero(p.t, p.cmd.ProcessState.ExitCode(), "%s", p.stderr)
	return time.Since(start)
}

// run runs a client command against the program.
func (p *program) run(args ...string) outcome {
	p.t.Helper()
	cmd := command(limited(p.t, 2*time.Minute), p.t, args...)
	cmd.Env = append(cmd.Env, "DOCJOBS_SERVER="+p.addresses.HTTP)
	return finish(p.t, cmd)
}

// publish uploads a folder and submits it.
func (p *program) publish(dir, target string) *job.Receipt {
	p.t.Helper()
	out := p.run("submit", "publish", dir, "--target", target, "--links", "warn", "--json")
	require.Zero(p.t, out.code, out.err)
	var receipt job.Receipt
	require.NoError(p.t, json.Unmarshal([]byte(out.out), &receipt))
	return &receipt
}

// finished waits until a job has ended.
func (p *program) finished(id job.ID) *job.Status {
	p.t.Helper()
	for ctx := limited(p.t, 2*time.Minute); ; {
		status, err := p.Get(ctx, id, job.StatusQuery{Wait: job.MaxWait})
		require.NoError(p.t, err)
		if status.State.Terminal() {
			return status
		}
	}
}

// events returns the events of a job, which must have no gaps.
func (p *program) events(id job.ID) (events []job.Event) {
	p.t.Helper()
	for event, err := range p.Events(limited(p.t, time.Minute), id, job.EventQuery{}) {
		require.NoError(p.t, err)
		events = append(events, event)
		require.EqualValues(p.t, len(events), event.Number, "events are numbered without gaps")
	}
	return events
}

// until follows the job until a step is being done by a worker.
func (p *program) until(id job.ID, step string) {
	p.t.Helper()
	waitFor(p.t, step+" being done", func() bool {
		status, err := p.Get(p.t.Context(), id, job.StatusQuery{})
		require.NoError(p.t, err)
		require.False(p.t, status.State.Terminal(), "it is %s before %s: %v", status.State, step, status.Error)
		s := status.Step(step)
		require.NotNil(p.t, s)
		require.NotEqual(p.t, job.StepCompleted, s.State, "%s was too quick for this test", step)
		return s.State == job.StepProcessing && s.Try > 0
	})
}

// waitFor waits until something holds, for a minute at most.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for " + what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// lines is what a process writes, for several to read.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// generators returns the site generators at work for a data folder.
func generators(t *testing.T, data string) (pids []int) {
	t.Helper()
	for pid, args := range processes(t) {
		if strings.Contains(args, "__hugo") && strings.Contains(args, data) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// processes returns the command lines of all processes that live: from
// proc_pid_cmdline(5), or from ps(1) where there is no such thing.
func processes(t *testing.T) map[int]string {
	t.Helper()
	found := map[int]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		args, err := os.ReadFile(file)
		if pid, perr := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && perr == nil {
			found[pid] = string(args) // of a zombie, nothing
		}
	}
	if len(files) > 0 {
		return found
	}
	table, err := exec.Command("ps", "-A", "-ww", "-o", "pid=,stat=,args=").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[1][0] != 'Z' {
			if pid, err := strconv.Atoi(fields[0]); err == nil {
				found[pid] = line
			}
		}
	}
	return found
}

// requireTidy checks that no job left a process or a temporary file behind.
func requireTidy(t *testing.T, data string) {
	t.Helper()
	require.Empty(t, generators(t, data), "the site generator still runs")
	requireEmpty(t, filepath.Join(data, "work", "jobs"))
	waitFor(t, "the deletion of what is in the trash", func() bool {
		trash, err := os.ReadDir(filepath.Join(data, "work", "trash"))
		return errors.Is(err, fs.ErrNotExist) || err == nil && len(trash) == 0
	})
	require.Eventually(t, func() bool {
		left, err := os.ReadDir(filepath.Join(data, "work", "trash"))
		return err == nil && len(left) == 0
	}, 30*time.Second, 20*time.Millisecond, "a large workspace is deleted after its job")
	targets, err := filepath.Glob(filepath.Join(data, "targets", "*", "tmp"))
	require.NoError(t, err)
	for _, dir := range targets {
		requireEmpty(t, dir)
	}
	for name := range kept(t, data) {
		require.NotContains(t, filepath.Base(name), ".tmp", "a temporary file")
		if strings.HasPrefix(name, "tmp"+string(filepath.Separator)) {
			require.Equal(t, ".lock", filepath.Ext(name), "%s is a temporary file", name)
		}
	}
}

// kept lists the files of a data folder with their sizes, without the databases: that
// of Temporal works all the time, and the index follows what is listed here.
func kept(t *testing.T, data string) map[string]int64 {
	t.Helper()
	files := map[string]int64{}
	require.NoError(t, filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(data, path)
		if d.IsDir() || strings.HasPrefix(name, "temporal.") || strings.HasPrefix(name, "index-") {
			return nil
		}
		info, err := d.Info()
		if err == nil {
			files[name] = info.Size()
		}
		return err
	}))
	return files
}

// write writes a configuration and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "docjobs.yaml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
