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
//   - [NotASiteError]: the folder holds nothing to build.
//   - [EnvironmentError]: the request sets a variable that it may not.
//   - [LimitError]: the build needs more time, output, log or memory than it may.
//   - [CrashError]: the generator died; by a signal the machine's fault, by a
//     panic its own.
//
// Everything else is trouble with the machine.
//
// # What a site can do
//
// A site is a program: its templates run. The child has none of this
// program's environment, no network, no other programs ([BuildOptions.Tools]),
// and bounds ([Limits]). Its security policy comes with its environment and
// beats the site's own. It has this program's rights to files: where sites
// are not trusted, run the program as a user that may read nothing else.
package site
