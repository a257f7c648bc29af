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
// A fault in the documents is a [BuildError] in the generator's words; a
// folder that cannot be built at all is a [NotASiteError]; a limit that was
// reached is a [LimitError]. Everything else is trouble with the machine.
package site
