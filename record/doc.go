// Package record keeps the small permanent summary of every attempt of a job.
//
// A [Record] holds all that can be told of an attempt without its artifacts
// and without Temporal: the status, the events, what identifies the work. The
// workflow writes it before it counts as ended, so an ended job always has
// one. It outlives the artifacts, and Temporal's own retention.
package record
