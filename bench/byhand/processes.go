package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memoryInterval is how often memory is looked at.
const memoryInterval = 50 * time.Millisecond

// ticks is the unit of times in proc_pid_stat(5): USER_HZ, which is 100 on all
// that Linux runs on today.
const ticks = 100

// A process is a line of proc_pid_stat(5).
type process struct {
	parent int
	cpu    time.Duration // its own and that of children that have ended
	memory int64         // resident, bytes
}

// processes reads the list of all that run; where there is no /proc it is empty.
func processes() map[int]process {
	all := map[int]process{}
	names, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		before, after, _ := strings.Cut(string(text), " (")
		pid, err := strconv.Atoi(before)
		fields := strings.Fields(after[strings.LastIndexByte(after, ')')+1:])
		if err != nil || len(fields) < 22 {
			continue
		}
		number := func(i int) int64 { n, _ := strconv.ParseInt(fields[i], 10, 64); return n }
		all[pid] = process{
			parent: int(number(1)), memory: number(21) * int64(os.Getpagesize()),
			cpu: time.Duration(number(11)+number(12)+number(13)+number(14)) * time.Second / ticks,
		}
	}
	return all
}

// cpuOf is the processor time of a process and its children that have ended.
func cpuOf(pid int) time.Duration { return processes()[pid].cpu }

// memoryBelow is the memory of all processes that this one has started, and
// that these have started.
func memoryBelow() (sum int64) {
	all := processes()
	self := os.Getpid()
	for pid, p := range all {
		for up := p; pid != self && up.parent > 1; up = all[up.parent] {
			if up.parent == self {
				sum += p.memory
				break
			}
		}
	}
	return sum
}

// watchMemory watches until what it returns is called, which is the greatest
// sum in bytes.
func watchMemory() func() int64 {
	var greatest int64
	var watching sync.WaitGroup
	quit := make(chan struct{})
	watching.Go(func() {
		ticker := time.NewTicker(memoryInterval)
		defer ticker.Stop()
		for {
			greatest = max(greatest, memoryBelow())
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
		}
	})
	return func() int64 { close(quit); watching.Wait(); return greatest }
}
