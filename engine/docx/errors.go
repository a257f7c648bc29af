package docx

import "fmt"

// A Code says, in a stable word, why a file is refused.
type Code string

// The reasons for which a file is refused.
const (
	Encrypted     Code = "encrypted"      // protected by a password
	NotWord       Code = "not_word"       // some other kind of file, whatever its name says
	Damaged       Code = "damaged"        // truncated, not well-formed, parts missing
	TooLarge      Code = "too_large"      // over one of [Limits]
	Bomb          Code = "bomb"           // made to exhaust whoever opens it
	DuplicatePart Code = "duplicate_part" // the same part twice: which one counts is anybody's guess
	UnsafeName    Code = "unsafe_name"    // a part whose name leads out of the package
)

// An Error says that a file cannot be read and that trying again will not help.
// Any other error of this package is about the world around it: the disk, or a
// context that ended.
type Error struct {
	Code    Code
	Message string // one sentence for a writer: what is wrong and what to do
	Part    string // of the package, if it is about one
	Line    int    // in the part, from 1; 0 if it is not about one
	Err     error  // what a library said, if it said something
}

// Error implements error. Names are quoted: they come from the file.
func (e *Error) Error() string {
	text := e.Message
	if e.Part != "" {
		text += fmt.Sprintf(" (%.200q", e.Part)
		if e.Line > 0 {
			text += fmt.Sprintf(", line %d", e.Line)
		}
		text += ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns what a library said.
func (e *Error) Unwrap() error { return e.Err }

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// in says which part the error is about.
func (e *Error) in(part string) *Error {
	e.Part = part
	return e
}

// because keeps what a library said.
func (e *Error) because(err error) *Error {
	e.Err = err
	return e
}
