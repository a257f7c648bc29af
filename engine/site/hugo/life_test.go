package hugo_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// endless is a site whose build does not end.
var endless = map[string]string{"layouts/all.html": "{{ range seq 1000000 }}{{ range seq 1000000 }}{{ end }}{{ end }}"}

// parentArgument makes this program build the site whose folder follows.
const parentArgument = "__parent"

// holding puts a process in front of Hugo that opens a pipe by name and then
// becomes Hugo, for the build itself: the pipe ends when Hugo does, however that comes about.
func holding(argv []string, fifo string) []string {
	return append([]string{"/bin/sh", "-c", `[ "$2" = build ] && exec 9>"` + fifo + `"; exec "$0" "$@"`}, argv...)
}

func TestMain(m *testing.M) {
	if hugo.IsChild() {
		os.Exit(hugo.Child())
	}
	if sandbox.IsChild() {
		os.Exit(sandbox.Child())
	}
	if len(os.Args) > 2 && os.Args[1] == parentArgument {
		os.Exit(parent(os.Args[2]))
	}
	os.Exit(m.Run())
}

// parent is a program that builds an endless site.
func parent(dir string) int {
	argv, err := hugo.Command()
	if err != nil {
		return 1
	}
	_, _ = site.Build(context.Background(), site.BuildOptions{
		Source: filepath.Join(dir, "src"), Output: filepath.Join(dir, "out"), Work: filepath.Join(dir, "work"),
		BaseURL: "https://example.org/", Unsafe: true, Executable: holding(argv, filepath.Join(dir, "alive")),
		Log: func(line string) { _, _ = os.Stdout.WriteString(line + "\n") },
	})
	return 0
}

// alive gives the name of a pipe and what tells its end.
func alive(t *testing.T, dir string) (fifo string, ended <-chan error) {
	t.Helper()
	fifo = filepath.Join(dir, "alive")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	done := make(chan error, 1)
	go func() {
		f, err := os.Open(fifo) // waits for the writer
		if err == nil {
			defer f.Close()
			_, err = io.ReadAll(f)
		}
		done <- err
	}()
	return fifo, done
}

func requireEnd(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("Hugo lives on")
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	t.Parallel()
	o := options(t, minimal, endless)
	fifo, ended := alive(t, o.Source)
	o.Executable = holding(o.Executable, fifo)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by the test")
	o.Log = func(line string) {
		if strings.HasPrefix(line, "Start building") {
			cancel(stop)
		}
	}
	_, err := site.Build(ctx, o)
	require.ErrorIs(t, err, stop)
	requireEnd(t, ended)
	nothingLeft(t, o)
}

func TestHugoEndsWithItsParent(t *testing.T) {
	t.Parallel()
	o := options(t, minimal, endless)
	dir := filepath.Dir(o.Source)
	_, ended := alive(t, dir)
	parent := exec.Command(o.Executable[0], parentArgument, dir)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	said := make([]byte, 1<<10)
	for text := ""; !strings.Contains(text, "Start building"); {
		n, err := out.Read(said)
		require.NoError(t, err, text)
		text += string(said[:n])
	}
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	requireEnd(t, ended)
}
