package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/docjobs/docjobs/job"
)

// description returns the frame of the OpenAPI description.
func description(version string, registry huma.Registry) *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title:       "docjobs",
			Version:     version,
			Description: "Long tasks of a documentation team as durable jobs. A submission answers with a Job ID at once; the ID is what the work is followed, fetched, repeated and proved by.",
		},
		Servers:    []*huma.Server{{URL: "/", Description: "The server that answers this description."}},
		Components: &huma.Components{Schemas: registry},
	}
}

// describe adds what cannot be read from the types of the handlers: further
// status codes, bodies that are not JSON, and the values of enumerations.
func describe(o *huma.OpenAPI) {
	registry := o.Components.Schemas
	jobs, one := o.Paths["/v1/jobs"], "/v1/jobs/{id}"
	submission := jobs.Post.RequestBody.Content["application/json"]
	submission.Schema = submissionSchema(registry)
	submission.Examples = map[string]*huma.Example{
		"publish": {Value: map[string]any{"kind": "publish", "target": "local", "source": map[string]any{"git": "https://example.org/handbook.git", "ref": "main"}}},
		"probe":   {Value: map[string]any{"kind": "probe", "nonce": "2026-01-31T12:00"}},
	}
	describeSchedules(registry, o.Paths["/v1/schedules/{name}"].Put)
	alsoAnswers(jobs.Post, http.StatusAccepted, http.StatusOK, "The work was known, or it was a dry run")
	alsoAnswers(o.Paths[one+"/cancel"].Post, http.StatusOK, http.StatusAccepted, "The job is about to stop")

	events := o.Paths[one+"/events"].Get
	setContent(events, http.StatusOK, content{
		"application/json": listSchema(registry, "events", reflect.TypeFor[job.Event]()),
		eventStream:        textSchema("Server-sent events: id is the number of the event and data the event as JSON."),
	})
	events.Responses["204"] = &huma.Response{Description: "The job has ended and nothing more will come"}
	setContent(o.Paths[one+"/logs"].Get, http.StatusOK, content{
		jsonLines: textSchema("One JSON object a line: time, level, attempt, step, message."),
		plainText: textSchema("One line of text a line of the log."),
	})
	setContent(o.Paths[one+"/artifacts"].Get, http.StatusOK, content{
		"application/json": listSchema(registry, "artifacts", reflect.TypeFor[job.Artifact]()),
		"application/zip":  binarySchema(), "application/gzip": binarySchema(),
	})
	setContent(jobs.Get, http.StatusOK, content{
		"application/json": registry.Schema(reflect.TypeFor[job.Page](), true, ""),
		csvType:            textSchema("A head and one line for each job."),
	})
	setContent(o.Paths[one+"/ticket"].Get, http.StatusOK, content{plainText: textSchema("Facts, states, steps, error, last lines of the log; secrets are taken out.")})
	setContent(o.Paths[one+"/badge.svg"].Get, http.StatusOK, content{"image/svg+xml": textSchema("Kind and state.")})
	describeFile(o.Paths[one+"/artifacts/{path}"])
	preview := o.Paths[one+"/preview/{path}"].Get
	setContent(preview, http.StatusOK, content{"*/*": binarySchema()})
	alsoAnswers(preview, http.StatusOK, http.StatusPartialContent, "A part of the file")
	preview.Responses["302"] = &huma.Response{Description: "The folder of that name, with a slash"}
	describeUploads(registry, o.Paths["/v1/uploads"].Post, o.Paths["/v1/uploads/{id}"].Head)
	describeValues(registry)
	describeSecurity(o)
}

// describeSchedules adds the body of a request for a schedule.
func describeSchedules(registry huma.Registry, put *huma.Operation) {
	spec := registry.Schema(reflect.TypeFor[job.ScheduleSpec](), true, "ScheduleSpec")
	body := put.RequestBody.Content["application/json"]
	body.Schema = spec
	body.Examples = map[string]*huma.Example{"nightly": {Value: map[string]any{
		"cron": "0 3 * * *", "time_zone": "Europe/Berlin",
		"submission": map[string]any{"kind": "publish", "target": "local", "source": map[string]any{"git": "https://example.org/handbook.git"}},
	}}}
	for _, name := range []string{"Schedule", "ScheduleSpec"} {
		if s := registry.Map()[name]; s != nil {
			s.Properties["submission"] = &huma.Schema{Ref: "#/components/schemas/Submission"}
		}
	}
}

// describeFile adds the answers of a route that sends a file.
func describeFile(file *huma.PathItem) {
	header := map[string]*huma.Param{
		"ETag":        {Description: "The SHA-256 of the file, in quotes.", Schema: &huma.Schema{Type: huma.TypeString}},
		"Repr-Digest": {Description: "The SHA-256 of the file (RFC 9530).", Schema: &huma.Schema{Type: huma.TypeString}},
	}
	for _, op := range []*huma.Operation{file.Get, file.Head} {
		op.Parameters = append(op.Parameters,
			&huma.Param{Name: "If-None-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString}},
			&huma.Param{Name: "Range", In: "header", Schema: &huma.Schema{Type: huma.TypeString}})
		op.Responses["206"] = &huma.Response{Description: "A part of the file", Headers: header}
		op.Responses["304"] = &huma.Response{Description: "The file is the one that the client has"}
		op.Responses["200"].Headers = header
	}
	setContent(file.Get, http.StatusOK, content{"*/*": binarySchema()})
	setContent(file.Get, http.StatusPartialContent, content{"*/*": binarySchema()})
}

// describeUploads adds the answers of the routes for sources.
func describeUploads(registry huma.Registry, post, head *huma.Operation) {
	upload := registry.Schema(reflect.TypeFor[job.Upload](), true, "")
	setContent(post, http.StatusCreated, content{"application/json": upload})
	alsoAnswers(post, http.StatusCreated, http.StatusOK, "The content was known")
	for _, response := range head.Responses {
		response.Content = nil // a HEAD has no body
	}
}

// alsoAnswers says that the operation has a second good answer that looks like
// the first.
func alsoAnswers(op *huma.Operation, first, second int, description string) {
	response := *op.Responses[strconv.Itoa(first)]
	response.Description = description
	op.Responses[strconv.Itoa(second)] = &response
}

// content is the schema of an answer by media type.
type content map[string]*huma.Schema

func setContent(op *huma.Operation, status int, c content) {
	response := op.Responses[strconv.Itoa(status)]
	response.Content = map[string]*huma.MediaType{}
	for mediaType, schema := range c {
		response.Content[mediaType] = &huma.MediaType{Schema: schema}
	}
}

func binarySchema() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

func textSchema(description string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: description}
}

func listSchema(registry huma.Registry, member string, t reflect.Type) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{member},
		Properties: map[string]*huma.Schema{
			member: {Type: huma.TypeArray, Items: registry.Schema(t, true, "")},
		},
	}
}
