package job_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "5m": 5 * time.Minute, "36h": 36 * time.Hour, "14d": 14 * 24 * time.Hour, "2w": 14 * 24 * time.Hour,
	} {
		span, err := job.ParseSpan(text)
		require.NoError(t, err, text)
		require.Equal(t, want, span, text)
		again, err := job.ParseSpan(job.FormatSpan(span))
		require.NoError(t, err)
		require.Equal(t, span, again)
	}
	for _, text := range []string{"", "14", "d", "0d", "-1d", "1.5h", "1h30m", "14 d", "14D", "1y", "99999999999999999999d", "40000d"} {
		_, err := job.ParseSpan(text)
		require.Error(t, err, text)
	}
}

func FuzzParseSpan(f *testing.F) {
	f.Add("14d")
	f.Add("9223372036854775807w")
	f.Fuzz(func(t *testing.T, text string) {
		span, err := job.ParseSpan(text)
		if err == nil && (span <= 0 || span > 101*365*24*time.Hour) {
			t.Errorf("%q is %s", text, span)
		}
	})
}

func TestTheOutcomeOfAnExpiredJob(t *testing.T) {
	t.Parallel()
	s := job.Status{State: job.StateFailed, Transitions: []job.Transition{{State: job.StateProcessing}, {State: job.StateFailed}}}
	require.Equal(t, job.StateFailed, s.Outcome())
	s.State = job.StateExpired
	s.Transitions = append(s.Transitions, job.Transition{State: job.StateExpired})
	require.Equal(t, job.StateFailed, s.Outcome())
	require.True(t, s.State.Repeatable())
	gone := job.Gone(&s)
	require.Contains(t, gone.Message, "ended as failed")
	s.Archive = &job.Archived{Name: "vault", State: job.ArchiveStored, Location: "file:///vault/x.zip"}
	require.Contains(t, job.Gone(&s).Hint, "file:///vault/x.zip")
	s.ID = "convert-3f9k2m7qx1ab4c5d.b01"
	require.Contains(t, job.Gone(&s).Hint, "docjobs resubmit convert-3f9k2m7qx1ab4c5d`")
}
