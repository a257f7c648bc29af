package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// A Problem is the body of every answer that refuses something: a problem
// detail as RFC 9457 describes it, with the members of a [job.Error] beside
// the standard ones. What failed underneath, and the values that were sent,
// are never part of it.
type Problem struct {
	Type      string      `json:"type" doc:"Reference that identifies the kind of problem; it can be fetched." example:"/problems/not_found"`
	Title     string      `json:"title" doc:"The kind of problem in a few words."`
	Status    int         `json:"status" doc:"The HTTP status code."`
	Detail    string      `json:"detail,omitempty" doc:"What happened, in one sentence."`
	Instance  string      `json:"instance,omitempty" doc:"What was asked for; for a defect, with the number under which the server's log tells more."`
	Code      job.Code    `json:"code" doc:"The kind of problem in one word, for programs."`
	JobID     job.ID      `json:"job_id,omitempty"`
	Hint      string      `json:"hint,omitempty" doc:"What to do next."`
	Retryable bool        `json:"retryable" doc:"Whether the same request can succeed later."`
	Errors    []job.Fault `json:"errors,omitempty" doc:"Every field or parameter that is wrong."`
	Cause     job.Cause   `json:"cause,omitempty" doc:"Who can do something about it."`
	Step      string      `json:"step,omitempty"`
	File      string      `json:"file,omitempty" doc:"Path in the source."`
	Line      int         `json:"line,omitempty"`
	Column    int         `json:"column,omitempty"`

	header http.Header
}

// problemKind is how HTTP tells an error code.
type problemKind struct {
	status int
	title  string
}

// problemKinds is the one place where error codes become status codes. Codes
// that it does not name are defects of the server.
var problemKinds = map[job.Code]problemKind{
	job.CodeInvalid:           {http.StatusUnprocessableEntity, "The request is not valid"},
	job.CodeNotFound:          {http.StatusNotFound, "There is no such thing"},
	job.CodeConflict:          {http.StatusConflict, "Not possible at present"},
	job.CodeMismatch:          {http.StatusUnprocessableEntity, "The Idempotency-Key belongs to another request"},
	job.CodeGone:              {http.StatusGone, "It has expired"},
	job.CodeTooLarge:          {http.StatusRequestEntityTooLarge, "Too large"},
	job.CodeForbidden:         {http.StatusForbidden, "Not allowed"},
	job.CodeNoKey:             {http.StatusUnauthorized, "No valid API key"},
	job.CodeTooMany:           {http.StatusTooManyRequests, "Too many requests"},
	job.CodeUnavailable:       {http.StatusServiceUnavailable, "The service is not available"},
	job.CodeInternal:          {http.StatusInternalServerError, "The server has a defect"},
	job.CodeSourceRefused:     {http.StatusUnprocessableEntity, "The source breaks a rule"},
	job.CodeSourceUnavailable: {http.StatusBadGateway, "The source cannot be reached"},
	job.CodeTimeout:           {http.StatusGatewayTimeout, "It took too long"},
}

// defaultRetryAfter is how many seconds a client is asked to wait when a
// service is missing.
const defaultRetryAfter = 5

// newProblem returns the problem for an error code of the job package.
func newProblem(e *job.Error) *Problem {
	code := e.Code
	kind, ok := problemKinds[code]
	if !ok {
		code, kind = job.CodeInternal, problemKinds[job.CodeInternal]
	}
	p := &Problem{
		Type: "/problems/" + string(code), Title: kind.title, Status: kind.status,
		Detail: e.Message, Code: code, JobID: e.JobID, Hint: e.Hint, Retryable: e.Retryable,
		Errors: e.Faults, Cause: e.Cause, Step: e.Step, File: e.File, Line: e.Line, Column: e.Column,
	}
	switch kind.status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		p.Retryable = true
		p.setHeader("Retry-After", strconv.Itoa(defaultRetryAfter))
	case http.StatusUnauthorized:
		p.setHeader("WWW-Authenticate", challenge)
	}
	return p
}

// badRequest is the problem of a request that cannot be understood, with a
// status of its own.
func badRequest(status int, message, hint string, faults ...job.Fault) *Problem {
	p := newProblem(&job.Error{Code: job.CodeInvalid, Cause: job.CauseRequest, Message: message, Hint: hint, Faults: faults})
	p.Status = status
	p.Title = http.StatusText(status)
	return p
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func (p *Problem) setHeader(name, value string) {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
}

// problemOf returns how err is told to the caller. An error that is nobody's
// business but the operator's is logged under a number and told by it.
func (s *server) problemOf(ctx context.Context, id string, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *job.Error
	switch {
	case errors.As(err, &e) && problemKinds[e.Code].status != 0 && e.Code != job.CodeInternal:
		if e.Detail != "" {
			s.Logger.InfoContext(ctx, "request refused", "job_id", id, "code", e.Code, "error", e.Message, "detail", e.Detail)
		}
		return newProblem(e)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return newProblem(&job.Error{Code: job.CodeUnavailable, Cause: job.CauseService, Message: "The request was given up before there was an answer."})
	}
	return s.defect(ctx, id, err)
}

// defect logs err and returns the problem that names the entry in the log.
func (s *server) defect(ctx context.Context, id string, err any) *Problem {
	number := rand.Text()[:10]
	s.Logger.ErrorContext(ctx, "request failed", "incident", number, "job_id", id, "error", err)
	p := newProblem(&job.Error{
		Code: job.CodeInternal, Cause: job.CauseService,
		Message: "The server could not answer because of a defect.",
		Hint:    "The server's log says more under incident " + number + ".",
	})
	p.Instance = "#" + number
	return p
}

// locate fills in what the request alone knows.
func (p *Problem) locate(path, id string) {
	if !strings.HasPrefix(p.Instance, path) {
		p.Instance = path + p.Instance
	}
	if parsed, err := job.ParseID(id); err == nil && p.JobID == "" {
		p.JobID = parsed
	}
}

// writeProblem answers with the problem outside of huma.
func writeProblem(c *gin.Context, p *Problem) {
	p.locate(c.Request.URL.EscapedPath(), c.Param("id"))
	header := c.Writer.Header()
	for name, values := range p.header {
		header[name] = values
	}
	for _, name := range []string{"Content-Length", "Content-Disposition", "Etag", "Repr-Digest", "Last-Modified"} {
		header.Del(name)
	}
	header.Set("Content-Type", problemType)
	header.Set("Cache-Control", noStore) // 404, 405 and 410 could be cached otherwise
	c.Status(p.Status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	// A client that has gone away is the only thing that can go wrong here.
	_ = json.NewEncoder(c.Writer).Encode(p)
}
