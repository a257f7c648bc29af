// Package workflows holds the pipelines of docjobs as Temporal workflows, and
// the [Service] that starts them and tells of them through the Temporal client.
//
// Start with lifecycle.go: what every job shares, whatever its kind. A pipeline
// (publish.go, probe.go) is then only its steps, told in order. All names that
// histories remember stand in names.go, all timeouts and retry policies with
// their reasons in policies.go. Service is in the files service*.go.
//
// A workflow here reads its input and its history, nothing else. Its state is
// the [record.Record] of the attempt: the query answers with it, the memo holds
// it for when no worker is there to answer, and at the end it is saved, before
// the workflow closes.
package workflows
