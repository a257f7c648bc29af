// Package calendar tells whether a moment lies in one of a list of named windows:
// times of every week, such as from Friday evening to Monday morning, or ranges of
// dates, each in a time zone.
//
// A [Window] is made by [Parse] and asked with [Window.At]; [Calendar.At] asks
// several. Daylight saving is the time zone's: a window from 16:00 to 06:00 is that
// on the clocks of the place, whatever the day.
package calendar
