package api

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
)

// sitePolicy lets a published site run its scripts, in an origin of its own: a
// site is what some source made it, and must not act in this server's name.
const sitePolicy = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-forms allow-downloads allow-modals"

// mountSites mounts the current releases below /sites/.
func (s *server) mountSites(engine *gin.Engine) {
	handlers := make(map[string]http.Handler, len(s.Sites))
	for name, handler := range s.Sites {
		handlers[name] = http.StripPrefix("/sites/"+name, handler)
	}
	serve := func(c *gin.Context) {
		handler, ok := handlers[c.Param("target")]
		if !ok {
			writeProblem(c, noRoute())
			return
		}
		c.Header("Content-Security-Policy", sitePolicy)
		allowOwnPages(c)
		handler.ServeHTTP(c.Writer, c.Request)
	}
	redirect := func(c *gin.Context) {
		if _, ok := handlers[c.Param("target")]; !ok {
			writeProblem(c, noRoute())
			return
		}
		c.Redirect(http.StatusPermanentRedirect, "/sites/"+c.Param("target")+"/")
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		engine.Handle(method, "/sites/:target", redirect)
		engine.Handle(method, "/sites/:target/*path", serve)
	}
}

// allowOwnPages lets pages of the sites, and no others, read the sites' files.
// The sandbox gives them an opaque origin, so that every fetch of a script
// module or a font is a cross-origin one from "null". Sandboxed frames of other
// pages are "null" too, but cannot make up the referrer.
func allowOwnPages(c *gin.Context) {
	c.Header("Vary", "Origin, Referer")
	from, err := url.Parse(c.GetHeader("Referer"))
	if c.GetHeader("Origin") == "null" && err == nil && from.Host == c.Request.Host {
		c.Header("Access-Control-Allow-Origin", "null")
	}
}
