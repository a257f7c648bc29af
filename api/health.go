package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// readyTimeout bounds how long /readyz waits for what it asks.
const readyTimeout = 5 * time.Second

// extras mounts what is no part of the versioned API.
func (s *server) extras(engine *gin.Engine) {
	for path, handler := range map[string]gin.HandlerFunc{
		"/":               s.index,
		"/healthz":        s.healthz,
		"/readyz":         s.readyz,
		"/metrics":        gin.WrapH(s.metrics.handler),
		"/openapi.json":   s.serveOpenAPI,
		"/problems/:code": s.problem,
	} {
		engine.GET(path, handler)
		engine.HEAD(path, handler)
	}
	s.mountSites(engine)
}

// healthz answers that the process is alive.
func (s *server) healthz(c *gin.Context) {
	c.Header("Cache-Control", noStore)
	c.String(http.StatusOK, "ok\n")
}

// readyz answers whether jobs can be taken, and if not why.
func (s *server) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	c.Header("Cache-Control", noStore)
	if err := s.Ready(ctx); err != nil {
		s.Logger.WarnContext(ctx, "not ready", "error", err)
		writeProblem(c, newProblem(&job.Error{
			Code: job.CodeUnavailable, Cause: job.CauseService,
			Message: "Jobs cannot be taken at the moment.", Hint: "The server's log says what is missing.",
		}))
		return
	}
	c.String(http.StatusOK, "ok\n")
}

// serveOpenAPI answers the description of the API.
func (s *server) serveOpenAPI(c *gin.Context) {
	c.Data(http.StatusOK, "application/vnd.oai.openapi+json;version=3.1", s.openapi)
}

// problem explains the kind of problem that a "type" member refers to.
func (s *server) problem(c *gin.Context) {
	code := c.Param("code")
	kind, ok := problemKinds[job.Code(code)]
	if !ok {
		writeProblem(c, noRoute())
		return
	}
	c.String(http.StatusOK, "%s: %s.\n", code, kind.title)
}
