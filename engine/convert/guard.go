package convert

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// faultCode is the code of a fault of the program.
const faultCode = "fault"

// guard does work on one document, and makes a [Reason] of a fault of the program in it:
// one document must not end the process, and with it the work on all others.
func guard(work func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = &Reason{
				Code:    faultCode,
				Message: "docjobs itself fails at this document. Please report that with the detail; until it is mended, leave the document out.",
				Detail:  fmt.Sprintf("%v (%s)", fault, faultPlace()),
			}
		}
	}()
	return work()
}

// faultPlace is where the program failed: the innermost function of an engine. Unlike a
// stack it is the same each time.
func faultPlace() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "/engine/") || !more {
			return fmt.Sprintf("%s, line %d of %s", path.Base(frame.Function), frame.Line, path.Base(frame.File))
		}
	}
}
