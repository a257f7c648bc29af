package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// guard refuses what must not come from outside. A server that asks for no keys
// is for its own machine: a Host that is not this machine means that a name
// of somebody else was made to point here (DNS rebinding). With or without keys, a
// page of another origin must not start or cancel jobs in the reader's name.
func (s *server) guard() gin.HandlerFunc {
	crossOrigin := http.NewCrossOriginProtection()
	return func(c *gin.Context) {
		c.Header("X-Content-Type-Options", "nosniff")
		if !s.Exposed && !loopbackHost(c.Request.Host) {
			refuse(c, "This server answers on its own machine only, and the request names another host.",
				"Use the address 127.0.0.1 or the name localhost.")
			return
		}
		if crossOrigin.Check(c.Request) != nil {
			refuse(c, "A page of another origin may not change anything here.", "Use the command line, or a page of this server.")
		}
	}
}

func refuse(c *gin.Context, message, hint string) {
	writeProblem(c, newProblem(&job.Error{Code: job.CodeForbidden, Cause: job.CauseRequest, Message: message, Hint: hint}))
	c.Abort()
}

// loopbackHost reports whether the value of a Host header names this machine:
// an address of the loopback, "localhost", or a name below it (RFC 6761,
// section 6.3), with or without a port.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	} else {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.Unmap().IsLoopback()
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// noRoute is the answer to a path that there is not.
func noRoute() *Problem {
	return newProblem(&job.Error{
		Code: job.CodeNotFound, Cause: job.CauseRequest,
		Message: "There is nothing at this address.",
		Hint:    "The addresses of the API are listed at /openapi.json.",
	})
}

// noMethod is the answer to a method that the path does not have. The Allow
// header is set by the router.
func noMethod(method string) *Problem {
	if !knownMethods[method] {
		method = "That method"
	}
	return badRequest(http.StatusMethodNotAllowed, method+" is not possible at this address.",
		"The Allow header lists what is.")
}
