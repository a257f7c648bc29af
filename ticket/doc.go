// Package ticket writes what whoever supports a job needs to know of it, as one text
// to paste into a support ticket.
//
// Tickets leave the team: [Redact] takes out what looks like a secret.
package ticket
