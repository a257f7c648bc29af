package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
)

// A report holds the figures of a size, by side and round.
type report struct {
	pages   int
	figures map[string][]round
}

func printMachine(out io.Writer, dir string) {
	fmt.Fprintf(out, "%s/%s, %d processors, %s, files in %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), dir)
}

func first(r round) figures  { return r.first }
func second(r round) figures { return r.second }

// print writes the report as two tables.
func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "\n%d pages; seconds, median (least) of %d rounds\n\n", r.pages, len(r.figures[byHand]))
	for _, part := range []struct {
		name string
		pick func(round) figures
	}{{"first publish", first}, {"one page changed", second}} {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(table, "%s\twall time\tprocessor\tmemory\tratio (range)\t\n", part.name)
		for _, name := range []string{byHand, submitted, oneGo} {
			if rounds := r.figures[name]; len(rounds) > 0 {
				r.line(table, name, rounds, part.pick)
			}
		}
		table.Flush()
		fmt.Fprintln(out)
		for _, name := range []string{byHand, submitted} {
			printSteps(out, name, r.figures[name], part.pick)
		}
		fmt.Fprintln(out)
	}
	last := r.figures[submitted][len(r.figures[submitted])-1]
	fmt.Fprintf(out, "docjobs wrote %d of %d files the first time, %d of %d the second\n",
		last.first.fresh, last.first.files, last.second.fresh, last.second.files)
}

// line is a side's line. The ratio is that of the wall times of the same round.
func (r *report) line(out io.Writer, name string, rounds []round, pick func(round) figures) {
	var wall, cpu []float64
	var memory []int64
	var ratios []float64
	for i, round := range rounds {
		f := pick(round)
		wall, cpu, memory = append(wall, f.wall.Seconds()), append(cpu, f.cpu.Seconds()), append(memory, f.memory)
		ratios = append(ratios, f.wall.Seconds()/pick(r.figures[byHand][i]).wall.Seconds())
	}
	fmt.Fprintf(out, "%s\t%.2f (%.2f)\t%.2f\t%d MB\t%.2f (%.2f–%.2f)\t\n", name, median(wall), least(wall),
		median(cpu), median(memory)/1e6, median(ratios), least(ratios), greatest(ratios))
}

// printSteps writes the medians of the steps.
func printSteps(out io.Writer, name string, rounds []round, pick func(round) figures) {
	fmt.Fprintf(out, "  %s:", name)
	for _, step := range pick(rounds[0]).names {
		var took []float64
		for _, round := range rounds {
			took = append(took, pick(round).steps[step].Seconds())
		}
		fmt.Fprintf(out, " %s %.2f", step, median(took))
	}
	fmt.Fprintln(out)
}

func least(values []float64) float64 {
	best := values[0]
	for _, v := range values {
		best = min(best, v)
	}
	return best
}

func greatest(values []float64) float64 {
	worst := values[0]
	for _, v := range values {
		worst = max(worst, v)
	}
	return worst
}
