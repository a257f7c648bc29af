// Package cli is the command line of docjobs, as far as it is a client of a
// server: submit, status, wait, watch, result, items, events, logs, list,
// cancel, resubmit and version. Commands that are the server are added by
// package main.
//
// Start with [Root], which makes the commands, and [Execute], which runs one and
// turns what comes of it into an exit code. What a terminal can do, and every
// other thing about the world outside, comes in through [IO].
//
// Three rules hold for every command:
//
//   - Data goes to standard output, everything about the way there to standard
//     error. With --json, data is what the HTTP API answers and an error is a
//     JSON object.
//   - Text that comes from a server passes through a [printer], which takes
//     control characters out of it: what a job prints cannot steer a terminal.
//   - A job goes on when nobody waits for it. Ctrl-C and --timeout end the
//     waiting and say how to come back.
//
// [SubmitSource], [Follow] and [Report] are the parts of "submit publish --wait"
// for commands that do the same without a server of their own to find.
package cli
