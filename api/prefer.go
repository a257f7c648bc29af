package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// preferredWait returns the wait preference of a Prefer header field (RFC 7240,
// section 4.3), at most [job.MaxWait]. It reports false when there is none. As
// the RFC demands, the first of several counts, and what is not understood is
// passed over.
func preferredWait(prefer string) (time.Duration, bool) {
	for preference := range splitQuoted(prefer) {
		preference, _, _ = strings.Cut(preference, ";") // parameters: wait has none
		name, value, found := strings.Cut(preference, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
		if err != nil {
			return 0, false
		}
		return min(time.Duration(seconds)*time.Second, job.MaxWait), true
	}
	return 0, false
}

// splitQuoted yields the members of a list that is separated by commas, where
// commas in quoted strings (RFC 9110, section 5.6.4) separate nothing.
func splitQuoted(list string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i < len(list); i++ {
			switch {
			case quoted && list[i] == '\\':
				i++
			case list[i] == '"':
				quoted = !quoted
			case !quoted && list[i] == ',':
				if !yield(list[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(list[start:])
	}
}
