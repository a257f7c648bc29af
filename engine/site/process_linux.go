package site

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup starts a child in a process group of its own, which the kernel
// asks to end when the parent's thread ends (see run); the child then ends its group.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// capMemory makes the kernel refuse memory far beyond the limit, for a child
// that asks for all at once. The room is for what Go reserves but does not use.
func capMemory(pid int, limit int64) {
	most := uint64(limit + limit/2 + 512<<20)
	_ = unix.Prlimit(pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most}, nil) // the measuring remains
}

// residentBytes is the memory in use by a process, from proc_pid_statm(5).
func residentBytes(_ context.Context, pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("memory of process %d: unexpected %q", pid, text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
