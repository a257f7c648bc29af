package api

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// patience is how long one write of a stream, or one read of an upload, may
// take before the peer counts as gone.
const patience = time.Minute

// patientWriter gives every write a deadline of its own, where a deadline for
// the whole answer would cut long streams off.
type patientWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func newPatientWriter(c *gin.Context) *patientWriter {
	return &patientWriter{w: c.Writer, control: http.NewResponseController(c.Writer)}
}

// Write implements io.Writer.
func (p *patientWriter) Write(b []byte) (int, error) {
	// A writer that knows no deadlines, as in some tests, has none.
	_ = p.control.SetWriteDeadline(time.Now().Add(patience))
	return p.w.Write(b)
}

// Flush sends what was written, and the header before the first write.
func (p *patientWriter) Flush() error { return p.control.Flush() }

// item is one step of a sequence.
type item[T any] struct {
	value T
	err   error
}

// feed runs the sequence in a goroutine of its own, so that its reader can wait
// for other things at the same time. The channel is closed at the end of the
// sequence or of ctx. The reader must call stop, which cancels ctx and returns
// once the goroutine has ended.
func feed[T any](ctx context.Context, cancel context.CancelFunc, seq iter.Seq2[T, error]) (items <-chan item[T], stop func()) {
	out := make(chan item[T])
	go func() {
		defer close(out)
		for value, err := range seq {
			select {
			case out <- item[T]{value, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out, func() {
		cancel()
		for range out {
		}
	}
}

// writeArray answers with an object whose only member is the list of
// everything in the sequence, without holding it in memory. An error before
// the first value leaves the answer unwritten.
func writeArray[T any](c *gin.Context, member string, seq iter.Seq2[T, error]) error {
	w := newPatientWriter(c)
	opening := `{"` + member + `":[`
	next := opening
	for value, err := range seq {
		if err != nil {
			return err
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return err
		}
		startJSON(c)
		if _, err := w.Write(append([]byte(next), encoded...)); err != nil {
			return err
		}
		next = ","
	}
	startJSON(c)
	if next != opening {
		opening = ""
	}
	_, err := w.Write([]byte(opening + "]}\n"))
	return err
}

// startJSON sets the header of a JSON answer unless it has been sent.
func startJSON(c *gin.Context) {
	if !c.Writer.Written() {
		c.Header("Content-Type", "application/json")
		c.Header("Cache-Control", noStore)
		c.Status(http.StatusOK)
	}
}
