package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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

// mostMemory is the most memory, in bytes, that any one process of a command has
// had that was waited for.
func mostMemory(exit *exec.ExitError) int64 {
	usage, ok := exit.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}

// treeUsage is the memory of a process and all that it and its children have
// started, and how many threads these have, from proc_pid_stat(5). Pages that several share
// count for each of them.
func treeUsage(_ context.Context, root int) (bytes int64, count int, err error) {
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, 0, err
	}
	type process struct{ pages, threads int64 }
	all, children := map[int64]process{}, map[int64][]int64{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		if pid, parent, threads, pages, ok := parseStat(string(text)); ok {
			all[pid] = process{pages, threads}
			children[parent] = append(children[parent], pid)
		}
	}
	if _, there := all[int64(root)]; !there {
		return 0, 0, os.ErrProcessDone
	}
	for queue := []int64{int64(root)}; len(queue) > 0; queue = queue[1:] {
		count += int(all[queue[0]].threads)
		bytes += all[queue[0]].pages * int64(os.Getpagesize())
		queue = append(queue, children[queue[0]]...)
	}
	return bytes, count, nil
}

// parseStat reads the ID, the parent, the threads and the pages in memory. The name in it
// is the program's choice and may hold anything.
func parseStat(text string) (pid, parent, threads, pages int64, ok bool) {
	end := strings.LastIndexByte(text, ')')
	begin, _, found := strings.Cut(text, " (")
	if end < 0 || !found {
		return 0, 0, 0, 0, false
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 22 {
		return 0, 0, 0, 0, false
	}
	pid, err := strconv.ParseInt(begin, 10, 64)
	parent, err2 := strconv.ParseInt(fields[1], 10, 64)
	threads, err3 := strconv.ParseInt(fields[17], 10, 64)
	pages, err4 := strconv.ParseInt(fields[21], 10, 64)
	return pid, parent, threads, pages, errors.Join(err, err2, err3, err4) == nil
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
