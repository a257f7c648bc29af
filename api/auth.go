package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// Keys tells who calls.
type Keys interface {
	// Required reports whether requests need a key at all.
	Required(ctx context.Context) (bool, error)
	// Authenticate returns on whose behalf a request with the key is made, or a
	// *job.Error with CodeNoKey.
	Authenticate(ctx context.Context, token string) (job.Caller, error)
}

// noKeys is a server that asks for none.
type noKeys struct{}

func (noKeys) Required(context.Context) (bool, error) { return false, nil }

func (noKeys) Authenticate(context.Context, string) (job.Caller, error) {
	return job.Caller{}, &job.Error{Code: job.CodeNoKey, Message: "This server knows no keys."}
}

// keyed reports whether callers need a key: always where others than this
// machine can reach the server.
func (s *server) keyed(ctx context.Context) (bool, error) {
	if s.Exposed {
		return true, nil
	}
	return s.Keys.Required(ctx)
}

// authenticate finds out on whose behalf the request is made, for everything
// that belongs to somebody: the jobs and the metrics. The front page, health, the
// description of the API and the released sites are for everybody who reaches the
// server.
func (s *server) authenticate(c *gin.Context) {
	path := c.Request.URL.Path
	if !strings.HasPrefix(path, "/v1/") && path != "/metrics" {
		return
	}
	ctx := c.Request.Context()
	keyed, err := s.keyed(ctx)
	if err == nil && keyed {
		var caller job.Caller
		if caller, err = s.Keys.Authenticate(ctx, tokenOf(c.Request)); err == nil {
			ctx = job.WithCaller(ctx, caller)
			c.Request = c.Request.WithContext(ctx)
		}
	}
	if err == nil && path == "/metrics" && !job.CallerFrom(ctx).May(job.ScopeAdmin) {
		err = outOfScope(job.ScopeAdmin)
	}
	if err == nil {
		err = s.limit(c, keyed)
	}
	if err != nil {
		writeProblem(c, s.problemOf(ctx, c.Param("id"), err))
		c.Abort()
	}
}

// tokenOf returns the key that the request carries: as bearer token (RFC 6750)
// or, for browsers, as the password of basic authentication (RFC 7617).
func tokenOf(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// challenge tells how to authenticate (RFC 9110, section 11.6.1).
const challenge = `Bearer realm="docjobs", Basic realm="docjobs: an API key as password", charset="UTF-8"`

// outOfScope is the refusal of a caller whose key does not reach so far.
func outOfScope(needed job.Scope) *job.Error {
	return &job.Error{
		Code: job.CodeForbidden, Cause: job.CauseRequest,
		Message: "The API key may not do this: it lacks the scope " + string(needed) + ".",
		Hint:    "Use a key with this scope, or ask the operator for one.",
	}
}

// scheme is the name of the security scheme in the description of the API.
const scheme = "key"

// needs says which scope an operation needs; [server.enforce] holds callers to it.
func needs(scope job.Scope) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Security = []map[string][]string{{scheme: {string(scope)}}} }
}

// scopeOf returns the scope that the operation needs: what changes nothing needs
// to read, everything else to submit, unless the operation says otherwise.
func scopeOf(op *huma.Operation) job.Scope {
	for _, security := range op.Security {
		if scopes := security[scheme]; len(scopes) > 0 {
			return job.Scope(scopes[0])
		}
	}
	if op.Method == http.MethodGet || op.Method == http.MethodHead {
		return job.ScopeRead
	}
	return job.ScopeSubmit
}

// enforce refuses callers that lack the scope of the operation.
func (s *server) enforce(ctx huma.Context, next func(huma.Context)) {
	needed := scopeOf(ctx.Operation())
	if job.CallerFrom(ctx.Context()).May(needed) {
		next(ctx)
		return
	}
	c := humagin.Unwrap(ctx)
	writeProblem(c, newProblem(outOfScope(needed)))
}

// describeSecurity writes into the description what [server.enforce] does.
func describeSecurity(o *huma.OpenAPI) {
	o.Components.SecuritySchemes = map[string]*huma.SecurityScheme{scheme: {
		Type: "http", Scheme: "bearer", BearerFormat: "dj_<id>_<secret>",
		Description: "An API key. A server that only its own machine can reach may ask for none.",
	}}
	for _, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			needed := scopeOf(op)
			needs(needed)(op)
			if needed != job.ScopeRead {
				note := "Needs a key with the scope " + string(needed) + ", where keys are asked for."
				op.Description = strings.Join(slices.DeleteFunc([]string{op.Description, note}, func(s string) bool { return s == "" }), " ")
			}
		}
	}
}
