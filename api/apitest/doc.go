// Package apitest is docjobs in memory, for tests of what speaks to it: a
// [job.Service] that keeps its promises (IDs, attempts, events without gaps,
// idempotency) and does no work. A test says what happens to a job with
// [Server.Begin], [Server.Log], [Server.Finish] and their like.
//
// [Start] puts the real HTTP API over it on a loopback address.
package apitest
