package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/calendar"
)

func window(t testing.TB, s calendar.Spec) calendar.Window {
	t.Helper()
	w, err := calendar.Parse(s)
	require.NoError(t, err)
	return w
}

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWindows(t *testing.T) {
	t.Parallel()
	weekend := calendar.Spec{Name: "weekend", Weekly: "Fri 16:00 - Mon 06:00", Zone: "Europe/Berlin"}
	night := calendar.Spec{Name: "night", Weekly: "Sat 22:00-Sat 23:30"}
	holidays := calendar.Spec{Name: "holidays", From: "2026-12-20 18:00", To: "2027-01-02", Zone: "America/New_York"}
	for name, c := range map[string]struct {
		spec        calendar.Spec
		now, change string
		open        bool
	}{
		"before the weekend":       {weekend, "2026-11-27T14:59:59Z", "2026-11-27T15:00:00Z", false},
		"the weekend begins":       {weekend, "2026-11-27T15:00:00Z", "2026-11-30T05:00:00Z", true},
		"on Sunday":                {weekend, "2026-11-29T12:00:00Z", "2026-11-30T05:00:00Z", true},
		"the weekend is over":      {weekend, "2026-11-30T05:00:00Z", "2026-12-04T15:00:00Z", false},
		"clocks go forward":        {weekend, "2026-03-27T20:00:00Z", "2026-03-30T04:00:00Z", true},
		"before the night":         {night, "2026-11-28T21:00:00Z", "2026-11-28T22:00:00Z", false},
		"in the night":             {night, "2026-11-28T23:29:00Z", "2026-11-28T23:30:00Z", true},
		"after the night":          {night, "2026-11-28T23:30:00Z", "2026-12-05T22:00:00Z", false},
		"before the holidays":      {holidays, "2026-12-20T22:59:00Z", "2026-12-20T23:00:00Z", false},
		"the last day counts too":  {holidays, "2027-01-03T04:59:00Z", "2027-01-03T05:00:00Z", true},
		"holidays never come back": {holidays, "2027-01-03T05:00:00Z", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open, change := window(t, c.spec).At(moment(c.now))
			require.Equal(t, c.open, open)
			if c.change == "" {
				require.True(t, change.IsZero())
				return
			}
			require.Equal(t, c.change, change.UTC().Format(time.RFC3339))
		})
	}
}

func TestWindowsThatTouchAreOne(t *testing.T) {
	t.Parallel()
	c := calendar.Calendar{
		window(t, calendar.Spec{Name: "a", From: "2026-12-20", To: "2026-12-24"}),
		window(t, calendar.Spec{Name: "b", From: "2026-12-25", To: "2026-12-26"}),
		window(t, calendar.Spec{Name: "c", From: "2026-12-26", To: "2026-12-28"}),
	}
	name, change := c.At(moment("2026-12-21T00:00:00Z"))
	require.Equal(t, "a", name)
	require.Equal(t, moment("2026-12-29T00:00:00Z"), change.UTC())
	name, change = c.At(moment("2026-12-01T00:00:00Z"))
	require.Empty(t, name)
	require.Equal(t, moment("2026-12-20T00:00:00Z"), change.UTC())
	name, change = calendar.Calendar{}.At(time.Now())
	require.Empty(t, name)
	require.True(t, change.IsZero())

	always := calendar.Calendar{
		window(t, calendar.Spec{Name: "x", Weekly: "Mon 00:00 - Thu 00:00"}),
		window(t, calendar.Spec{Name: "y", Weekly: "Thu 00:00 - Mon 00:00"}),
	}
	name, _ = always.At(moment("2026-12-01T00:00:00Z"))
	require.NotEmpty(t, name, "windows without an end are open, and found out in a bounded time")
}

func TestRefusedWindows(t *testing.T) {
	t.Parallel()
	for words, s := range map[string]calendar.Spec{
		"no name":                {Weekly: "Fri 16:00 - Mon 06:00"},
		"not a time zone":        {Name: "x", Weekly: "Fri 16:00 - Mon 06:00", Zone: "Mars/Olympus"},
		"give one of them":       {Name: "x", Weekly: "Fri 16:00 - Mon 06:00", From: "2026-12-20"},
		"needs weekly":           {Name: "x", From: "2026-12-20"},
		"before it begins":       {Name: "x", From: "2026-12-20", To: "2026-12-18"},
		"not a day":              {Name: "x", From: "20.12.2026", To: "2026-12-18"},
		"as soon as it begins":   {Name: "x", Weekly: "Fri 16:00 - Fri 16:00"},
		`"25:00" is not a time`:  {Name: "x", Weekly: "25:00 - Fri 16:00"},
		`"Frei 16:00" is not`:    {Name: "x", Weekly: "Frei 16:00 - Mon 06:00"},
		"such as Fri 16:00 - Mo": {Name: "x", Weekly: "Fri 16:00"},
	} {
		_, err := calendar.Parse(s)
		require.ErrorContains(t, err, words)
	}
}
