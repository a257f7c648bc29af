package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/docjobs/docjobs/job"
)

// register adds every route under /v1 and returns the OpenAPI description of
// them as JSON.
func (s *server) register(api huma.API) ([]byte, error) {
	s.registerJobs(api)
	s.registerStreams(api)
	s.registerUploads(api)
	s.registerTargets(api)
	s.registerSchedules(api)
	s.registerDeliveries(api)
	describe(api.OpenAPI())
	return json.Marshal(api.OpenAPI())
}

// registerJobs adds the routes that answer with one JSON object.
func (s *server) registerJobs(api huma.API) {
	huma.Register(api, operation(http.MethodPost, "/v1/jobs", "submitJob", "Submit a job",
		http.StatusAccepted, func(op *huma.Operation) {
			op.Description = "Takes the work and answers at once, or finds the job that already does it."
			op.MaxBodyBytes = maxSubmission + 1 // huma refuses what is not below it
			op.BodyReadTimeout = readHeaderTimeout
			op.SkipValidateBody = true // job.Submission knows its rules and names every fault
		}, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusBadGateway), s.submit)
	huma.Register(api, operation(http.MethodGet, "/v1/jobs", "listJobs", "List jobs, newest first",
		http.StatusOK, func(op *huma.Operation) {
			op.Description = "Accept: text/csv answers all of them, from the cursor on, as a table with a line for each document."
		}, http.StatusUnprocessableEntity), raw(s, s.list))
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/counts", "countJobs", "How many jobs are in which state",
		http.StatusOK, nil, http.StatusUnprocessableEntity), s.counts)
	huma.Register(api, operation(http.MethodGet, "/v1/documents/{document}/jobs", "getHistory", "What happened to one document, newest first",
		http.StatusOK, nil, http.StatusNotFound, http.StatusUnprocessableEntity), s.history)
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}", "getJob", "Where a job stands",
		http.StatusOK, nil, http.StatusNotFound), s.get)
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/result", "getResult", "What an ended attempt left behind",
		http.StatusOK, nil, http.StatusNotFound, http.StatusConflict, http.StatusGone), s.result)
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/items", "listItems", "The documents of a job",
		http.StatusOK, nil, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity), s.items)
	huma.Register(api, operation(http.MethodPost, "/v1/jobs/{id}/cancel", "cancelJob", "Stop a job",
		http.StatusOK, func(op *huma.Operation) { op.MaxBodyBytes = maxSubmission }, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity), s.cancel)
	huma.Register(api, operation(http.MethodPost, "/v1/jobs/{id}/approve", "approveJob", "Approve or reject a release",
		http.StatusOK, func(op *huma.Operation) {
			op.MaxBodyBytes = maxSubmission
			needs(job.ScopeApprove)(op)
		}, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity), s.approve)
	huma.Register(api, operation(http.MethodPost, "/v1/jobs/{id}/extend", "extendJob", "Keep the result of a job longer, pin or unpin it",
		http.StatusOK, func(op *huma.Operation) {
			op.MaxBodyBytes = maxSubmission
			op.Description = "The body has one of until, for and pin. How far the end can be moved, and who may pin, is the operator's to say."
		}, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity), s.extend)
	huma.Register(api, operation(http.MethodPost, "/v1/jobs/{id}/resubmit", "resubmitJob", "Start the next attempt",
		http.StatusAccepted, func(op *huma.Operation) { op.MaxBodyBytes = maxSubmission }, http.StatusNotFound, http.StatusConflict, http.StatusGone,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity), s.resubmit)
}

// registerStreams adds the routes that write their answers bit by bit.
func (s *server) registerStreams(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/events", "listEvents", "The history of a job, live on demand",
		http.StatusOK, func(op *huma.Operation) {
			op.Description = "JSON, or server-sent events for Accept: text/event-stream. The stream goes on until the job has ended; 204 says that nothing more will come."
		}, http.StatusNotFound), raw(s, s.events))
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/logs", "readLogs", "The log of an attempt",
		http.StatusOK, nil, http.StatusNotFound, http.StatusGone), raw(s, s.logs))
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/ticket", "getTicket", "What a support ticket needs to say of a job",
		http.StatusOK, nil, http.StatusNotFound), raw(s, s.ticket))
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/badge.svg", "getBadge", "A picture of where a job stands",
		http.StatusOK, nil, http.StatusNotFound), raw(s, s.badge))
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/artifacts", "listArtifacts", "Everything an attempt made, as list or archive",
		http.StatusOK, nil, http.StatusNotFound, http.StatusConflict, http.StatusGone), raw(s, s.artifacts))
	huma.Register(api, operation(http.MethodGet, "/v1/jobs/{id}/preview/{path}", "previewSite", "A page of a site that waits for an approval",
		http.StatusOK, nil, http.StatusNotFound, http.StatusGone, http.StatusRequestedRangeNotSatisfiable), raw(s, s.preview))
	for method, name := range map[string]string{http.MethodGet: "getArtifact", http.MethodHead: "headArtifact"} {
		huma.Register(api, operation(method, "/v1/jobs/{id}/artifacts/{path}", name, "One file that an attempt made",
			http.StatusOK, nil, http.StatusNotFound, http.StatusConflict, http.StatusGone,
			http.StatusRequestedRangeNotSatisfiable), raw(s, s.artifact))
	}
}

// registerUploads adds the routes for sources.
func (s *server) registerUploads(api huma.API) {
	huma.Register(api, operation(http.MethodPost, "/v1/uploads", "upload", "Send a source as archive",
		http.StatusCreated, func(op *huma.Operation) {
			op.Description = "The body is a .zip, .tar.gz or .tar archive; its media type does not matter. Known content answers 200."
			op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
			}}
		}, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity), raw(s, s.upload))
	huma.Register(api, operation(http.MethodGet, "/v1/uploads/{id}", "getUpload", "What is known of an upload",
		http.StatusOK, nil, http.StatusNotFound), s.findUpload)
	huma.Register(api, operation(http.MethodHead, "/v1/uploads/{id}", "headUpload", "Whether an upload is known",
		http.StatusOK, nil, http.StatusNotFound), raw(s, s.headUpload))
}

// operation describes a route. Every route can be refused (400, 401, 403, 429), fail
// (500) and be out of service (503); the errors are what else can happen.
func operation(method, path, id, summary string, status int, adjust func(*huma.Operation), errors ...int) huma.Operation {
	errors = append(errors, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusTooManyRequests, http.StatusServiceUnavailable)
	slices.Sort(errors)
	op := huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary,
		DefaultStatus: status, Errors: errors, Responses: map[string]*huma.Response{},
	}
	if adjust != nil {
		adjust(&op)
	}
	return op
}
