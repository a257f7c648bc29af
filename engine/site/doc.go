// Package site builds a folder of documentation into a static site.
//
// [Detect] says what generator a folder is for, and why. [Build] runs the
// generator as a child process and puts the finished site into a folder that
// appears only when the build succeeded. [Sources] tells which source file
// made which page, for reports.
//
// The package knows Hugo as a command line only; the program that is run is
// [BuildOptions.Executable]. Package site/hugo provides one inside this binary.
//
// # Whose fault it is
//
//   - [BuildError] and plain.DocumentErrors: a document, a template or the
//     configuration; with file and line, in the generator's words.
//
//   - [NotASiteError]: the folder holds nothing to build.
//
//   - [EnvironmentError]: the request sets a variable that it may not.
//
//   - [LimitError]: the build needs more time, output, log or memory than it may.
//
//   - [CrashError]: the generator died; by a signal the machine's fault, by a
//     panic its own.
//
//   - [MissingError] and [UnsafeError]: this machine lacks the generator, or
//     the means to shut it in.
//
// Everything else is trouble with the machine.
//
// # What a site can do
//
// A site is a program: its templates and plug-ins run. They run in the sandbox of
// [BuildOptions.Sandbox] (package site/sandbox), with none of this program's
// environment, no network, and bounds ([Limits]). Hugo's security policy comes
// with its environment and beats the site's own. Other generators run as
// [Command] of the operator on a copy of the source. Where the sandbox is too
// weak for a generator, it is refused unless [BuildOptions.Unsafe] allows it.
package site
