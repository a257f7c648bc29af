// Package hugo is Hugo, compiled into this program. It is the only package
// that imports Hugo; everything else knows it as a command line.
//
// Hugo runs in a child process of the same binary, because in the calling
// process it could not be cancelled, its memory would grow with every build,
// and a panic in it would end the program. The program's main gives the child
// its turn before anything else:
//
//	func main() {
//		if hugo.IsChild() {
//			os.Exit(hugo.Child())
//		}
//		…
//	}
//
// and so does TestMain of a test that builds sites. The parent starts the
// child with the arguments of [Command]; package site does so.
//
// # Life of the child
//
// The parent passes [Marker] as the first argument and keeps the writing end
// of a pipe, which is the child's standard input. When that pipe ends, also
// because the parent was killed, the child ends its process group. On Linux
// the kernel does the same through the parent death signal. The child's HTTP
// client refuses every request.
//
// # Cost
//
// Importing this package makes the start of a program slower: the
// initialisers of Hugo's dependencies run in every command.
// A command that only talks to a server pays it, too.
package hugo
