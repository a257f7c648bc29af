package job

import (
	"errors"
	"fmt"
)

// A Code says in one word what kind of error it is. Programs match on it;
// people read the message.
type Code string

// Codes of requests that were refused.
const (
	CodeInvalid     Code = "invalid"      // the request cannot be understood or breaks a rule
	CodeNotFound    Code = "not_found"    // there is no such job, upload or artifact
	CodeConflict    Code = "conflict"     // not possible in the job's present state
	CodeMismatch    Code = "key_mismatch" // the Idempotency-Key was used for other content
	CodeGone        Code = "gone"         // it was there and has expired
	CodeTooLarge    Code = "too_large"    // over a limit
	CodeForbidden   Code = "forbidden"    // not from here, or not by this caller
	CodeNoKey       Code = "no_key"       // the request has no API key, or none that is valid
	CodeTooMany     Code = "too_many"     // more requests than this caller may send; try again later
	CodeUnavailable Code = "unavailable"  // a service that is needed does not answer; try again
	CodeInternal    Code = "internal"     // a defect or a broken disk; see the server's log
)

// Codes of jobs that failed.
const (
	CodeSourceRefused     Code = "source_refused"     // the source breaks a rule
	CodeSourceUnavailable Code = "source_unavailable" // the source cannot be reached
	CodeBuildFailed       Code = "build_failed"       // the generator found an error in the source
	CodeBuildCrashed      Code = "build_crashed"      // the generator died or used more than it may
	CodeLinksBroken       Code = "links_broken"       // the link check found broken links
	CodeReleaseFailed     Code = "release_failed"     // the target could not be written
	CodeVerifyFailed      Code = "verify_failed"      // the released site is not what was built
	CodeItemsFailed       Code = "items_failed"       // not one document could be done
	CodeTimeout           Code = "timeout"            // a step took longer than it may
	CodeWorkerLost        Code = "worker_lost"        // workers kept dying during a step
	CodeRejected          Code = "rejected"           // somebody decided against the release
	CodeApprovalExpired   Code = "approval_expired"   // nobody decided in time
	CodeTargetBusy        Code = "target_busy"        // the job's turn at its target did not come
	CodeTerminated        Code = "terminated"         // an operator ended the workflow by force
	CodeCancelled         Code = "cancelled"
)

// A Cause groups errors by who can do something about them.
type Cause string

// The cause groups.
const (
	CauseContent       Cause = "content"       // the documents: a writer mends it
	CauseRequest       Cause = "request"       // what was asked for
	CauseConfiguration Cause = "configuration" // the operator's settings
	CauseService       Cause = "service"       // the network, a disk, another system
	CausePerson        Cause = "person"        // somebody decided it
)

// An Error tells what happened, where, and what to do next, in words that a
// technical writer understands.
type Error struct {
	Code      Code    `json:"code"`
	Message   string  `json:"message"` // one sentence
	Cause     Cause   `json:"cause,omitempty"`
	JobID     ID      `json:"job_id,omitempty"`
	Step      string  `json:"step,omitempty"`
	File      string  `json:"file,omitempty"`   // path in the source
	Line      int     `json:"line,omitempty"`   // from 1
	Column    int     `json:"column,omitempty"` // from 1
	Hint      string  `json:"hint,omitempty"`   // what to do next
	Retryable bool    `json:"retryable"`        // whether the same again can succeed
	Detail    string  `json:"detail,omitempty"` // the raw words of whatever failed
	Faults    []Fault `json:"faults,omitempty"` // of a refused request, every field that is wrong
}

// A Fault is one thing that is wrong with one field of a request.
type Fault struct {
	Field   string `json:"field"` // "source.git", "target"
	Message string `json:"message"`
}

// Error returns the message with its place and the faults.
func (e *Error) Error() string {
	text := e.Message
	if e.File != "" {
		text = e.Place() + ": " + text
	}
	for _, f := range e.Faults {
		text += " " + f.Field + ": " + f.Message
	}
	return text
}

// Place returns "file:line:column" as far as they are known.
func (e *Error) Place() string {
	place := e.File
	for _, n := range []int{e.Line, e.Column} {
		if n == 0 {
			break
		}
		place += fmt.Sprintf(":%d", n)
	}
	return place
}

// Is reports whether target is an *Error with the same code, so that
// errors.Is(err, &Error{Code: CodeNotFound}) works.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == ""
}

// CodeOf returns the code of the first [Error] in err's chain, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Invalid returns the error for a request with these faults.
func Invalid(faults ...Fault) *Error {
	return &Error{
		Code:    CodeInvalid,
		Cause:   CauseRequest,
		Message: "The request has errors.",
		Hint:    "Mend the fields named and send the request again; nothing was started.",
		Faults:  faults,
	}
}
