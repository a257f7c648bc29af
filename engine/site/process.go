package site

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const (
	maxLine = 64 << 10
	// grace is the time between asking the group to end and killing it.
	grace = time.Second
	// drain is how long the output of a dead child is waited for. Only a
	// process that left the group could still hold the pipe.
	drain = 500 * time.Millisecond
)

type command struct {
	argv []string
	dir  string
	env  []string
	// box puts the command into a sandbox before it starts; may be nil.
	box func(*exec.Cmd) error
	// line receives stdout and stderr, cleaned, one call at a time.
	line func(string)
	// started is called once, in a goroutine of its own, and must return
	// when its context ends, which is before run returns; may be nil.
	started func(ctx context.Context, pid int)
}

// run runs a command in a process group of its own and returns when the whole
// group is dead. It returns ctx's cause if that ended the command.
func run(ctx context.Context, c command) error {
	done := make(chan error, 1)
	go func() {
		// The parent death signal is sent when this thread ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		done <- runHere(ctx, c)
	}()
	return <-done
}

func runHere(ctx context.Context, c command) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	out, in, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start the generator: %w", err)
	}
	defer out.Close()
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = c.dir, c.env, ownGroup()
	cmd.Stdout, cmd.Stderr = in, in
	if c.box != nil {
		if err := c.box(cmd); err != nil {
			return fmt.Errorf("start the generator: %w", err)
		}
	}
	alive, err := cmd.StdinPipe() // its end tells the child that we are gone
	if err == nil {
		err = cmd.Start()
	}
	in.Close()
	if err != nil {
		return fmt.Errorf("start the generator: %w", err)
	}
	defer alive.Close()
	return attend(ctx, cmd, out, c)
}

// attend reads the output until the child ends and then ends its group.
func attend(ctx context.Context, cmd *exec.Cmd, out *os.File, c command) error {
	watching, unwatch := context.WithCancel(ctx)
	read := inBackground(func() { readLines(out, c.line) })
	watched := inBackground(func() {
		if c.started != nil {
			c.started(watching, cmd.Process.Pid)
		}
	})
	exited := make(chan struct{})
	stopped := inBackground(func() {
		select {
		case <-exited:
		case <-ctx.Done():
			end(cmd.Process.Pid, exited)
		}
	})
	err := cmd.Wait()
	close(exited)
	<-stopped
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what the child left behind
	_ = out.SetReadDeadline(time.Now().Add(drain))
	<-read
	unwatch()
	<-watched
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func inBackground(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}

func end(group int, exited <-chan struct{}) {
	_ = syscall.Kill(-group, syscall.SIGTERM)
	select {
	case <-exited:
	case <-time.After(grace):
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
}

// readLines passes on every line, the beginning of a long one.
func readLines(r io.Reader, line func(string)) {
	in := bufio.NewReaderSize(r, maxLine)
	for {
		text, more, err := in.ReadLine()
		if err != nil {
			return
		}
		line(clean(text))
		for more && err == nil {
			_, more, err = in.ReadLine()
		}
	}
}
