package api

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/ticket"
)

// ticket answers what a support ticket needs to say of an attempt, as text.
func (s *server) ticket(c *gin.Context, in *attemptInput) error {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	st, err := s.Service.Get(ctx, id, job.StatusQuery{Attempt: in.Attempt})
	if err != nil {
		return err
	}
	lines, err := s.lastLines(ctx, st)
	if err != nil {
		return err
	}
	c.Header("Content-Type", plainText+"; charset=utf-8")
	c.Header("Cache-Control", noStore)
	return ticket.Ticket{Status: st, Log: lines, Version: s.Version, Workflow: s.links(st).UI}.Write(newPatientWriter(c))
}

// lastLines returns the end of the log: of the step that failed, or of the attempt.
// Where there is no log any more the ticket goes without.
func (s *server) lastLines(ctx context.Context, st *job.Status) ([]job.LogLine, error) {
	query := job.LogQuery{Attempt: st.Attempt}
	if st.Error != nil {
		query.Step = st.Error.Step
	}
	var last []job.LogLine
	for line, err := range s.Service.Logs(ctx, st.ID, query) {
		switch code := job.CodeOf(err); {
		case code == job.CodeGone || code == job.CodeNotFound:
			return nil, nil
		case err != nil:
			return nil, err
		}
		if len(last) == ticket.Lines {
			last = append(last[:0], last[1:]...)
		}
		last = append(last, line)
	}
	return last, nil
}
