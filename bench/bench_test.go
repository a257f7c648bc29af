package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// TestMain is also the program that builds the sites.
func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child())
	}
	if hugo.IsChild() {
		os.Exit(hugo.Child())
	}
	os.Exit(m.Run())
}

// bench runs a benchmark and returns its tables and what it wrote with -json.
func bench(t *testing.T, report any, args ...string) string {
	t.Helper()
	var out, complaints bytes.Buffer
	file := filepath.Join(t.TempDir(), "report.json")
	require.Zero(t, run(t.Context(), append(args, "-json", file), &out, &complaints), "%s", &complaints)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, report))
	return out.String()
}

func TestJobs(t *testing.T) {
	var report jobsReport
	tables := bench(t, &report, "jobs", "-rounds", "1", "-stock-rounds", "1", "-scale", "0.02")
	require.Contains(t, tables, "turnaround, docjobs : plain")
	require.Len(t, report.Results, 3)
	for _, result := range report.Results {
		for _, name := range []string{viaAPI, plainTuned, plainStock} {
			samples := result.Samples[name]
			require.Len(t, samples, 1, name)
			require.Len(t, samples[0].Turnarounds, result.Jobs)
			for i, took := range samples[0].Turnarounds {
				require.Greater(t, took, samples[0].Submits[i], "a job ends after it was accepted")
			}
		}
	}
}

func TestFollow(t *testing.T) {
	var report followReport
	tables := bench(t, &report, "follow", "-rounds", "1", "-scale", "0.02")
	require.Contains(t, tables, "reads of one job")
	for _, part := range []*jobsReport{report.Submits, report.Reads} {
		require.Len(t, part.Results, 3)
		for _, result := range part.Results {
			for _, name := range []string{viaAPI, plainTuned} {
				require.Len(t, result.Samples[name], 1, name)
				require.Len(t, result.Samples[name][0].Turnarounds, result.Jobs)
			}
		}
	}
}

func TestPublish(t *testing.T) {
	var report publishReport
	tables := bench(t, &report, "publish", "-pages", "60", "-rounds", "1")
	require.Contains(t, tables, "Hugo alone")
	require.Len(t, report.Rounds, 1)
	round := report.Rounds[0]
	require.Positive(t, round.Hugo)
	for _, p := range []published{round.First, round.Second} {
		require.GreaterOrEqual(t, p.Files, 60)
		require.Len(t, p.Steps, 5)
		for name, took := range p.Steps {
			require.Positive(t, took, name)
			require.Less(t, took, p.Job, name)
		}
	}
	require.Equal(t, round.First.Files, round.Second.Files)
	require.Less(t, round.Second.New, round.First.New, "what did not change is there already")
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"sites"}, {"jobs", "-nonsense"}, {"jobs", "more"}, {"publish", "-pages", "many"}} {
		var out, complaints bytes.Buffer
		require.Equal(t, 2, run(t.Context(), args, &out, &complaints), args)
		require.Empty(t, out.String())
		require.NotEmpty(t, complaints.String())
	}
}
