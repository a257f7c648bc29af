package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"text/tabwriter"
)

// nonce makes a job unlike any other.
func nonce() string { return rand.Text() }

// A machine is where figures come from.
type machine struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	Processors int    `json:"processors"`
	Go         string `json:"go"`
}

func thisMachine() machine {
	return machine{runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version()}
}

// jobsReport is everything that the benchmark jobs measured.
type jobsReport struct {
	Machine machine  `json:"machine"`
	Results []result `json:"results"`

	loads []load
}

// A result holds the samples of every system under one load, round by round.
type result struct {
	InFlight int                 `json:"in_flight"`
	Jobs     int                 `json:"jobs_per_round"`
	Samples  map[string][]sample `json:"samples"`
}

func newJobsReport(loads []load) *jobsReport {
	r := &jobsReport{Machine: thisMachine(), loads: loads}
	for _, l := range loads {
		r.Results = append(r.Results, result{l.inFlight, l.jobs, map[string][]sample{}})
	}
	return r
}

// The figures of a sample.
func turnaround(s sample) float64 { return median(s.Turnarounds) }
func throughput(s sample) float64 { return s.Throughput }
func processor(s sample) float64  { return s.CPU }

// print writes the report as tables.
func (r *jobsReport) print(out io.Writer) {
	fmt.Fprintf(out, "%s/%s, %d processors, %s\n\n", r.Machine.OS, r.Machine.Arch, r.Machine.Processors, r.Machine.Go)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "in flight\tsystem\tsubmit p50\tsubmit p99\tturnaround p50\tturnaround p99\tjobs/s\tCPU/job\t")
	for _, result := range r.Results {
		for _, name := range []string{viaAPI, plainTuned, plainStock} {
			if samples := result.Samples[name]; len(samples) > 0 {
				printSystem(table, result.InFlight, name, samples)
			}
		}
	}
	table.Flush()
	fmt.Fprintln(out, "\nTimes in milliseconds; turnaround p50, jobs/s and CPU/job are medians over the rounds, the others over all jobs.")
	r.printRatios(out)
}

func printSystem(w io.Writer, inFlight int, name string, samples []sample) {
	var submits, turnarounds []float64
	for _, s := range samples {
		submits = append(submits, s.Submits...)
		turnarounds = append(turnarounds, s.Turnarounds...)
	}
	fmt.Fprintf(w, "%d\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", inFlight, name,
		median(submits), quantile(submits, 0.99), median(each(samples, turnaround)), quantile(turnarounds, 0.99),
		median(each(samples, throughput)), median(each(samples, processor)))
}

// printRatios writes how docjobs compares.
func (r *jobsReport) printRatios(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nin flight\tratio\tmedian\tlowest\thighest\t")
	for _, result := range r.Results {
		ours, plain, stock := result.Samples[viaAPI], result.Samples[plainTuned], result.Samples[plainStock]
		row := func(name string, values []float64) {
			if len(values) > 0 {
				fmt.Fprintf(table, "%d\t%s\t%.2f\t%.2f\t%.2f\t\n", result.InFlight, name, median(values), quantile(values, 0), quantile(values, 1))
			}
		}
		row("turnaround, docjobs : plain", ratios(each(ours, turnaround), each(plain, turnaround)))
		row("throughput, docjobs : plain", ratios(each(ours, throughput), each(plain, throughput)))
		row("CPU, docjobs : plain", ratios(each(ours, processor), each(plain, processor)))
		row("turnaround, stock plain : docjobs", ratios(each(stock, turnaround), each(ours, turnaround)))
	}
	table.Flush()
}

// writeJSON writes a report to a file; "" is none.
func writeJSON(path string, report any) error {
	if path == "" {
		return nil
	}
	content, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}
