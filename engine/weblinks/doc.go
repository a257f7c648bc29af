// Package weblinks finds out which links to other sites lead nowhere, by asking those sites.
//
// [Check] takes addresses and returns an [Answer] for each. An address is broken only where that is certain: the server
// says that there is no such page, its name does not exist, or its certificate is refused by browsers. Everything that
// may be a matter of the moment or of who asks (403, 429, errors of the server, no connection, no time left) is unknown.
//
//	check.go      the run: hosts, their pace, the budget
//	fetch.go      one address: HEAD, then GET, Retry-After
//	answer.go     what a response or an error means
//	transport.go  the client, which dials no private address
//	cache.go      good answers of earlier runs
//	report.go     answers with the places of the links; html.go its form for people
//
// # Manners and safety
//
// Hosts are asked a few addresses at a time and only so many a second; one that sends Retry-After is left alone for so
// long, if the budget allows it. Addresses come from documents that anybody may have written: every address that is
// dialled, also after a redirect, is checked after its name was resolved, no proxy is used, redirects and bodies are
// bounded, and no cookie or credential is sent.
package weblinks
