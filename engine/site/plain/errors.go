package plain

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoMarkdown says that the source folder holds not one Markdown file that
// could become a page.
var ErrNoMarkdown = errors.New("the folder holds no Markdown: expected at least one .md or .markdown file")

// DocumentError is a fault in one source file that its author can repair.
// Everything else that Prepare returns is a fault of the world around it.
type DocumentError struct {
	// Path is the file, relative to the source folder, with slashes.
	Path string
	// Line is the line in the file, from 1; 0 where no line applies.
	Line int
	// Offset is the byte in the file, from 0; -1 where no byte applies.
	Offset int64
	// Problem says what is wrong, Fix what to do about it.
	Problem, Fix string
}

// Error gives "path:line: problem; fix" on one line.
func (e *DocumentError) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": " + e.Problem)
	if e.Offset >= 0 {
		fmt.Fprintf(&b, " (byte %d)", e.Offset)
	}
	if e.Fix != "" {
		b.WriteString("; " + e.Fix)
	}
	return b.String()
}

// DocumentErrors is every faulty document of one run, sorted by path.
// [errors.As] to *DocumentError finds the first one.
type DocumentErrors struct {
	// List holds at most 50 errors.
	List []*DocumentError
	// More counts the errors beyond those in List.
	More int
}

// Error gives one line per document.
func (e *DocumentErrors) Error() string {
	lines := make([]string, 0, len(e.List)+1)
	for _, d := range e.List {
		lines = append(lines, d.Error())
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.More))
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors to errors.Is and errors.As.
func (e *DocumentErrors) Unwrap() []error {
	errs := make([]error, len(e.List))
	for i, d := range e.List {
		errs[i] = d
	}
	return errs
}

// LimitError says that the folder is larger than a limit of [Limits] allows.
type LimitError struct {
	// What names the limit in words: "Markdown files", "folder depth".
	What string
	// Path is where the limit was passed; empty if it is about the whole.
	Path string
	// Max is the limit.
	Max int64
}

// Error names the limit, its value and the place.
func (e *LimitError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("too large: %s, at most %d allowed", e.What, e.Max)
	}
	return fmt.Sprintf("%s: too large: %s, at most %d allowed", e.Path, e.What, e.Max)
}

const maxListedErrors = 50

// collect makes one error of the faults in documents, given in path order.
func collect(faults []*DocumentError) error {
	if len(faults) == 0 {
		return nil
	}
	kept := min(len(faults), maxListedErrors)
	return &DocumentErrors{List: faults[:kept], More: len(faults) - kept}
}
