package site

import (
	"fmt"
	"strconv"
	"strings"
)

// BuildError is a fault in the site, in its generator's words.
type BuildError struct {
	Generator Generator
	// File is relative to the source, with slashes; empty if unknown.
	File string
	// Line and Column are from 1; 0 if unknown.
	Line, Column int
	// Message is what the generator said, with paths relative to the source.
	Message string
	// Fix is what to do, where we know.
	Fix string
	// More are the further faults of the same build, at most 49.
	More []*BuildError
}

// Error gives "file:line:column: message; fix" of the first fault.
func (e *BuildError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		for _, n := range []int{e.Line, e.Column} {
			if n > 0 {
				b.WriteString(":" + strconv.Itoa(n))
			}
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Fix != "" {
		b.WriteString("; " + e.Fix)
	}
	return b.String()
}

// LimitError says that a build needed more than it may.
type LimitError struct {
	// What is "time", "output", "files", "memory", "processes" or "log"; Max is
	// its limit in words.
	What, Max string
}

// Error names the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("the build was stopped: it needs more than %s of %s; make the site smaller or have the limit raised", e.Max, e.What)
}

// CrashError says that the generator died instead of ending. One of Signal
// and Panic is set.
type CrashError struct {
	// Signal is the signal that killed it, such as "killed", which is what
	// the kernel does when the machine has no memory left. Trying again can help.
	Signal string
	// Panic is the first line of a fault in the generator itself. The same
	// site will meet it again.
	Panic string
	// Tail is the end of the log, at most 40 lines.
	Tail []string
}

// Error says how the generator died.
func (e *CrashError) Error() string {
	if e.Signal != "" {
		return fmt.Sprintf("the generator was ended by the signal %q, perhaps because the machine ran out of memory; "+
			"try again, or give the machine more memory", e.Signal)
	}
	return fmt.Sprintf("the generator met a fault of its own (%s); leave out what was changed last, and report the fault", e.Panic)
}

// MissingError says that this machine lacks what the source needs.
type MissingError struct {
	// What is missing, such as "mkdocs" or "Hugo 0.121.2".
	What string
	// Why the source needs it, as a sentence.
	Why string
	// How to get it, as an order to the operator or the author.
	How string
}

// Error says what is missing, why it is needed and how to get it.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not available on this worker. %s To get it: %s", e.What, e.Why, e.How)
}

// UnsafeError refuses to run a generator that cannot be shut in.
type UnsafeError struct {
	// Generator is what would have run.
	Generator Generator
	// Why says what the machine lacks.
	Why string
}

// Error says what the machine lacks and what there is to do.
func (e *UnsafeError) Error() string {
	return fmt.Sprintf("%s would run without a sandbox, because %s; build on Linux with user namespaces and Landlock, "+
		"or have builds of trusted sources allowed with --unsafe-builds", e.Generator, e.Why)
}

// EnvironmentError refuses a variable of [BuildOptions.Environment].
type EnvironmentError struct {
	// Name is the variable, Reason why it is refused.
	Name, Reason string
}

// Error names the variable and the reason.
func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("the environment variable %q is refused: %s", e.Name, e.Reason)
}

// NotASiteError refuses a folder that holds nothing to build.
type NotASiteError struct {
	// Looked is what was looked for.
	Looked []string
	// Nearby are the sub-folders that hold a site.
	Nearby []string
}

// Error says what was looked for and what to do.
func (e *NotASiteError) Error() string {
	text := "nothing to build: found none of " + strings.Join(e.Looked, ", ")
	if len(e.Nearby) > 0 {
		return text + "; there is a site in the sub-folder " + strings.Join(e.Nearby, ", ") + ": name that folder"
	}
	return text + "; add a Markdown file or a Hugo configuration, or name the sub-folder that holds the site"
}
