package site_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// script is a build whose generator is a shell script, to see what no site
// can make the real one do at will. The real one is tested in package hugo.
func script(t *testing.T, text string) site.BuildOptions {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "src")
	require.NoError(t, os.Mkdir(source, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(source, "hugo.toml"), nil, 0o644))
	return site.BuildOptions{
		Source: source, Output: filepath.Join(dir, "out"), Work: filepath.Join(dir, "work"),
		BaseURL: "https://example.org/", Unsafe: true,
		Executable: []string{"/bin/sh", "-c", `[ "$1" = config ] && exit 0` + "\n" + text, "generator"},
	}
}

func TestDeathsAreNoFaultsOfTheSite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		want   site.CrashError
	}{
		"killed": {"echo working; kill -9 $$", site.CrashError{Signal: "killed", Tail: []string{"working"}}},
		"killed after errors": {"echo ERROR bad page >&2; kill -9 $$",
			site.CrashError{Signal: "killed", Tail: []string{"ERROR bad page"}}},
		"panic": {"echo 'panic: nil map' >&2; echo 'goroutine 1 [running]:' >&2; exit 2",
			site.CrashError{Panic: "panic: nil map", Tail: []string{"panic: nil map", "goroutine 1 [running]:"}}},
		"stack overflow": {"echo 'fatal error: stack overflow' >&2; exit 2",
			site.CrashError{Panic: "fatal error: stack overflow", Tail: []string{"fatal error: stack overflow"}}},
		"without a word": {"exit 3", site.CrashError{Panic: "it ended with exit status 3 and named no error"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := script(t, c.script)
			_, err := site.Build(t.Context(), o)
			var crash *site.CrashError
			require.ErrorAs(t, err, &crash)
			require.Equal(t, c.want, *crash)
			nothingLeft(t, o)
		})
	}
}

func TestRefusedMemoryIsALimit(t *testing.T) {
	t.Parallel()
	o := script(t, "echo 'fatal error: runtime: cannot allocate memory' >&2; exit 2")
	o.Limits.MemoryBytes = 4 << 30
	_, err := site.Build(t.Context(), o)
	var limit *site.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, site.LimitError{What: "memory", Max: "4 GiB"}, *limit)
}

func TestAMissingGeneratorIsTheMachinesFault(t *testing.T) {
	t.Parallel()
	o := script(t, "")
	o.Executable = []string{filepath.Join(t.TempDir(), "gone")}
	_, err := site.Build(t.Context(), o)
	require.ErrorIs(t, err, os.ErrNotExist)
	var fault *site.BuildError
	require.NotErrorAs(t, err, &fault)
	nothingLeft(t, o)
}

var errStop = errors.New("stopped by the test")

// cancelWhenReady cancels a build when its script says "ready …" and gives
// what else it said on that line.
func cancelWhenReady(t *testing.T, o site.BuildOptions) (said string) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	o.Log = func(line string) {
		if rest, ok := strings.CutPrefix(line, "ready"); ok {
			said = strings.TrimSpace(rest)
			cancel(errStop)
		}
	}
	_, err := site.Build(ctx, o)
	require.ErrorIs(t, err, errStop)
	nothingLeft(t, o)
	return said
}

// TestCancelKillsTheWholeGroup has a generator and a child of it that both
// ignore the request to end. Both hold a pipe, which ends with the last of them.
func TestCancelKillsTheWholeGroup(t *testing.T) {
	t.Parallel()
	o := script(t, `trap '' TERM; exec 9>"$FIFO"
(trap '' TERM; while :; do /bin/sleep 1000; done) &
echo ready $$; while :; do /bin/sleep 1000; done`)
	fifo := filepath.Join(t.TempDir(), "alive")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	o.Environment = map[string]string{"FIFO": fifo}
	ended := make(chan error, 1)
	go func() {
		alive, err := os.Open(fifo) // waits for the writer
		if err == nil {
			defer alive.Close()
			_, err = io.ReadAll(alive)
		}
		ended <- err
	}()
	group, err := strconv.Atoi(cancelWhenReady(t, o))
	require.NoError(t, err)
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("a process of the group lives on")
	}
	require.ErrorIs(t, syscall.Kill(group, 0), syscall.ESRCH, "the generator itself was waited for")
}

// TestAnEscapedProcessDoesNotHoldTheBuild has a child in a group of its own
// that keeps the output open, see escape.
func TestAnEscapedProcessDoesNotHoldTheBuild(t *testing.T) {
	t.Parallel()
	o := script(t, "")
	self, err := os.Executable()
	require.NoError(t, err)
	o.Executable = []string{self, escapeArgument}
	pid, err := strconv.Atoi(cancelWhenReady(t, o))
	require.NoError(t, err)
	group, err := syscall.Getpgid(pid)
	require.NoError(t, err, "it lives on")
	require.Equal(t, pid, group)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
}

const escapeArgument = "__escape"

func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child())
	}
	if len(os.Args) > 2 && os.Args[1] == escapeArgument {
		if os.Args[2] == "build" {
			escape()
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// escape starts a process in a group of its own and waits to be killed.
func escape() {
	sleep := exec.Command("/bin/sleep", "1000")
	sleep.Stdout, sleep.SysProcAttr = os.Stdout, &syscall.SysProcAttr{Setpgid: true}
	if err := sleep.Start(); err != nil {
		panic(err)
	}
	fmt.Println("ready", sleep.Process.Pid)
	_ = sleep.Wait()
}

func TestBuildsDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	long := script(t, `echo ready; while :; do /bin/sleep 1000; done`)
	short := script(t, `while [ "$1" != --destination ]; do shift; done; echo hello > "$2/index.html"`)
	ctx, cancel := context.WithCancelCause(t.Context())
	long.Log = func(line string) {
		if line == "ready" {
			_, err := site.Build(t.Context(), short)
			cancel(errors.Join(errStop, err))
		}
	}
	_, err := site.Build(ctx, long)
	require.Equal(t, errors.Join(errStop).Error(), err.Error())
	require.FileExists(t, filepath.Join(short.Output, "index.html"))
}

// nothingLeft says that beside the source and the work folder there is nothing.
func nothingLeft(t *testing.T, o site.BuildOptions) {
	t.Helper()
	left, err := os.ReadDir(filepath.Dir(o.Output))
	require.NoError(t, err)
	for _, entry := range left {
		require.Contains(t, []string{"src", "work"}, entry.Name())
	}
}
