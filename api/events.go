package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

type eventsInput struct {
	ID          string `path:"id" doc:"The Job ID."`
	After       int64  `query:"after" minimum:"0" doc:"Number of the last event that is known already."`
	LastEventID string `header:"Last-Event-ID" doc:"The same as after, as browsers send it when they connect again; it wins." example:"7"`
	Accept      string `header:"Accept" hidden:"true"`
}

const eventStream = "text/event-stream"

// events answers the history of a job: as a JSON list, or as server-sent
// events that go on until the job has ended.
func (s *server) events(c *gin.Context, in *eventsInput) error {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return err
	}
	after := in.After
	if in.LastEventID != "" {
		if after, err = strconv.ParseInt(in.LastEventID, 10, 64); err != nil || after < 0 {
			return badRequest(http.StatusBadRequest, "The request has errors.", "",
				job.Fault{Field: "Last-Event-ID", Message: "must be the number of an event."})
		}
	}
	if negotiate(in.Accept, "application/json", eventStream) != eventStream {
		return writeArray(c, "events", s.Service.Events(c.Request.Context(), id, job.EventQuery{After: after}))
	}
	return s.streamEvents(c, id, after)
}

// streamEvents writes server-sent events (HTML Living Standard, section 9.2).
// They have no names, so that a browser's onmessage gets all of them; the type
// is in the data. When there is nothing more to come the answer is 204, which
// tells a browser to stop asking.
func (s *server) streamEvents(c *gin.Context, id job.ID, after int64) error {
	ctx, cancel := untilClosing(c.Request.Context())
	defer cancel()
	st, err := s.Service.Get(ctx, id, job.StatusQuery{})
	if err != nil {
		return err
	}
	c.Header("Cache-Control", noStore)
	if st.Ended() && st.LastEvent <= after {
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
		return nil
	}
	c.Header("Content-Type", eventStream)
	c.Header("X-Accel-Buffering", "no") // nginx would collect the events
	c.Status(http.StatusOK)
	w := newPatientWriter(c)
	if err := w.Flush(); err != nil {
		return err
	}
	items, stop := feed(ctx, cancel, s.Service.Events(ctx, id, job.EventQuery{After: after, Follow: true}))
	defer stop()
	return s.writeEvents(ctx, c, w, items)
}

// writeEvents passes events on as they come, and comments while none come.
func (s *server) writeEvents(ctx context.Context, c *gin.Context, w *patientWriter, items <-chan item[job.Event]) error {
	ticker := time.NewTicker(s.KeepAlive)
	defer ticker.Stop()
	for {
		var message []byte
		select {
		case <-ctx.Done():
			return nil // the client has gone, or will come back to the next server
		case <-ticker.C:
			message = []byte(": keep-alive\n\n")
		case next, more := <-items:
			if !more || ctx.Err() != nil {
				return nil
			}
			var err error
			if message, err = s.encodeEvent(c, next); err != nil {
				return err
			}
			ticker.Reset(s.KeepAlive)
		}
		if _, err := w.Write(message); err != nil {
			return nil
		}
		if err := w.Flush(); err != nil {
			return nil
		}
	}
}

// encodeEvent returns the event in the form of the stream. An error becomes an
// event named "problem", the last one, with the problem as its data.
func (s *server) encodeEvent(c *gin.Context, next item[job.Event]) ([]byte, error) {
	if next.err != nil {
		p := s.problemOf(c.Request.Context(), c.Param("id"), next.err)
		p.locate(c.Request.URL.EscapedPath(), c.Param("id"))
		data, err := json.Marshal(p)
		return append(append([]byte("event: problem\ndata: "), data...), "\n\n"...), err
	}
	data, err := json.Marshal(next.value)
	if err != nil {
		return nil, err
	}
	message := append([]byte("id: "), strconv.FormatInt(next.value.Number, 10)...)
	message = append(append(message, "\ndata: "...), data...)
	return append(message, "\n\n"...), nil
}
