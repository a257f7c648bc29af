package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

//go:embed index.html
var indexSource string

var indexTemplate = template.Must(template.New("index").Parse(indexSource))

// indexPolicy: the page has a style and links, nothing else.
const indexPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// index answers the front page: what this is and where to go.
func (s *server) index(c *gin.Context) {
	var page bytes.Buffer
	err := indexTemplate.Execute(&page, map[string]any{
		"Version": s.Version, "UI": s.UI, "Sites": slices.Sorted(maps.Keys(s.Sites)),
	})
	if err != nil {
		writeProblem(c, s.defect(c.Request.Context(), "", err))
		return
	}
	c.Header("Content-Security-Policy", indexPolicy)
	c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
}
