package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Spec describes a window as people write it. Either From and To, or Weekly is
// given.
type Spec struct {
	Name   string
	Weekly string // "Fri 16:00 - Mon 06:00"
	From   string // "2026-12-20" or "2026-12-20 18:00"
	To     string // the same; a day counts to its end
	Zone   string // "Europe/Berlin"; UTC when empty
}

// A Window is a time that is over and perhaps comes again.
type Window struct {
	name     string
	zone     *time.Location
	from, to time.Time // of a range
	weekly   bool
	begin    minute // of a weekly window, in the week
	end      minute
}

// A minute counts minutes from Sunday, 00:00.
type minute int

const week = 7 * 24 * 60

// Parse makes a window of its description.
func Parse(s Spec) (Window, error) {
	w := Window{name: s.Name, zone: time.UTC}
	var err error
	if s.Name == "" {
		return w, errors.New("the window has no name; those who wait see it")
	}
	if s.Zone != "" {
		if w.zone, err = time.LoadLocation(s.Zone); err != nil {
			return w, fmt.Errorf("%q is not a time zone such as Europe/Berlin", s.Zone)
		}
	}
	switch {
	case s.Weekly != "" && (s.From != "" || s.To != ""):
		return w, errors.New("the window has both weekly and from or to; give one of them")
	case s.Weekly != "":
		w.weekly = true
		w.begin, w.end, err = parseWeekly(s.Weekly)
		return w, err
	case s.From == "" || s.To == "":
		return w, errors.New("the window needs weekly, or from and to")
	}
	if w.from, err = parseMoment(s.From, w.zone, 0); err != nil {
		return w, err
	}
	if w.to, err = parseMoment(s.To, w.zone, 1); err != nil {
		return w, err
	}
	if !w.from.Before(w.to) {
		return w, fmt.Errorf("the window ends at %s, before it begins", s.To)
	}
	return w, nil
}

// parseMoment reads a day, moved by so many days, or a minute.
func parseMoment(s string, zone *time.Location, days int) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02 15:04", s, zone); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation("2006-01-02", s, zone)
	if err != nil {
		return t, fmt.Errorf("%q is not a day such as 2026-12-20, or one with a time such as 2026-12-20 18:00", s)
	}
	return t.AddDate(0, 0, days), nil
}

func parseWeekly(s string) (begin, end minute, err error) {
	from, to, found := strings.Cut(s, "-")
	if !found {
		return 0, 0, fmt.Errorf("%q is not a time of the week such as Fri 16:00 - Mon 06:00", s)
	}
	if begin, err = parseMinute(from); err != nil {
		return 0, 0, err
	}
	if end, err = parseMinute(to); err != nil {
		return 0, 0, err
	}
	if begin == end {
		return 0, 0, fmt.Errorf("%q is over as soon as it begins", s)
	}
	return begin, end, nil
}

// parseMinute reads "Fri 16:00".
func parseMinute(s string) (minute, error) {
	day, clock, _ := strings.Cut(strings.TrimSpace(s), " ")
	t, err := time.Parse("15:04", clock)
	if err == nil {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if name := d.String(); strings.EqualFold(day, name) || strings.EqualFold(day, name[:3]) {
				return minute(int(d)*24*60 + t.Hour()*60 + t.Minute()), nil
			}
		}
	}
	return 0, fmt.Errorf("%q is not a time of the week such as Fri 16:00", strings.TrimSpace(s))
}

// At reports whether the window is open at the moment and, if so, when it closes;
// if not, when it opens next, or the zero time for never.
func (w Window) At(now time.Time) (open bool, change time.Time) {
	if !w.weekly {
		switch {
		case now.Before(w.from):
			return false, w.from
		case now.Before(w.to):
			return true, w.to
		}
		return false, time.Time{}
	}
	local := now.In(w.zone)
	at := minute(int(local.Weekday())*24*60 + local.Hour()*60 + local.Minute())
	sinceBegin, length := (at-w.begin+week)%week, (w.end-w.begin+week)%week
	if sinceBegin < length {
		return true, w.next(local, w.end)
	}
	return false, w.next(local, w.begin)
}

// next returns when the clocks of the place next show this minute of the week.
func (w Window) next(local time.Time, m minute) time.Time {
	days := (int(m)/(24*60) - int(local.Weekday()) + 7) % 7
	for {
		t := time.Date(local.Year(), local.Month(), local.Day()+days, int(m)/60%24, int(m)%60, 0, 0, w.zone)
		if t.After(local) {
			return t
		}
		days += 7
	}
}

// A Calendar is a list of windows.
type Calendar []Window

// At returns the name of a window that is open at the moment, or "", and when that
// changes: when no window is open any more or, if none is, when the next one opens;
// zero for never. Windows that touch or overlap are one.
func (c Calendar) At(now time.Time) (name string, change time.Time) {
	name, change = c.first(now)
	for range 2 * len(c) { // each round passes the end of a window
		if name == "" || change.IsZero() {
			break
		}
		again, later := c.first(change)
		if again == "" {
			break
		}
		change = later
	}
	return name, change
}

// first returns the open window that closes last, or else the next opening.
func (c Calendar) first(now time.Time) (name string, change time.Time) {
	var opens time.Time
	for _, w := range c {
		open, at := w.At(now)
		switch {
		case open && (name == "" || at.After(change)):
			name, change = w.name, at
		case !open && !at.IsZero() && (opens.IsZero() || at.Before(opens)):
			opens = at
		}
	}
	if name == "" {
		return "", opens
	}
	return name, change
}
