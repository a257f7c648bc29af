package job_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestSchedulesAreChecked(t *testing.T) {
	t.Parallel()
	probe := func() job.Submission { return job.Submission{Params: &job.Probe{Nonce: "a"}} }
	good := job.ScheduleSpec{Cron: " 0  3 * * 1-5 ", TimeZone: "Europe/Berlin", Submission: probe()}
	require.NoError(t, job.NormalizeSchedule("nightly", &good))
	require.Equal(t, "0 3 * * 1-5", good.Cron)
	require.Equal(t, job.DefaultPriority, good.Submission.Priority)

	forced := probe()
	forced.Force = true
	labels := probe()
	labels.Labels = strings.Split(strings.Repeat("a,", 20)+"b", ",")
	for name, c := range map[string]struct {
		name  string
		spec  job.ScheduleSpec
		field string
	}{
		"name":       {"Nightly.x", job.ScheduleSpec{Cron: "* * * * *", Submission: probe()}, "name"},
		"no cron":    {"a", job.ScheduleSpec{Submission: probe()}, "cron"},
		"seconds":    {"a", job.ScheduleSpec{Cron: "0 * * * * *", Submission: probe()}, "cron"},
		"zone":       {"a", job.ScheduleSpec{Cron: "* * * * *", TimeZone: "Mars/Base", Submission: probe()}, "time_zone"},
		"zone path":  {"a", job.ScheduleSpec{Cron: "* * * * *", TimeZone: "../../etc/passwd", Submission: probe()}, "time_zone"},
		"force":      {"a", job.ScheduleSpec{Cron: "* * * * *", Submission: forced}, "submission"},
		"labels":     {"a", job.ScheduleSpec{Cron: "* * * * *", Submission: labels}, "submission.labels"},
		"submission": {"a", job.ScheduleSpec{Cron: "* * * * *"}, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := job.NormalizeSchedule(c.name, &c.spec)
			var refused *job.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.field, refused.Faults[0].Field)
		})
	}
}
