// Package activities does the work of the jobs: each exported struct is a group
// of Temporal activities with the few things that they depend on.
//
// An activity here is thin. It opens the log of its step, keeps the heartbeat
// going with the progress, calls the engine or the store that does the work,
// and turns errors into the project's words, saying once whether trying again
// can help (errors.go). The methods of all groups have names that are unique in
// the whole worker, because Temporal registers activities by method name.
package activities
