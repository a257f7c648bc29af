package main

import (
	"context"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// once are the times of one job.
type once struct {
	submit     time.Duration // until it was accepted
	turnaround time.Duration // until its end was known
}

// A load is how many jobs are kept in flight, and how many are done in a
// round.
type load struct {
	inFlight, jobs int
}

// A sample is one measurement of one system under one load.
type sample struct {
	Submits     []float64 `json:"submit_ms"`
	Turnarounds []float64 `json:"turnaround_ms"`
	Throughput  float64   `json:"jobs_per_s"`
	CPU         float64   `json:"cpu_ms_per_job"` // of this whole process: client, API, worker, server
}

// apply does as many jobs as the load says.
func (l load) apply(ctx context.Context, do func(context.Context) (once, error)) (sample, error) {
	results := make([]once, l.jobs)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(l.inFlight)
	began, used := time.Now(), processorTime()
	for i := range results {
		group.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				results[i], err = do(ctx)
			}
			return err
		})
	}
	err := group.Wait()
	took, used := time.Since(began), processorTime()-used
	s := sample{Throughput: float64(l.jobs) / took.Seconds(), CPU: ms(used) / float64(l.jobs)}
	for _, r := range results {
		s.Submits = append(s.Submits, ms(r.submit))
		s.Turnarounds = append(s.Turnarounds, ms(r.turnaround))
	}
	return s, err
}

// processorTime is the time that this process has kept processors busy.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quantile returns the smallest value that a share q of the values does not
// exceed (nearest rank), 0 of no values.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(q*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// each picks a figure out of each sample.
func each(samples []sample, pick func(sample) float64) []float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, pick(s))
	}
	return values
}

// ratios divides round by round.
func ratios(a, b []float64) []float64 {
	var out []float64
	for i := range min(len(a), len(b)) {
		out = append(out, a[i]/b[i])
	}
	return out
}
