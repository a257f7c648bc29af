// Package worker runs the workers of docjobs: what polls Temporal for work and
// does it, until its context ends, and then lets go of it in good order.
//
// One process polls four task queues. Workflow tasks and activities that are
// over at once are on one; activities that wait for network or disk, those that
// wait for other people's servers and those that keep processors busy are on three
// others, so that each can be given the concurrency that suits it and builds never
// keep a job from being cancelled.
package worker
