//go:build unix && !linux

package site

import (
	"bytes"
	"context"
	"os/exec"
	"strconv"
	"syscall"
)

// ownGroup starts a child in a process group of its own. That it ends with
// its parent is up to the pipe on its standard input.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// capMemory does nothing: only Linux can limit another process.
func capMemory(int, int64) {}

// mostMemory says nothing: the number has another unit on each platform.
func mostMemory(*exec.ExitError) int64 { return 0 }

// treeUsage is the memory of a process alone: what it starts is counted on
// Linux only.
func treeUsage(ctx context.Context, pid int) (bytes int64, count int, err error) {
	bytes, err = residentBytes(ctx, pid)
	return bytes, 1, err
}

// residentBytes is the memory in use by a process, from ps(1), which is the
// way that needs neither C nor special rights.
func residentBytes(ctx context.Context, pid int) (int64, error) {
	text, err := exec.CommandContext(ctx, "/bin/ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, err
	}
	kilobytes, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return kilobytes << 10, err
}
