package site

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxKept = 100
	maxTail = 40
	// endlessLog is how many times the log's budget a build may write.
	endlessLog = 16
)

// buildLog passes lines on within a budget and keeps what decides later:
// errors, warnings, the first line of a panic and the end.
type buildLog struct {
	forward func(string)
	// stop ends the build with an error.
	stop             func(error)
	budget, written  int
	errors, warnings []string
	panicked         string
	tail             []string
	npm              string // the line in which npm says what is wrong; pages of advice follow
}

func (l *buildLog) add(line string) {
	l.keep(line)
	before := l.written
	l.written += len(line) + 1
	switch {
	case l.written <= l.budget:
		l.forward(line)
	case before <= l.budget:
		l.forward("(the log is too long; the rest is left out)")
	case l.written > endlessLog*l.budget:
		l.stop(&LimitError{"log", inBytes(int64(endlessLog * l.budget))})
	}
}

func (l *buildLog) keep(line string) {
	if strings.HasPrefix(line, "ERROR ") && len(l.errors) < maxKept {
		l.errors = append(l.errors, line)
	}
	if w, ok := strings.CutPrefix(line, "WARN "); ok && len(l.warnings) < maxKept {
		l.warnings = append(l.warnings, strings.TrimSpace(w))
	}
	if l.npm == "" {
		l.npm = npmFault(line)
	}
	if l.panicked == "" && (strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")) {
		l.panicked = line
	}
	if len(l.tail) == maxTail {
		l.tail = append(l.tail[:0], l.tail[1:]...)
	}
	l.tail = append(l.tail, line)
}

// npmFault returns what a line of npm says of a fault in words: not its codes.
func npmFault(line string) string {
	rest, ok := strings.CutPrefix(line, "npm error ")
	if !ok {
		rest, ok = strings.CutPrefix(line, "npm ERR! ") // until npm 10
	}
	first, _, more := strings.Cut(rest, " ")
	if !ok || !more || slices.Contains([]string{"code", "errno", "syscall", "path", "dest"}, first) {
		return ""
	}
	return rest
}

func inBytes(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d %s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

var ansi = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]`)

// clean makes a line of output safe to show: no control sequences, UTF-8.
func clean(line []byte) string {
	line = bytes.ToValidUTF8(ansi.ReplaceAll(line, nil), []byte(string(utf8.RuneError)))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, string(line))
}
