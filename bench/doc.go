// Command bench measures docjobs on the machine that it runs on:
//
//	go run ./bench jobs      # what a job costs, beside the plain Temporal SDK
//	go run ./bench follow    # submissions and reads of a job, beside the plain SDK
//	go run ./bench lists     # filtered lists of 100,000 jobs
//	go run ./bench publish   # a site of 1,000 pages, beside Hugo alone
//
// Everything runs in this one process as in docjobs up: the Temporal server on
// SQLite, the API, the worker; requests go over loopback. What is compared is
// measured by turns in one run, round by round, and a ratio is always one of
// two measurements of the same round: what disturbs the machine disturbs both.
// Data lives in a temporary folder, on a disk of the kind that TMPDIR is on.
//
// Tables go to standard output; -json FILE also writes every single figure.
// docs/performance.md says what the figures mean.
package main
