// Package notify tells other programs of jobs by webhooks, as the Standard
// Webhooks specification has them (https://www.standardwebhooks.com), and people in
// Slack.
//
// [Endpoints] are what the operator has configured. [NewMessage] makes what is
// told of an event, [Sender.Send] sends it once, signed and guarded, and says what
// the answer means; when to try again is decided elsewhere. A [Log] keeps every
// delivery with its tries.
package notify
