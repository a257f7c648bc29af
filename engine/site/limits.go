package site

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	memoryInterval = 100 * time.Millisecond
	outputInterval = 500 * time.Millisecond
	// A check rests long where it takes long, so as not to slow down the build. One
	// of memory does not rest longer than this, or a build whose machine is busy
	// could use any amount meanwhile.
	memoryRest = time.Second
	outputRest = 5 * time.Minute
)

// watchMemory stops a child that uses more memory than the limit. A child
// that cannot be measured any more has ended.
func watchMemory(ctx context.Context, pid int, limit int64, stop func(error)) {
	if limit <= 0 {
		return
	}
	capMemory(pid, limit)
	every(ctx, memoryInterval, memoryRest, func() {
		if used, err := residentBytes(ctx, pid); err == nil && used > limit {
			stop(&LimitError{"memory", inBytes(limit)})
		}
	})
}

// watchOutput stops a build whose folders grow beyond the limit.
func watchOutput(ctx context.Context, limits Limits, stop func(error), dirs ...string) {
	every(ctx, outputInterval, outputRest, func() {
		var all Result
		for _, dir := range dirs {
			_ = measure(ctx, dir, &all) // what cannot be read now is measured later
		}
		if err := limits.allow(&all); err != nil {
			stop(err)
		}
	})
}

// allow returns the limit that r is beyond, or nil.
func (l Limits) allow(r *Result) error {
	switch {
	case r.Bytes > l.OutputBytes:
		return tooLarge(l.OutputBytes)
	case r.Files > l.Files:
		return &LimitError{"files", strconv.Itoa(l.Files)}
	}
	return nil
}

// watchTree stops a command whose processes use more memory together, or are
// more, than the limits.
func watchTree(ctx context.Context, pid int, limits Limits, stop func(error)) {
	if limits.MemoryBytes > 0 {
		capMemory(pid, limits.MemoryBytes)
	}
	every(ctx, memoryInterval, memoryRest, func() {
		used, count, err := treeUsage(ctx, pid)
		switch {
		case err != nil: // it has ended
		case limits.MemoryBytes > 0 && used > limits.MemoryBytes:
			stop(&LimitError{"memory", inBytes(limits.MemoryBytes)})
		case int64(count) > limits.Processes:
			stop(&LimitError{"processes", strconv.FormatInt(limits.Processes, 10)})
		}
	})
}

// every calls check until ctx ends, and rests in between at least interval, and ten
// times as long as a check takes, but at most longest.
func every(ctx context.Context, interval, longest time.Duration, check func()) {
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			start := time.Now()
			check()
			timer.Reset(min(max(interval, 10*time.Since(start)), longest))
		}
	}
}

func tooLarge(limit int64) *LimitError { return &LimitError{"output", inBytes(limit)} }

// measure adds what is in dir to r; files may come and go meanwhile.
func measure(ctx context.Context, dir string, r *Result) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Files++
		r.Bytes += info.Size() // of links, too: they are found where the site is taken
		if ext := filepath.Ext(name); ext == ".html" || ext == ".htm" {
			r.Pages++
		}
		return nil
	})
}
