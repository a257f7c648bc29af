package grammar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Bounds on what programs may be given and may say.
const (
	maxArguments = 2000     // documents a process
	maxOutput    = 16 << 20 // bytes that are kept
	maxPerFile   = 50       // findings of one document
)

// A runner runs programs within bounds.
type runner struct{ time time.Duration }

// output runs a program in a folder and returns what it says on both its outputs, and
// whether it ended well. An error is about the world: it did not run, or was ended.
func (r runner) output(ctx context.Context, folder, program string, args ...string) (text string, ok bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, r.time)
	defer cancel()
	cmd := exec.CommandContext(bounded, program, args...)
	cmd.Dir = folder
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var out bounds
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", false, ctx.Err()
	case bounded.Err() != nil:
		return "", false, fmt.Errorf("%s took longer than %s", program, r.time)
	case errors.As(err, &exit) && exit.Exited():
		return out.String(), false, nil
	case err != nil:
		return "", false, fmt.Errorf("run %s: %w", program, err)
	}
	return out.String(), true, nil
}

// environment is what programs get: where programs and Java are, and that messages
// are English. Java starts faster with one compiler and the simple collector.
func environment() []string {
	env := []string{
		"LC_ALL=C.UTF-8",
		"JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m -Duser.language=en",
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "JAVA_HOME"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// bounds keeps the beginning of what is written.
type bounds struct{ bytes.Buffer }

func (b *bounds) Write(p []byte) (int, error) {
	if left := maxOutput - b.Len(); left > 0 {
		b.Buffer.Write(p[:min(left, len(p))])
	}
	return len(p), nil
}

// beginning returns the first lines of what a program said, for an error.
func beginning(text string) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", 4)
	return strings.Join(lines[:min(len(lines), 3)], "; ")
}

// inOrder sorts findings by the order of the files and by place, and bounds those of
// one file.
func inOrder(files []string, findings []Finding) []Finding {
	order := make(map[string]int, len(files))
	for i, file := range files {
		order[file] = i
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		if a.File != b.File {
			return order[a.File] - order[b.File]
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	kept, n := findings[:0], 0
	for i, f := range findings {
		if i > 0 && f.File != findings[i-1].File {
			n = 0
		}
		if n++; n <= maxPerFile {
			kept = append(kept, f)
		}
	}
	return kept
}

// inFolder calls work with an empty folder of its own.
func inFolder(work func(folder string) error) error {
	folder, err := os.MkdirTemp("", "docjobs-validate-")
	if err != nil {
		return err
	}
	return errors.Join(work(folder), os.RemoveAll(folder))
}
