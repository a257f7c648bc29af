package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// ended is the status of a job with these steps, a name and seconds each.
func ended(kind job.Kind, items int, steps map[string]int) *job.Status {
	status := &job.Status{Kind: kind, State: job.StateCompleted, Items: job.ItemCounts{Total: items}}
	for name, seconds := range steps {
		from, to := dawn, dawn.Add(time.Duration(seconds)*time.Second)
		status.Steps = append(status.Steps, job.Step{Name: name, State: job.StepCompleted, StartedAt: &from, FinishedAt: &to})
	}
	return status
}

func pastOf(t *testing.T, jobs ...*job.Status) *past {
	p := &past{}
	for _, status := range jobs {
		took, ok := tookOf(status)
		require.True(t, ok)
		p.jobs = append(p.jobs, took)
	}
	return p
}

func publishes(t *testing.T) *past {
	return pastOf(t,
		ended(job.KindPublish, 1, map[string]int{"fetch": 1, "build": 10, "check": 1}),
		ended(job.KindPublish, 1, map[string]int{"fetch": 1, "build": 12, "check": 2}),
		ended(job.KindPublish, 1, map[string]int{"fetch": 1, "build": 900, "check": 2}), // one that was out of order
		ended(job.KindPublish, 1, map[string]int{"fetch": 1, "build": 20, "check": 3}),
		ended(job.KindPublish, 1, map[string]int{"fetch": 1, "build": 14, "check": 2}),
	)
}

func stepAt(name string, state job.StepState, started time.Time) job.Step {
	return job.Step{Name: name, State: state, StartedAt: &started}
}

func TestWhenAJobWillEnd(t *testing.T) {
	t.Parallel()
	now := dawn.Add(5 * time.Second)
	status := &job.Status{Kind: job.KindPublish, Steps: []job.Step{
		stepAt("fetch", job.StepCompleted, dawn), stepAt("build", job.StepProcessing, dawn), {Name: "check", State: job.StepQueued},
	}}
	e := publishes(t).estimate(status, now)
	require.Equal(t, &job.Estimate{
		End: dawn.Add(16 * time.Second), Earliest: dawn.Add(14 * time.Second), Latest: dawn.Add(23 * time.Second), Jobs: 5,
	}, e, "one that was out of order moves nothing")

	// Half done after 40 s: its own pace (40 s more) counts as much as that no other took so long.
	status.Steps[1].Progress = &job.Progress{Done: 50, Total: 100}
	e = publishes(t).estimate(status, dawn.Add(40*time.Second))
	require.Equal(t, dawn.Add((40+20+2)*time.Second), e.End)

	status.Steps[1].Progress = nil
	require.Nil(t, publishes(t).estimate(status, dawn.Add(time.Hour)), "longer than ever")
	status.Steps = append(status.Steps, job.Step{Name: "external", State: job.StepQueued})
	require.Nil(t, publishes(t).estimate(status, now), "no other did this step")
	require.Nil(t, (*past)(nil).estimate(status, now))
	require.Nil(t, pastOf(t, ended(job.KindPublish, 1, nil), ended(job.KindPublish, 1, nil)).estimate(&job.Status{}, now), "too few")
}

func TestAnEstimateGrowsWithTheDocuments(t *testing.T) {
	t.Parallel()
	p := pastOf(t,
		ended(job.KindConvert, 10, map[string]int{"fetch": 2, "convert": 20}),
		ended(job.KindConvert, 100, map[string]int{"fetch": 2, "convert": 200}),
		ended(job.KindConvert, 1000, map[string]int{"fetch": 2, "convert": 2000}),
	)
	status := &job.Status{Kind: job.KindConvert, Steps: []job.Step{stepAt("fetch", job.StepCompleted, dawn), stepAt("convert", job.StepProcessing, dawn)}}
	require.Nil(t, p.estimate(status, dawn), "how many there are is not known")
	status.Items.Total = 300
	require.Equal(t, dawn.Add(600*time.Second), p.estimate(status, dawn).End)

	expected := p.expected(job.KindConvert)
	require.Equal(t, 602*time.Second, expected.UsualFor(300))
	require.Equal(t, 202*time.Second, expected.UsualFor(0), "as many as usual")
	require.Equal(t, (6+60+1800)*time.Second, expected.LimitFor(300))
}

func TestWhatIsExpectedLeavesRoom(t *testing.T) {
	t.Parallel()
	e := publishes(t).expected(job.KindPublish)
	require.Equal(t, 17*time.Second, e.UsualFor(0))
	require.Equal(t, time.Minute+903*time.Second*3/2, e.LimitFor(0), "it has taken so long before")
	require.Nil(t, (&past{}).expected(job.KindPublish))
	require.Nil(t, (*past)(nil).expected(job.KindPublish))
}

// What was not all done by the job itself says nothing about the next one.
func TestJobsThatDidLessDoNotCount(t *testing.T) {
	t.Parallel()
	reused := ended(job.KindPublish, 1, map[string]int{"fetch": 1})
	reused.Steps[0].Reused = true
	known := ended(job.KindConvert, 5, map[string]int{"fetch": 1})
	known.Items.Reused = 3
	skipped := ended(job.KindPublish, 1, map[string]int{"fetch": 1})
	skipped.Steps = append(skipped.Steps, job.Step{Name: "build", State: job.StepSkipped})
	for _, status := range []*job.Status{reused, known, skipped} {
		_, ok := tookOf(status)
		require.False(t, ok)
	}
}

func TestWhatGrowsWithTheItems(t *testing.T) {
	t.Parallel()
	growing := map[job.Kind][]string{}
	for kind, p := range pipelines {
		for _, s := range p.steps {
			if grows(kind, s.name) {
				growing[kind] = append(growing[kind], s.name)
			}
		}
	}
	require.Equal(t, map[job.Kind][]string{
		job.KindConvert: {"plan", "convert", "collect"}, job.KindResubmit: {"resubmit"},
	}, growing)
}
