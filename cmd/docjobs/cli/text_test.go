package cli

import (
	"encoding/json"
	"io"
	"math"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain, ünïcode, 日本語": "plain, ünïcode, 日本語",
		"two\nlines\tand tab": "two lines and tab",
		"windows\r\nline":     "windows line",
		"over\rwritten":       `over\x0dwritten`,
		"\x1b[2Jgone":         `\x1b[2Jgone`,
		"bell\x07 del\x7f":    `bell\x07 del\x7f`,
		"c1\u009b2J":          `c1\x9b2J`,
		"bad\xff\xfebytes":    `bad\xff\xfebytes`,
		"\u202egpj.exe":       `\u202egpj.exe`,
		"para\u2029graph":     `para\u2029graph`,
		"family 👩\u200d👧":     "family 👩\u200d👧",
	} {
		require.Equal(t, want, clean(in))
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b]0;x\x07\u009b\xff\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		out := clean(s)
		require.True(t, utf8.ValidString(out))
		for _, r := range out {
			require.False(t, unicode.IsControl(r), "%q", out)
		}
		require.Equal(t, out, clean(out), "cleaning twice changes nothing")
	})
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0 ms", 0: "0 ms", 999 * time.Millisecond: "999 ms", time.Second: "1.0 s", 9990 * time.Millisecond: "9.9 s",
		59 * time.Second: "59 s", time.Minute: "1 min 0 s", time.Hour - 1: "59 min 59 s", 26 * time.Hour: "1 d 2 h", 2*time.Hour + 5*time.Minute: "2 h 5 min",
	} {
		require.Equal(t, want, duration(d))
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 12_100_000: "12.1 MB", math.MaxInt64: "9.2 EB",
	} {
		require.Equal(t, want, size(n))
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]*job.Progress{
		"": nil, "3 of 5 files": {Done: 3, Total: 5, Unit: "files"}, "7 pages": {Done: 7, Unit: "pages"}, "2": {Done: 2},
		"1.5 kB of 2.0 kB": {Done: 1500, Total: 2000, Unit: "bytes"}, "1 B": {Done: 1, Unit: "bytes"},
	} {
		require.Equal(t, want, progress(p))
	}
}

func TestJSONKeepsItsValueWithoutControlCharacters(t *testing.T) {
	t.Parallel()
	in := map[string]string{"a": "\x1b[2J \u009b \x7f \u202e <&> \ufffd 日本 👧"}
	data, err := encode(in, false)
	require.NoError(t, err)
	for _, r := range string(data) {
		require.False(t, r != '\n' && unicode.IsControl(r) || r == '\u202e', "%q", data)
	}
	var out map[string]string
	require.NoError(t, json.Unmarshal(data, &out))
	require.Equal(t, in, out)
}

func TestTableAlignsWideAndPaintedCells(t *testing.T) {
	t.Parallel()
	var out writer
	p := &printer{w: &out, colors: true, zone: time.UTC}
	p.table(nil, [][]any{{"日本", "x"}, {painted{"a", red}, "y"}, {"\x1b", "z"}})
	require.Equal(t, "日本  x\n\x1b[31ma\x1b[0m     y\n\\x1b  z\n", string(out))
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) { *w = append(*w, p...); return len(p), nil }

func TestMoment(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("here", 3600)
	for in, want := range map[string]string{
		"2026-01-31": "2026-01-31T00:00:00+01:00", "2026-01-31T09:30": "2026-01-31T09:30:00+01:00", "2026-01-31T09:30:00Z": "2026-01-31T09:30:00Z",
	} {
		var got time.Time
		require.NoError(t, (&momentValue{&got, zone}).Set(in))
		require.Equal(t, want, got.Format(time.RFC3339))
	}
	for in, ago := range map[string]time.Duration{"24h": 24 * time.Hour, "90m": 90 * time.Minute} {
		var got time.Time
		require.NoError(t, (&momentValue{&got, zone}).Set(in))
		require.InDelta(t, ago.Seconds(), time.Since(got).Seconds(), 60)
	}
	for _, in := range []string{"", "yesterday", "-1h", "-3d", "99999999d"} {
		require.Error(t, (&momentValue{new(time.Time), zone}).Set(in), in)
	}
}

func TestStepNotes(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]job.Step{
		"254 pages":                                 {State: job.StepCompleted, Summary: "254 pages"},
		"254 pages, done by an earlier attempt":     {State: job.StepCompleted, Summary: "254 pages", Reused: true},
		"3 files, trying again: No space, try 2":    {State: job.StepProcessing, Try: 2, Progress: &job.Progress{Done: 3, Unit: "files"}, Error: &job.Error{Message: "No space"}},
		"Broken.":                                   {State: job.StepFailed, Error: &job.Error{Message: "Broken."}},
		"Broken, done by an earlier attempt, try 2": {State: job.StepFailed, Reused: true, Try: 2, Error: &job.Error{Message: "Broken."}},
		"2 broken links; the site was not released.": {State: job.StepFailed, Summary: "2 broken links",
			Error: &job.Error{Message: "2 broken links; the site was not released."}},
	} {
		require.Equal(t, want, stepNote(s))
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	p := &printer{w: io.Discard, zone: time.UTC}
	at := time.Date(2026, 9, 1, 12, 30, 15, 0, time.UTC)
	require.Empty(t, p.pace(nil))
	require.Empty(t, p.pace(&job.Progress{Done: 1, Total: 2, Unit: "documents"}))
	require.Equal(t, "1686 documents a minute, done about "+p.clock(at), p.pace(&job.Progress{Done: 8, Total: 9, Unit: "documents", PerMinute: 1686, Estimate: &at}))
}
