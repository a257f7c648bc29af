package client

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/docjobs/docjobs/job"
)

// problem is a problem detail (RFC 9457) with the members of the API.
type problem struct {
	Detail    string      `json:"detail"`
	Code      job.Code    `json:"code"`
	JobID     job.ID      `json:"job_id"`
	Hint      string      `json:"hint"`
	Retryable bool        `json:"retryable"`
	Errors    []job.Fault `json:"errors"`
	Cause     job.Cause   `json:"cause"`
	Step      string      `json:"step"`
	File      string      `json:"file"`
	Line      int         `json:"line"`
	Column    int         `json:"column"`
}

// maxProblem bounds a problem, in bytes.
const maxProblem = 1 << 20

// decodeProblem returns the error that the answer tells, and closes the answer.
func decodeProblem(resp *http.Response) error {
	defer drain(resp)
	mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if mediaType == "application/problem+json" {
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
		if e := parseProblem(data); err == nil && e != nil {
			return e
		}
	}
	return bareStatus(resp)
}

// parseProblem returns the problem as an error, or nil if it is none of ours.
func parseProblem(data []byte) *job.Error {
	var p problem
	if json.Unmarshal(data, &p) != nil || p.Code == "" {
		return nil
	}
	return &job.Error{
		Code: p.Code, Message: p.Detail, Cause: p.Cause, JobID: p.JobID, Step: p.Step, File: p.File,
		Line: p.Line, Column: p.Column, Hint: p.Hint, Retryable: p.Retryable, Faults: p.Errors,
	}
}

// bareStatus returns the error for an answer that has a status and no problem:
// a HEAD, or something between here and the server.
func bareStatus(resp *http.Response) *job.Error {
	e := &job.Error{
		Code: job.CodeInternal, Cause: job.CauseService,
		Message: fmt.Sprintf("The server at %s answered %d %s.", resp.Request.URL.Host, resp.StatusCode, http.StatusText(resp.StatusCode)),
		Hint:    "Look whether the address is that of a docjobs server.",
	}
	switch resp.StatusCode {
	case http.StatusNotFound:
		e.Code, e.Cause = job.CodeNotFound, job.CauseRequest
	case http.StatusUnauthorized:
		e.Code, e.Cause, e.Hint = job.CodeNoKey, job.CauseRequest, "Set DOCJOBS_KEY to an API key of this server."
	case http.StatusForbidden:
		e.Code, e.Cause, e.Hint = job.CodeForbidden, job.CauseRequest, "Use an API key that may do this."
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Code, e.Retryable = job.CodeUnavailable, true
	}
	return e
}
