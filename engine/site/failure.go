package site

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// failure says what the end of a run means: the machine's fault, the
// generator's or the site's.
func (s *setup) failure(err error, log *buildLog) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &CrashError{Signal: status.Signal().String(), Tail: log.tail}
	}
	switch limit := s.o.Limits.MemoryBytes; {
	case limit > 0 && outOfMemory(log.panicked):
		return &LimitError{"memory", inBytes(limit)}
	case slices.ContainsFunc(log.tail, fileTooLarge):
		return tooLarge(s.o.Limits.OutputBytes)
	case log.panicked != "":
		return &CrashError{Panic: log.panicked, Tail: log.tail}
	case len(log.errors) == 0:
		return &CrashError{Panic: fmt.Sprintf("it ended with %s and named no error", exit), Tail: log.tail}
	}
	return s.explain(log.errors)
}

// outOfMemory knows Go's words for memory that the kernel refused.
func outOfMemory(panicked string) bool {
	return strings.Contains(panicked, "out of memory") || strings.Contains(panicked, "cannot allocate memory")
}

// fileTooLarge knows the kernel's words for a file beyond the limit of a process.
func fileTooLarge(line string) bool {
	return strings.Contains(strings.ToLower(line), "file too large") || strings.Contains(line, "EFBIG")
}

// explain turns Hugo's error lines into an error about the source.
func (s *setup) explain(lines []string) *BuildError {
	faults := parseHugo(lines, s)
	first := faults[0]
	for _, fault := range faults {
		fault.Generator = s.found.Generator
	}
	first.More = faults[1:min(len(faults), 1+maxMore)]
	return first
}

// place finds the source of a place in Hugo's words. Hugo's paths are
// absolute or relative to its source folder. known is false for files that
// are not the author's: our theme, Hugo's own templates.
func (s *setup) place(file string, line int) (source string, sourceLine int, known bool) {
	if s.plain != nil {
		source, line, ok := s.plain.Original(file, line)
		return inside(s.found.Dir, source), line, ok
	}
	if rel, ok := strings.CutPrefix(file, s.o.Source+"/"); ok {
		return rel, line, true
	}
	return inside(s.found.Dir, file), line, !strings.HasPrefix(file, "/")
}

// tidy takes the machine's folders off the paths that stand without a line in
// a message, and gives the first that is a file of the author's.
func (s *setup) tidy(message string) (tidied, file string) {
	tidied = barePath.ReplaceAllStringFunc(message, func(name string) string {
		if s.plain != nil && !strings.HasPrefix(name, s.site+"/") || s.plain == nil && !strings.HasPrefix(name, s.o.Source+"/") {
			return name
		}
		source, _, known := s.place(name, 1)
		if file == "" && known && isFile(os.DirFS(s.o.Source), source) {
			file = source
		}
		return strings.TrimPrefix(source, s.site+"/")
	})
	return tidied, file
}

var barePath = regexp.MustCompile(`/[^"\s]+`)

func inside(dir, file string) string {
	if dir == "." || strings.HasPrefix(file, "/") {
		return file
	}
	return dir + "/" + file
}
