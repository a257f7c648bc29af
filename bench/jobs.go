package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/job"
)

// mostInFlight is the heaviest load.
const mostInFlight = 100

// The systems that are compared.
const (
	viaAPI     = "docjobs"         // our API, workflows and worker on the tuned server
	plainTuned = "plain SDK"       // three empty activities on the same server
	plainStock = "plain SDK stock" // the same on a server with its own settings
)

// jobsOptions are the flags of the benchmark jobs.
type jobsOptions struct {
	rounds, stockRounds int
	scale               float64
	only                string
	json, profile       string
}

func (o *jobsOptions) loads() []load {
	loads := []load{{1, 40}, {10, 80}, {mostInFlight, 200}}
	for i := range loads {
		loads[i].jobs = max(1, int(o.scale*float64(loads[i].jobs)))
	}
	return loads
}

// runJobs measures what a job of three empty steps costs.
func runJobs(ctx context.Context, args []string, out, complaints io.Writer) error {
	var o jobsOptions
	flags := flag.NewFlagSet("bench jobs", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.IntVar(&o.rounds, "rounds", 7, "rounds of docjobs and plain SDK by turns")
	flags.IntVar(&o.stockRounds, "stock-rounds", 3, "rounds on a server with stock settings; 0 leaves it out")
	flags.Float64Var(&o.scale, "scale", 1, "how many times the usual number of jobs in a round")
	flags.StringVar(&o.json, "json", "", "also write every figure to this `FILE`")
	flags.StringVar(&o.profile, "cpuprofile", "", "write a processor profile of the tuned rounds to this `FILE`")
	flags.StringVar(&o.only, "only", "", "measure only this `SYSTEM` on the tuned server: docjobs or plain (for profiles)")
	if err := parse(flags, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "docjobs-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := newJobsReport(o.loads())
	if err := r.measureTuned(ctx, filepath.Join(dir, "tuned"), o); err != nil {
		return err
	}
	if o.stockRounds > 0 && o.only == "" {
		if err := r.measureStock(ctx, filepath.Join(dir, "stock"), o); err != nil {
			return err
		}
	}
	r.print(out)
	return writeJSON(o.json, r)
}

// measureTuned measures docjobs and the yardstick by turns on one server.
func (r *jobsReport) measureTuned(ctx context.Context, dir string, o jobsOptions) (err error) {
	s, err := startTemporal(ctx, dir, embedded.Tuned)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := errors.Join(s.servePlain(ctx), s.serveJobs(ctx, dir)); err != nil {
		return err
	}
	systems := []contestant{{viaAPI, s.doJob}, {plainTuned, s.doPlain}}
	if o.only == "docjobs" {
		systems = systems[:1]
	} else if o.only == "plain" {
		systems = systems[1:]
	}
	if err := warmUp(ctx, systems); err != nil {
		return err
	}
	stop, err := profile(o.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return r.rounds(ctx, o.rounds, systems)
}

// measureStock measures the yardstick on a server with stock settings.
func (r *jobsReport) measureStock(ctx context.Context, dir string, o jobsOptions) (err error) {
	s, err := startTemporal(ctx, dir, embedded.Stock)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.servePlain(ctx); err != nil {
		return err
	}
	systems := []contestant{{plainStock, s.doPlain}}
	if err := warmUp(ctx, systems); err != nil {
		return err
	}
	return r.rounds(ctx, o.stockRounds, systems)
}

// A contestant is a way to do one job.
type contestant struct {
	name string
	do   func(context.Context) (once, error)
}

// warmUp fills caches and opens task queues.
func warmUp(ctx context.Context, systems []contestant) error {
	for _, s := range systems {
		if _, err := (load{10, 30}).apply(ctx, s.do); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// rounds lets the contestants do every load, who begins changing every round.
func (r *jobsReport) rounds(ctx context.Context, n int, systems []contestant) error {
	for round := range n {
		for i, l := range r.loads {
			for j := range systems {
				s := systems[(j+round)%len(systems)]
				measured, err := l.apply(ctx, s.do)
				if err != nil {
					return fmt.Errorf("%s: %w", s.name, err)
				}
				r.Results[i].Samples[s.name] = append(r.Results[i].Samples[s.name], measured)
			}
		}
	}
	return nil
}

// doJob submits a probe job through the API and waits for its end.
func (s *system) doJob(ctx context.Context) (o once, err error) {
	began := time.Now()
	receipt, err := s.jobs.Submit(ctx, job.Submission{Params: &job.Probe{Nonce: nonce()}})
	if err != nil {
		return o, err
	}
	o.submit = time.Since(began)
	status, err := s.jobs.Get(ctx, receipt.ID, job.StatusQuery{Wait: job.MaxWait})
	if err != nil {
		return o, err
	}
	o.turnaround = time.Since(began)
	if status.State != job.StateCompleted {
		return o, fmt.Errorf("job %s is %s, not completed: %w", status.ID, status.State, errors.Join(errorOf(status)))
	}
	return o, nil
}

// errorOf returns the job's error as an error, nil if there is none.
func errorOf(s *job.Status) error {
	if s.Error == nil {
		return nil
	}
	return s.Error
}

// profile records a processor profile until stop is called; "" records none.
func profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error { pprof.StopCPUProfile(); return file.Close() }, nil
}
