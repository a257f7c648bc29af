// Package api speaks HTTP: it turns requests into calls of [job.Service] and
// answers into JSON, and does nothing else. What a job is and how it runs is
// said elsewhere.
//
// Start with [Config] and [New]. The routes are listed in routes.go, each with
// its documentation; the OpenAPI 3.1 description that the server answers at
// /openapi.json is made from the same list and the same Go types.
//
// Three kinds of route exist:
//
//   - JSON in, JSON out: functions of a context and an input struct, called by
//     huma, which reads and checks the parameters (jobs.go, submit.go).
//   - Streams and files: functions of a gin context (events.go, logs.go,
//     artifacts.go, archive.go, uploads.go). They are documented by huma too.
//   - What is no part of the API: health, metrics, the front page and the
//     published sites (health.go, index.go, sites.go).
//
// Every refusal is a problem detail (RFC 9457), made in problem.go from a
// [job.Error] by one table of codes. A stream that breaks after its first byte
// is cut off, so that no client takes half for the whole.
//
// As long as there are no keys, the server is for its own machine only:
// requests that name another host, and pages of other origins that try to
// change something, are refused (trust.go).
package api
