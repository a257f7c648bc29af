package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	later = noon.Add(90 * time.Second)
)

// text returns what f prints.
func text(f func(p *printer)) string {
	var out writer
	f(&printer{w: &out, zone: time.FixedZone("here", 3600)})
	return string(out)
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for want, st := range map[string]job.Status{
		`publish-x completed after 1 min 30 s.
254 files, 12.1 MB, on target local: http://127.0.0.1:8420/sites/local/
`: {State: job.StateCompleted, Release: &job.Release{Target: "local", URL: "http://127.0.0.1:8420/sites/local/", Files: 254, Bytes: 12_100_000}},
		`publish-x partial after 1 min 30 s: 3 of 40 documents failed.
See docjobs items publish-x --state failed.
`: {State: job.StatePartial, Items: job.ItemCounts{Total: 40, Failed: 3}},
		`publish-x cancelled after 1 min 30 s: Cancelled by ada: wrong branch.
`: {State: job.StateCancelled, Error: &job.Error{Message: "Cancelled by ada: wrong branch.", JobID: "publish-x"}},
		`publish-x failed after 1 min 30 s: Hugo found an error.
  first \x1b[2J
  second
  at    a.md:3
  hint  Mend it.
  log   docjobs logs publish-x --step build
`: {State: job.StateFailed, Error: &job.Error{Message: "Hugo found an error.", File: "a.md", Line: 3, Hint: "Mend it.", Step: "build", Detail: "first \x1b[2J\r\nsecond\n"}},
	} {
		st.ID, st.CreatedAt, st.FinishedAt = "publish-x", noon, &later
		require.Equal(t, want, text(func(p *printer) { p.outcome(&st) }))
	}
}

func TestDetailIsCutShort(t *testing.T) {
	t.Parallel()
	out := text(func(p *printer) { p.detail(strings.Repeat("line\n", 100)) })
	require.Equal(t, maxDetail+1, strings.Count(out, "\n"))
	require.True(t, strings.HasSuffix(out, "…\n"))
}

func TestStatusOfAPublish(t *testing.T) {
	t.Parallel()
	started, ended := noon.Add(time.Second), noon.Add(3*time.Second)
	st := job.Status{
		ID: "publish-x", State: job.StateProcessing, Attempt: 2, Summary: "Publish upload abc to local", Submitter: "ada", CreatedAt: noon,
		Stale: true, StaleReason: "No worker answers.", StalledAt: &ended,
		Estimate: &job.Estimate{End: later, Earliest: ended, Latest: later.Add(time.Minute), Jobs: 12},
		Release:  &job.Release{ID: "r1", Target: "local", Files: 1, Bytes: 10, URL: "http://site/"},
		Steps: []job.Step{
			{Name: "fetch", State: job.StepCompleted, StartedAt: &started, FinishedAt: &ended, Summary: "254 files"},
			{Name: "build", State: job.StepProcessing, StartedAt: &ended, Progress: &job.Progress{Done: 3, Total: 9, Unit: "pages"}},
			{Name: "check", State: job.StepQueued},
		},
	}
	require.Equal(t, `publish-x  processing  attempt 2
This is the last that is known: No worker answers.
what       Publish upload abc to local
submitted  2026-03-01 13:00:00 by ada
running    for 1 min 30 s
ends       about 2026-03-01 13:01:30 (13:00:03 to 13:02:30), going by 12 jobs like it
stalled    since 2026-03-01 13:00:03 it takes longer than jobs like it
release    r1 on target local, 1 file, 10 B
site       http://site/

STEP   STATE       TIME
fetch  completed   2.0 s       254 files
build  processing  1 min 27 s  3 of 9 pages
check  queued
`, text(func(p *printer) { p.status(&st, later) }))
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]job.Event{
		"13:00:00  build started\n":                       {Type: job.EventStepStarted, Step: "build"},
		"13:00:00  build completed  254 pages\n":          {Type: job.EventStepCompleted, Step: "build", Message: "254 pages"},
		"13:00:00  build failed  a.md:3: Broken.\n":       {Type: job.EventStepFailed, Step: "build", Error: &job.Error{Message: "Broken.", File: "a.md", Line: 3}},
		"13:00:00  build cancelled\n":                     {Type: job.EventStepCancelled, Step: "build"},
		"13:00:00  released  local, http://site/\n":       {Type: job.EventReleased, Release: &job.Release{Target: "local", URL: "http://site/"}},
		"13:00:00  stalled  At work for 5 min.\n":         {Type: job.EventStalled, Message: "At work for 5 min."},
		"13:00:00  result expires  Tomorrow.\n":           {Type: job.EventExpiring, Message: "Tomorrow."},
		"13:00:00  job completed\n":                       {Type: "job.completed", State: job.StateCompleted},
		"13:00:00  something.new  \\x1b[2J of tomorrow\n": {Type: "something.new", Message: "\x1b[2J of tomorrow"},
	} {
		e.At = noon
		require.Equal(t, want, text(func(p *printer) { p.event(e) }))
	}
}
