package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// Result describes a finished build.
type Result struct {
	Generator Generator
	// Detection is what decided on the generator.
	Detection Detection
	// Pages counts the HTML files, Files all files, Bytes their size.
	Pages, Files int
	Bytes        int64
	// Duration is the time of the whole build.
	Duration time.Duration
	// Warnings are the generator's, at most 100.
	Warnings []string
	// Sources gives the source file of each built page, both relative, with
	// slashes ("guide/index.html": "content/guide.md"); nil for generators that
	// do not say so.
	Sources map[string]string
}

// Build builds the site. It returns *BuildError, *plain.DocumentErrors,
// *plain.LimitError or *NotASiteError for faults in the source,
// *EnvironmentError for a variable that may not be set, *LimitError for a
// limit, *CrashError if the generator died, ctx's cause if ctx ended, and
// other errors for trouble with the machine. After an error Output does not
// exist.
func Build(ctx context.Context, o BuildOptions) (*Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(o.Output); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("build a site: the output folder %s exists already", o.Output)
	}
	start := time.Now()
	s, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.permit(); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(o.Output), ".build-")
	if err != nil {
		return nil, fmt.Errorf("build a site: %w", err)
	}
	defer os.RemoveAll(temp)
	r, err := s.make(ctx, temp)
	if err != nil {
		return nil, err
	}
	r.Duration = time.Since(start)
	if err := os.Chmod(temp, 0o755); err != nil {
		return nil, fmt.Errorf("build a site: %w", err)
	}
	if err := os.Rename(temp, o.Output); err != nil {
		return nil, fmt.Errorf("build a site: %w", err)
	}
	return r, nil
}

// make makes the site in temp, within the limits.
func (s *setup) make(ctx context.Context, temp string) (*Result, error) {
	switch s.found.Generator {
	case Hugo:
		return s.generateChecked(ctx, temp)
	case Markdown:
		r, err := s.generate(ctx, temp)
		if err == nil {
			r.Sources = s.plainSources()
		}
		return r, err
	case Static:
		return s.copySite(ctx, temp)
	}
	return s.runCommand(ctx, temp)
}

// generateChecked runs Hugo into temp while two others say what it would read
// and which pages come from which files: a Hugo alone leaves processors idle. A
// site that would read what it may not is stopped. Without a sandbox it could
// read that all the same, and what it would read is looked at first.
func (s *setup) generateChecked(ctx context.Context, temp string) (*Result, error) {
	if s.o.Sandbox.Level() == sandbox.None {
		if err := s.checkMounts(ctx); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var refused error
	checked := inBackground(func() {
		if s.o.Sandbox.Level() == sandbox.None {
			return
		}
		if refused = s.checkMounts(ctx); refused != nil {
			stop(refused)
		}
	})
	var sources map[string]string
	var unknown error
	listed := inBackground(func() { sources, unknown = s.hugoSources(ctx) })
	r, err := s.generate(ctx, temp)
	<-checked
	if refused != nil || err != nil {
		stop(nil)
		<-listed
		return nil, cmp.Or(refused, err)
	}
	<-listed
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case unknown != nil:
		s.say("WARN Which files the pages were made from is not known: " + unknown.Error())
	}
	r.Sources = sources
	return r, nil
}

// generate runs Hugo into temp.
func (s *setup) generate(ctx context.Context, temp string) (*Result, error) {
	log, err := s.hugo(ctx, s.argv(temp), s.o.Log, temp)
	if err != nil {
		return nil, err
	}
	return s.result(ctx, temp, log.warnings)
}

// result measures the site.
func (s *setup) result(ctx context.Context, dir string, warnings []string) (*Result, error) {
	r := &Result{Generator: s.found.Generator, Detection: s.found, Warnings: warnings}
	if err := measure(ctx, dir, r); err != nil {
		return nil, fmt.Errorf("measure the site: %w", err)
	}
	return r, s.o.Limits.allow(r)
}

// hugo runs Hugo with a command line, within the limits; grows are folders
// that it writes to, beside the caches.
func (s *setup) hugo(ctx context.Context, argv []string, line func(string), grows ...string) (*buildLog, error) {
	limits := s.o.Limits
	policy, box := s.policy(grows), (func(*exec.Cmd) error)(nil)
	if s.o.Sandbox.Level() > sandbox.None {
		box = func(cmd *exec.Cmd) error { return s.o.Sandbox.Wrap(cmd, policy, s.external == "") }
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Time, &LimitError{"time", limits.Time.String()})
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for _, dir := range []string{"home", "tmp", "cache", "resources"} {
		grows = append(grows, filepath.Join(s.o.Work, dir))
	}
	log := &buildLog{forward: line, stop: stop, budget: limits.LogBytes}
	err := run(ctx, command{argv: argv, dir: s.site, env: s.environment(), box: box, line: log.add,
		started: func(ctx context.Context, pid int) {
			memory := inBackground(func() { watchMemory(ctx, pid, limits.MemoryBytes, stop) })
			watchOutput(ctx, limits, stop, grows...)
			<-memory
		}})
	if err != nil {
		return nil, s.failure(err, log)
	}
	return log, nil
}
