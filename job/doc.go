// Package job holds the nouns of docjobs and nothing else: what a job is, the
// states it passes through, the ID it is known by, what can go wrong, and the
// one interface, [Service], through which jobs are submitted and followed.
//
// The package imports the standard library only. Every other package speaks in
// its words, so that the command line, the HTTP API, the Temporal workflows
// and the tests mean the same thing by "job", "attempt", "step" and "state".
//
// A newcomer reads [Submission] (what goes in), [Status] (what is known of a
// job at any moment), [State] (the words for where it stands), [ID] (how it is
// named) and [Error] (how failures are told), in this order.
package job
