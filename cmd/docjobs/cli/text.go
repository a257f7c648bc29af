package cli

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/docjobs/docjobs/job"
)

// clean returns s as one line without anything that a terminal could obey:
// control characters (C0, C1 and DEL), marks that change the direction of text,
// other invisible format characters, and bytes that are no UTF-8 are shown as
// escapes. Tabs and line ends become spaces.
func clean(s string) string {
	if !strings.ContainsFunc(s, hostile) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t' || r == '\n':
			b.WriteByte(' ')
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
		case hostile(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hostile(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// hostile reports whether r is not for a terminal. Zero-width joiners are: many
// scripts and symbols need them.
func hostile(r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d':
		return false
	case r == utf8.RuneError: // perhaps a bad byte
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// duration returns d for people, in at most two units.
func duration(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// size returns n bytes for people, in decimal units.
func size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < len("kMGTPE")-1 {
		f, unit = f/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", f, "kMGTPE"[unit])
}

// count returns n with the noun in the right number.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// progress returns how far something is: "1.0 MB of 2.0 MB", "12 pages".
func progress(p *job.Progress) string {
	switch {
	case p == nil:
		return ""
	case p.Unit == "bytes" && p.Total > 0:
		return size(p.Done) + " of " + size(p.Total)
	case p.Unit == "bytes":
		return size(p.Done)
	case p.Total > 0:
		return strings.TrimSpace(fmt.Sprintf("%d of %d %s", p.Done, p.Total, p.Unit))
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", p.Done, p.Unit))
}

// took returns how long something lasted that began and may have ended.
func took(start, end *time.Time) string {
	if start == nil || end == nil {
		return ""
	}
	return duration(end.Sub(*start))
}
