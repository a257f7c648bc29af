// Package index finds jobs and documents: by ID, kind, state, submitter, label, date,
// document, digest, and the text of errors.
//
// An [Index] is a SQLite file that is derived from the records of jobs and may be
// deleted at any time: it is then built anew. Each process that answers lists has one
// of its own. What others write it learns from the journal that stands beside the
// records (see [record.Note]), which it reads each time that a list is asked for and
// every few seconds; of the states of jobs that run it is told by who asks Temporal,
// with [Index.Running].
//
// Nothing is told only here, and nothing is lost with the file.
package index
