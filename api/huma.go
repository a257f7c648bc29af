package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// newHuma returns huma on top of the router, made so that everything it
// refuses is one of our problems.
func (s *server) newHuma(engine *gin.Engine) huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	config := huma.Config{
		OpenAPI:                      description(s.Version, registry),
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{problemTransformer},
	}
	// Answers may grow new members; clients must not take them for errors.
	config.AllowAdditionalPropertiesByDefault = true
	api := huma.NewAPI(config, &adapter{Handler: engine, engine: engine})
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		next(&requestContext{humaContext: ctx})
	}, s.enforce)
	return api
}

// adapter is humagin's with two additions: a last path parameter with the name
// "path" takes the rest of the path, slashes and all, and one with the name
// "document" everything before what follows it. OpenAPI has no notation for that.
type adapter struct {
	http.Handler
	engine *gin.Engine
}

// Handle implements huma.Adapter.
func (a *adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	path := strings.ReplaceAll(op.Path, "/{path}", "/*path")
	path, behind, _ := strings.Cut(path, "{document}")
	if behind != "" {
		path += "*document"
	}
	path = strings.NewReplacer("{", ":", "}", "").Replace(path)
	a.engine.Handle(op.Method, path, func(c *gin.Context) {
		if behind != "" && !cutDocument(c, behind) {
			writeProblem(c, noRoute())
			return
		}
		handler(humagin.NewContext(op, c))
	})
}

// cutDocument makes the path parameter document end before what follows it, if that
// does.
func cutDocument(c *gin.Context, behind string) bool {
	for i, p := range c.Params {
		if p.Key == "document" {
			name, found := strings.CutSuffix(strings.TrimPrefix(p.Value, "/"), behind)
			c.Params[i].Value = name
			return found && name != ""
		}
	}
	return false
}

type humaContext = huma.Context

// requestContext lets problemTransformer choose the status of an answer, which
// huma has no hook for: it says 422 to everything.
type requestContext struct {
	humaContext
	status int
}

// SetStatus implements huma.Context.
func (c *requestContext) SetStatus(code int) {
	if c.status != 0 {
		code = c.status
	}
	c.humaContext.SetStatus(code)
}

// Unwrap gives humagin.Unwrap its way to the gin context.
func (c *requestContext) Unwrap() huma.Context { return c.humaContext }

// problemTransformer completes problems, and makes them of what huma itself
// found wrong. Huma's own errors repeat the values that were sent; ours do not.
func problemTransformer(ctx huma.Context, _ string, body any) (any, error) {
	p, ok := body.(*Problem)
	if model, is := body.(*huma.ErrorModel); is {
		p, ok = fromHuma(model), true
	}
	if !ok {
		return body, nil
	}
	if rc, is := ctx.(*requestContext); is {
		rc.status = p.Status
	}
	u := ctx.URL()
	p.locate(u.EscapedPath(), ctx.Param("id"))
	ctx.SetHeader("Cache-Control", noStore)
	return p, nil
}

// fromHuma returns the problem for something that huma refused.
func fromHuma(model *huma.ErrorModel) *Problem {
	switch model.Status {
	case http.StatusRequestEntityTooLarge:
		return newProblem(&job.Error{Code: job.CodeTooLarge, Cause: job.CauseRequest, Message: "The body of the request is too large."})
	case http.StatusUnsupportedMediaType:
		return unsupportedMediaType()
	case http.StatusRequestTimeout:
		return badRequest(model.Status, "The body of the request did not arrive in time.", "")
	}
	status := http.StatusBadRequest
	faults := make([]job.Fault, 0, len(model.Errors))
	for _, detail := range model.Errors {
		place, field, _ := strings.Cut(detail.Location, ".")
		if place == "body" && field != "" {
			status = http.StatusUnprocessableEntity
		}
		faults = append(faults, job.Fault{Field: orDefault(field, place), Message: plainWords(place, field, detail.Message)})
	}
	if len(faults) == 0 {
		return badRequest(status, "The request has no body, and needs one.", "Send a JSON object.")
	}
	return badRequest(status, "The request has errors.", "Mend what is named and send the request again; nothing was done.", faults...)
}

// plainWords rewrites huma's messages where they are short of words or quote
// what was sent.
func plainWords(place, field, message string) string {
	switch {
	case place == "body" && field == "":
		return "must be a JSON object."
	case message == "unknown query parameter":
		return "is not a parameter of this request."
	case message == "unexpected property":
		return "is not a field of this request."
	case message == "invalid integer":
		return "must be a whole number."
	case message == "invalid boolean":
		return "must be true or false."
	case strings.HasPrefix(message, "invalid date/time"):
		return "must be a time as in 2006-01-02T15:04:05Z (RFC 3339)."
	}
	return message + "."
}

// unsupportedMediaType is the problem of a body that is not JSON.
func unsupportedMediaType() *Problem {
	return badRequest(http.StatusUnsupportedMediaType,
		"The body of the request must be JSON.", "Send it with Content-Type: application/json.")
}

// raw makes a huma handler of a function that writes its answer itself. An
// error that comes after the first byte cuts the answer off.
func raw[I any](s *server, f func(*gin.Context, *I) error) func(context.Context, *I) (*huma.StreamResponse, error) {
	return func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			c := humagin.Unwrap(ctx)
			err := f(c, in)
			switch {
			case err == nil:
			case !c.Writer.Written():
				writeProblem(c, s.problemOf(c.Request.Context(), c.Param("id"), err))
			default:
				if !errors.Is(err, context.Canceled) && c.Request.Context().Err() == nil {
					s.Logger.ErrorContext(c.Request.Context(), "answer broke off", "job_id", c.Param("id"), "route", c.FullPath(), "error", err)
				}
				panic(http.ErrAbortHandler)
			}
		}}, nil
	}
}
