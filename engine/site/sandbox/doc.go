// Package sandbox runs programs that are not trusted: site generators, which
// run what the authors of a source have written.
//
// A [Sandbox] is opened once and finds out what the machine can do.
// [Sandbox.Wrap] puts a command into it by a [Policy]. The command starts as a
// child of this same binary, which shuts itself in before it becomes the
// program:
//
//   - user, mount, network, PID, IPC and UTS namespaces. The program sees a
//     file system with only the folders of the policy, no network
//     at all, and no process but its own; when the first one ends, the kernel ends
//     all the others;
//   - Landlock (https://docs.kernel.org/userspace-api/landlock.html) with the
//     same folders once more, and with TCP ports where there is a network;
//   - no new privileges, and bounds on the size of files and the number of
//     open files and processes.
//
// Where the kernel gives namespaces to bubblewrap only (https://github.com/containers/bubblewrap),
// as some distributions have it, that makes them. Where nobody gets any,
// Landlock alone remains ([Files]), and on other platforms nothing ([None]).
//
// # The child
//
// The program's main gives the child its turn before anything else, and so
// does TestMain of a test:
//
//	if sandbox.IsChild() {
//		os.Exit(sandbox.Child())
//	}
//
// A program that runs what is not trusted in its own process calls [Enter].
//
// # What it does not do
//
// It does not count memory, time and disk: the caller watches these, because
// only control groups could do it, and those are not for everybody. A prepare
// step with a network reaches the allowed TCP ports of any address, and names
// by UDP.
package sandbox
