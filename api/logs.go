package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

type logsInput struct {
	ID      string `path:"id" doc:"The Job ID."`
	Attempt int    `query:"attempt" minimum:"1" doc:"Which attempt; the newest when left out."`
	Step    string `query:"step" doc:"Only lines of this step."`
	Item    string `query:"item" maxLength:"1024" doc:"Only lines about this document, by its path in the source; of a job in batches those of its batch, too."`
	Follow  bool   `query:"follow" doc:"Go on until the job has ended. 1 or true."`
	Accept  string `header:"Accept" hidden:"true"`
}

const (
	jsonLines = "application/x-ndjson"
	plainText = "text/plain"
)

// logs answers the log of an attempt line by line: JSON objects for programs,
// plain text for people.
func (s *server) logs(c *gin.Context, in *logsInput) error {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return err
	}
	ctx, cancel := untilClosing(c.Request.Context())
	defer cancel()
	mediaType := negotiate(in.Accept, jsonLines, plainText)
	w := newPatientWriter(c)
	if in.Follow {
		// The first line may be long in coming, and the client should know
		// before that whether it was understood.
		st, err := s.Service.Get(ctx, id, job.StatusQuery{Attempt: in.Attempt})
		if err != nil {
			return err
		}
		if st.State == job.StateExpired {
			return job.Gone(st)
		}
		startLog(c, mediaType)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	query := job.LogQuery{Attempt: in.Attempt, Step: in.Step, Item: in.Item, Follow: in.Follow}
	return s.writeLog(ctx, c, w, mediaType, id, query)
}

// writeLog writes the lines; each is sent at once when they are followed.
func (s *server) writeLog(ctx context.Context, c *gin.Context, w *patientWriter, mediaType string, id job.ID, q job.LogQuery) error {
	for line, err := range s.Service.Logs(ctx, id, q) {
		if err != nil {
			return err
		}
		encoded, err := encodeLine(mediaType, line)
		if err != nil {
			return err
		}
		startLog(c, mediaType)
		if _, err := w.Write(encoded); err != nil {
			return err
		}
		if q.Follow {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	startLog(c, mediaType)
	c.Writer.WriteHeaderNow()
	return nil
}

// startLog sets the header of a log unless it has been sent.
func startLog(c *gin.Context, mediaType string) {
	if c.Writer.Written() {
		return
	}
	if mediaType == plainText {
		mediaType += "; charset=utf-8"
	}
	c.Header("Content-Type", mediaType)
	c.Header("Cache-Control", noStore)
	c.Status(http.StatusOK)
}

// encodeLine returns the line in the media type, with its end.
func encodeLine(mediaType string, line job.LogLine) ([]byte, error) {
	if mediaType == plainText {
		message := line.Message
		if line.Item != "" && !strings.HasPrefix(message, line.Item) {
			message = line.Item + ": " + message
		}
		return fmt.Appendf(nil, "%s %-5s %-8s %s\n",
			line.Time.UTC().Format(time.RFC3339), printable(line.Level), printable(line.Step), printable(message)), nil
	}
	encoded, err := json.Marshal(line)
	return append(encoded, '\n'), err
}

// printable replaces control characters, with which a build could take over
// the terminal that its log is shown on.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || (r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f)) {
			return r
		}
		return '\uFFFD'
	}, s)
}
