package api

import (
	"net/http"

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
		// The opaque origin of the sandbox makes every fetch of the site's own
		// files, such as a search index, a cross-origin one.
		c.Header("Access-Control-Allow-Origin", "*")
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
