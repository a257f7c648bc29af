package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// FilterInput are the parameters that choose jobs. It is exported because the names of its
// fields would not be found otherwise.
type FilterInput struct {
	ID        string    `query:"id" doc:"Only the job with this ID, or jobs whose ID begins so."`
	Kind      string    `query:"kind" doc:"Only jobs of this kind."`
	State     []string  `query:"state,explode" doc:"Only jobs in this state; given several times, or with commas, in one of several."`
	Submitter string    `query:"submitter" doc:"Only jobs of this submitter."`
	Target    string    `query:"target" doc:"Only publishes to this target."`
	Label     string    `query:"label" doc:"Only jobs that have this label."`
	Parent    string    `query:"parent" doc:"Only batches of this job."`
	Document  string    `query:"document" doc:"Only jobs that worked on the document with this path in their source."`
	Version   string    `query:"version" doc:"Only jobs of this content: the first four characters or more of the SHA-256 of a document, or of the commit or digest of the source." example:"9f86d081"`
	Error     string    `query:"error" doc:"Only jobs with this text in their error, or in that of one of their documents, in capitals or not."`
	Since     time.Time `query:"since" doc:"Only jobs that were first submitted at this time or later."`
	Until     time.Time `query:"until" doc:"Only jobs that were first submitted before this time."`
}

// filter returns what the parameters choose.
func (in *FilterInput) filter() (job.Filter, error) {
	f := job.Filter{
		ID: in.ID, Kind: job.Kind(in.Kind), Submitter: in.Submitter, Target: in.Target, Label: in.Label,
		Document: in.Document, Version: in.Version, Error: in.Error, Since: in.Since, Until: in.Until,
	}
	for _, states := range in.State {
		for state := range strings.SplitSeq(states, ",") {
			f.States = append(f.States, job.State(state))
		}
	}
	if in.Parent == "" {
		return f, nil
	}
	var err error
	if f.Parent, err = job.ParseID(in.Parent); err != nil {
		return f, badRequest(http.StatusBadRequest, "The request has errors.", "", job.Fault{Field: "parent", Message: "is not a Job ID."})
	}
	return f, nil
}

type listInput struct {
	FilterInput
	Cursor string `query:"cursor" doc:"The member \"next\" of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Jobs on a page; 50 when left out."`
	Accept string `header:"Accept" hidden:"true"`
}

// list answers one page of jobs, newest first, or all of them as CSV.
func (s *server) list(c *gin.Context, in *listInput) error {
	filter, err := in.filter()
	if err != nil {
		return err
	}
	filter.Cursor, filter.Limit = in.Cursor, in.Limit
	c.Header("Vary", "Accept")
	if negotiate(in.Accept, "application/json", csvType) == csvType {
		return s.writeCSV(c, filter)
	}
	page, err := s.Service.List(c.Request.Context(), filter)
	if err != nil {
		return err
	}
	if page.Jobs == nil {
		page.Jobs = []job.Summary{} // an empty list, not null
	}
	c.Header("Cache-Control", noStore)
	c.JSON(http.StatusOK, page)
	return nil
}

type countsOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.Counts
}

// counts answers how many jobs are in which state.
func (s *server) counts(ctx context.Context, in *FilterInput) (*countsOutput, error) {
	filter, err := in.filter()
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	counts, err := s.Service.Counts(ctx, filter)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return &countsOutput{CacheControl: noStore, Body: counts}, nil
}

type historyInput struct {
	Document string `path:"document" doc:"The path of the document in the source of the jobs; its slashes may stand as they are." example:"manuals/pump.docx"`
	Cursor   string `query:"cursor" doc:"The member \"next\" of the page before."`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" doc:"Entries on a page; 50 when left out."`
}

type historyOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.History
}

// history answers what happened to one document.
func (s *server) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	history, err := s.Service.History(ctx, job.DocumentQuery{Document: in.Document, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	if history.Jobs == nil {
		history.Jobs = []job.Happened{}
	}
	return &historyOutput{CacheControl: noStore, Body: history}, nil
}
