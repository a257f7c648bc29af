package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/docjobs/docjobs/job"
)

// byHand publishes with the three tools. The folder of the web server, or the
// bucket, is empty the first time, and holds the first site the second time.
func (o *options) byHand(ctx context.Context, dir string, pages int) (round, error) {
	config := filepath.Join(dir, "htmltest.yml")
	if err := os.WriteFile(config, []byte("CheckExternal: false\nEnableCache: false\nEnableLog: false\n"), 0o600); err != nil {
		return round{}, err
	}
	live, public := filepath.Join(dir, "live"), filepath.Join(dir, "public")
	if err := os.Mkdir(live, 0o755); err != nil {
		return round{}, err
	}
	release, environ := []string{"cp", "-a", public + "/.", live}, os.Environ()
	if o.bucket {
		s, err := o.startStore(ctx, dir)
		if err != nil {
			return round{}, err
		}
		defer s.stop()
		environ = s.environ()
		release = []string{o.programs.aws, "s3", "sync", "--delete", "--only-show-errors", "--endpoint-url", s.url, public, "s3://" + bucketName + "/" + prefix}
	}
	return bothTimes(dir, pages, func(site string) (f figures, err error) {
		memory := watchMemory()
		defer func() { f.memory = memory() }()
		for _, step := range []struct {
			name string
			argv []string
		}{
			{"build", []string{o.programs.hugo, "--quiet", "--source", site, "--destination", public, "--baseURL", "http://localhost/"}},
			{"check", []string{o.programs.htmltest, "-c", config, public}},
			{"release", release},
		} {
			began := time.Now()
			cmd := exec.CommandContext(ctx, step.argv[0], step.argv[1:]...)
			cmd.Env = environ
			if said, err := cmd.CombinedOutput(); err != nil {
				return f, fmt.Errorf("%s: %w: %s", filepath.Base(step.argv[0]), err, said[max(0, len(said)-500):])
			}
			f.step(step.name, time.Since(began))
			f.wall += time.Since(began)
			f.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		return f, nil
	})
}

// submitted publishes with docjobs submit, on a server that runs already.
func (o *options) submitted(ctx context.Context, dir string, pages int) (r round, err error) {
	target, environ, flags := "local", os.Environ(), []string(nil)
	if o.bucket {
		s, err := o.startStore(ctx, dir)
		if err != nil {
			return r, err
		}
		defer s.stop()
		config, err := s.config(dir)
		if err != nil {
			return r, err
		}
		target, environ, flags = "docs", s.environ(), []string{"--config", config}
	}
	server, address, err := o.up(ctx, filepath.Join(dir, "data"), environ, flags...)
	if err != nil {
		return r, err
	}
	defer func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait() // what it was asked for is done
	}()
	return bothTimes(dir, pages, func(site string) (f figures, err error) {
		memory := watchMemory()
		defer func() { f.memory = memory() }()
		before := cpuOf(server.Process.Pid)
		began := time.Now()
		cmd := exec.CommandContext(ctx, o.programs.docjobs, "submit", "publish", site, "--target", target, "--wait", "--json", "--server", address)
		var said, complaints bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &complaints
		if err := cmd.Run(); err != nil {
			return f, fmt.Errorf("docjobs submit: %w: %s%s", err, complaints.Bytes(), said.Bytes())
		}
		f.wall = time.Since(began)
		f.cpu = cpuOf(server.Process.Pid) - before + cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		return f, f.read(said.Bytes())
	})
}

// oneCommand publishes with docjobs up --publish --exit: the server starts and
// ends with it.
func (o *options) oneCommand(ctx context.Context, dir string, pages int) (round, error) {
	return bothTimes(dir, pages, func(site string) (f figures, err error) {
		memory := watchMemory()
		defer func() { f.memory = memory() }()
		began := time.Now()
		cmd := exec.CommandContext(ctx, o.programs.docjobs, "up", "--publish", site, "--exit",
			"--data", filepath.Join(dir, "data"), "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0")
		if said, err := cmd.CombinedOutput(); err != nil {
			return f, fmt.Errorf("docjobs up: %w: %s", err, said[max(0, len(said)-2000):])
		}
		f.wall = time.Since(began)
		f.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		return f, nil
	})
}

// up starts docjobs up and returns the address of its API.
func (o *options) up(ctx context.Context, data string, environ []string, flags ...string) (*exec.Cmd, string, error) {
	cmd := exec.CommandContext(ctx, o.programs.docjobs, append(flags, "up", "--json", "--data", data,
		"--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0")...)
	cmd.Env, cmd.Stderr = environ, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	var at struct{ HTTP string }
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		_ = cmd.Process.Kill()
		return nil, "", fmt.Errorf("docjobs up does not say where it is: %w", err)
	}
	return cmd, at.HTTP, nil
}

// figures are what a publish took.
type figures struct {
	wall, cpu time.Duration
	memory    int64 // bytes
	steps     map[string]time.Duration
	names     []string // of the steps
	files     int      // of the site
	fresh     int      // of them, those that were written
}

func (f *figures) step(name string, took time.Duration) {
	if f.steps == nil {
		f.steps = map[string]time.Duration{}
	}
	f.steps[name] += took
	f.names = append(f.names, name)
}

// read takes the steps from the status of a job.
func (f *figures) read(status []byte) error {
	var s job.Status
	if err := json.Unmarshal(status, &s); err != nil {
		return fmt.Errorf("reading the job's status: %w", err)
	}
	if s.State != job.StateCompleted || s.Release == nil {
		return fmt.Errorf("job %s is %s", s.ID, s.State)
	}
	for _, step := range s.Steps {
		if step.StartedAt != nil && step.FinishedAt != nil {
			f.step(step.Name, step.FinishedAt.Sub(*step.StartedAt))
		}
	}
	f.files, f.fresh = s.Release.Files, s.Release.New
	return nil
}
