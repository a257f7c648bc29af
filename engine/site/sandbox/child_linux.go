package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// probing is what a child is asked to become that only tries whether it can.
const probing = "probe"

// Exit codes of [Child], beside the program's own.
const (
	// CannotEnter: the process could not be shut in and nothing was run.
	CannotEnter = 125
	// CannotRun: the program is not there or cannot be run.
	CannotRun = 127
	// Signalled plus the number of the signal: the program was killed by it.
	Signalled = 128
	// OutOfMemory: the program failed after one of its processes had used more
	// than [Policy.Memory]. It is above every signal.
	OutOfMemory = 200
)

// Child shuts this process in and runs the program that its arguments name. It
// returns the program's exit code. When its standard input ends, its parent is
// gone and it ends, and with it everything that the program has started.
func Child() int {
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(1) }()
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() { <-terminated; os.Exit(Signalled + int(syscall.SIGTERM)) }()
	argv := os.Args[2:]
	p, err := obey()
	if err != nil {
		fmt.Fprintln(os.Stderr, "ERROR "+err.Error())
		return CannotEnter
	}
	if len(argv) == 0 || argv[0] == probing {
		return 0
	}
	return become(argv, p.Memory)
}

// become runs the program and takes care of the processes that lose their
// parent until it ends. Whether one of its processes has used more than memory,
// in bytes, is known for certain only here, of what the kernel has counted.
func become(argv []string, memory int64) int {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, "ERROR "+err.Error())
		return CannotRun
	}
	// Without a PID namespace they would go to a parent outside.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	null, err := os.Open(os.DevNull)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ERROR "+err.Error())
		return CannotRun
	}
	pid, err := syscall.ForkExec(path, argv, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{null.Fd(), 1, 2}})
	if err != nil {
		fmt.Fprintf(os.Stderr, "ERROR run %s: %s\n", path, err)
		return CannotRun
	}
	for {
		var status syscall.WaitStatus
		var usage syscall.Rusage
		ended, err := syscall.Wait4(-1, &status, 0, &usage)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			fmt.Fprintln(os.Stderr, "ERROR wait for the program: "+err.Error())
			return CannotRun
		case ended == pid && status != 0 && memory > 0 && usage.Maxrss<<10 > memory:
			return OutOfMemory
		case ended == pid && status.Signaled():
			return Signalled + int(status.Signal())
		case ended == pid:
			return status.ExitStatus()
		}
	}
}
