package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/job"
)

// followOptions are the flags of the benchmark follow.
type followOptions struct {
	rounds        int
	scale         float64
	json, profile string
}

// loads returns how many callers do how much in a round.
func (o *followOptions) loads(each ...int) []load {
	loads := []load{{1, each[0]}, {10, each[1]}, {mostInFlight, each[2]}}
	for i := range loads {
		loads[i].jobs = max(1, int(o.scale*float64(loads[i].jobs)))
	}
	return loads
}

// followReport is everything that the benchmark follow measured.
type followReport struct {
	Machine machine     `json:"machine"`
	Submits *jobsReport `json:"submissions"`
	Reads   *jobsReport `json:"reads"`
}

// runFollow measures how many submissions are taken a second while nothing else
// happens, and how many readers of one job that runs are answered.
func runFollow(ctx context.Context, args []string, out, complaints io.Writer) error {
	var o followOptions
	flags := flag.NewFlagSet("bench follow", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.IntVar(&o.rounds, "rounds", 5, "rounds of docjobs and plain SDK by turns")
	flags.Float64Var(&o.scale, "scale", 1, "how many times the usual number of requests in a round")
	flags.StringVar(&o.json, "json", "", "also write every figure to this `FILE`")
	flags.StringVar(&o.profile, "cpuprofile", "", "write a processor profile of the reads to this `FILE`")
	if err := parse(flags, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "docjobs-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &followReport{
		Machine: thisMachine(),
		Submits: newJobsReport(o.loads(100, 300, 500)), Reads: newJobsReport(o.loads(300, 1000, 3000)),
	}
	if err := r.measureSubmits(ctx, filepath.Join(dir, "submits"), o); err != nil {
		return err
	}
	if err := r.measureReads(ctx, filepath.Join(dir, "reads"), o); err != nil {
		return err
	}
	r.print(out)
	return writeJSON(o.json, r)
}

// measureSubmits has no worker, so that nothing but taking the work is measured.
func (r *followReport) measureSubmits(ctx context.Context, dir string, o followOptions) (err error) {
	s, err := startTemporal(ctx, dir, embedded.Tuned)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if _, err := s.acceptJobs(ctx, dir); err != nil {
		return err
	}
	if s.plain, err = s.dial(ctx, temporal.ConnectionOptions{}); err != nil {
		return err
	}
	systems := []contestant{
		{viaAPI, timed(func(ctx context.Context) error {
			_, err := s.jobs.Submit(ctx, job.Submission{Params: &job.Probe{Nonce: nonce()}})
			return err
		})},
		{plainTuned, timed(func(ctx context.Context) error {
			_, err := s.plain.ExecuteWorkflow(ctx, temporal.StartWorkflowOptions{TaskQueue: "nobody"}, plainSteps)
			return err
		})},
	}
	if err := warmUp(ctx, systems); err != nil {
		return err
	}
	return r.Submits.rounds(ctx, o.rounds, systems)
}

// measureReads reads a job that waits for an approval, and a workflow that waits.
func (r *followReport) measureReads(ctx context.Context, dir string, o followOptions) (err error) {
	s, err := startTemporal(ctx, dir, embedded.Tuned)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := errors.Join(s.servePlain(ctx), s.serveJobs(ctx, dir)); err != nil {
		return err
	}
	id, err := s.waitingJob(ctx, filepath.Join(dir, "docs"))
	if err != nil {
		return err
	}
	run, err := s.plain.ExecuteWorkflow(ctx, temporal.StartWorkflowOptions{TaskQueue: plainQueue}, plainWaiting)
	if err != nil {
		return err
	}
	systems := []contestant{
		{viaAPI, timed(func(ctx context.Context) error {
			status, err := s.jobs.Get(ctx, id, job.StatusQuery{})
			if err == nil && (status.State != job.StateAwaitingApproval || status.Stale) {
				err = fmt.Errorf("job %s is %s, stale: %v", id, status.State, status.Stale)
			}
			return err
		})},
		{plainTuned, timed(func(ctx context.Context) error {
			_, err := s.plain.QueryWorkflow(ctx, run.GetID(), run.GetRunID(), plainStatus)
			return err
		})},
	}
	if err := warmUp(ctx, systems); err != nil {
		return err
	}
	stop, err := profile(o.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return r.Reads.rounds(ctx, o.rounds, systems)
}

// plainStatus is the query of the yardstick.
const plainStatus = "status"

// plainWaiting is what anybody would write first for work that can be asked where it
// stands.
func plainWaiting(ctx workflow.Context) error {
	status := map[string]string{"state": "waiting"}
	if err := workflow.SetQueryHandler(ctx, plainStatus, func() (map[string]string, error) { return status, nil }); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

// waitingJob returns a job that waits for an approval, until the system stops.
func (s *system) waitingJob(ctx context.Context, docs string) (job.ID, error) {
	if err := writeCorpus(docs, 2); err != nil {
		return "", err
	}
	uploaded, err := s.upload(ctx, docs)
	if err != nil {
		return "", err
	}
	receipt, err := s.jobs.Submit(ctx, job.Submission{
		Params: &job.Publish{Source: job.Source{Upload: uploaded}, Target: siteTarget, Approve: true},
	})
	if err != nil {
		return "", err
	}
	for event, err := range s.jobs.Events(ctx, receipt.ID, job.EventQuery{Follow: true}) {
		if err != nil || event.State == job.StateAwaitingApproval {
			return receipt.ID, err
		}
	}
	return "", fmt.Errorf("job %s has ended without waiting for an approval", receipt.ID)
}

// timed times one request.
func timed(request func(context.Context) error) func(context.Context) (once, error) {
	return func(ctx context.Context) (once, error) {
		began := time.Now()
		err := request(ctx)
		took := time.Since(began)
		return once{submit: took, turnaround: took}, err
	}
}

// print writes the report as a table.
func (r *followReport) print(out io.Writer) {
	fmt.Fprintf(out, "%s/%s, %d processors, %s\n\n", r.Machine.OS, r.Machine.Arch, r.Machine.Processors, r.Machine.Go)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "what\tcallers\tsystem\ta second\tp50\tp99\tCPU each\tdocjobs : plain\t")
	for _, part := range []struct {
		what   string
		report *jobsReport
	}{{"submissions", r.Submits}, {"reads of one job", r.Reads}} {
		for _, result := range part.report.Results {
			ours, plain := result.Samples[viaAPI], result.Samples[plainTuned]
			shares := ratios(each(ours, throughput), each(plain, throughput))
			for _, name := range []string{viaAPI, plainTuned} {
				printRequests(table, part.what, result, name)
				if name == viaAPI {
					fmt.Fprintf(table, "%.2f (%.2f–%.2f)", median(shares), quantile(shares, 0), quantile(shares, 1))
				}
				fmt.Fprintln(table, "\t")
			}
		}
	}
	table.Flush()
	fmt.Fprintln(out, "\nTimes in milliseconds; a second and CPU are medians over the rounds, p50 and p99 over all requests.")
}

func printRequests(w io.Writer, what string, result result, name string) {
	var took []float64
	samples := result.Samples[name]
	for _, s := range samples {
		took = append(took, s.Turnarounds...)
	}
	fmt.Fprintf(w, "%s\t%d\t%s\t%.0f\t%.1f\t%.1f\t%.1f\t", what, result.InFlight, name,
		median(each(samples, throughput)), median(took), quantile(took, 0.99), median(each(samples, processor)))
}
