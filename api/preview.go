package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

type previewInput struct {
	ID   string `path:"id" doc:"The Job ID."`
	Path string `path:"path" doc:"Path in the site; it may have slashes." example:"index.html"`
}

// maxRewritten bounds the pages and style sheets whose links are led into the
// preview, in bytes; larger ones are shown as they are.
const maxRewritten = 16 << 20

// preview shows a page of a site that waits for an approval. Like a published site
// it runs in an origin of its own (see sitePolicy): its scripts cannot act with the
// key of who looks at it, and cannot read an answer of this server.
func (s *server) preview(c *gin.Context, in *previewInput) error {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return err
	}
	st, err := s.Service.Get(c.Request.Context(), id, job.StatusQuery{})
	if err != nil {
		return err
	}
	if st.State == job.StateExpired {
		return job.Gone(st)
	}
	if st.Approval == nil {
		return &job.Error{
			Code: job.CodeNotFound, Cause: job.CauseRequest, JobID: id, Message: "The job has no preview.",
			Hint: "A publish has one from the moment at which it waits for an approval.",
		}
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", sitePolicy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", noStore)
	allowOwnPages(c)
	return s.showPage(c, st, strings.TrimPrefix(in.Path, "/"))
}

// showPage answers the file at the path, as a web server would.
func (s *server) showPage(c *gin.Context, st *job.Status, name string) error {
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	err := s.showFile(c, st, name, http.StatusOK)
	if !absent(err) {
		return err
	}
	ctx := c.Request.Context()
	if index, _, missing := s.Artifacts.Open(ctx, st.Outputs, "site/"+path.Join(name, "index.html")); missing == nil {
		index.Close()
		c.Redirect(http.StatusFound, "./"+path.Base(name)+"/")
		return nil
	}
	if missing := s.showFile(c, st, "404.html", http.StatusNotFound); !absent(missing) {
		return missing
	}
	return err
}

func absent(err error) bool { return errors.Is(err, &job.Error{Code: job.CodeNotFound}) }

// showFile answers one file of the site, with its links led into the preview.
func (s *server) showFile(c *gin.Context, st *job.Status, name string, status int) error {
	file, info, err := s.Artifacts.Open(c.Request.Context(), st.Outputs, "site/"+name)
	if err != nil {
		return previewError(err)
	}
	defer file.Close()
	c.Writer.Header().Set("Content-Type", orDefault(info.MediaType, "application/octet-stream"))
	mediaType, _, _ := mime.ParseMediaType(info.MediaType)
	if info.Size > maxRewritten || mediaType != "text/html" && mediaType != "text/css" {
		if status != http.StatusOK {
			return absentPage()
		}
		return sendFile(c, file)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	lead := newRebaser(st.Approval.Address, st.Approval.Preview)
	var page bytes.Buffer
	if mediaType == "text/css" {
		page.WriteString(lead.css(string(content)))
	} else {
		lead.html(&page, content)
	}
	c.Status(status)
	_, err = newPatientWriter(c).Write(page.Bytes())
	return err
}

// previewError keeps names of artifacts out of what a reader of the site is told.
func previewError(err error) error {
	if absent(err) {
		return absentPage()
	}
	return err
}

func absentPage() *job.Error {
	return &job.Error{Code: job.CodeNotFound, Cause: job.CauseRequest, Message: "The site has no page or file at this address."}
}
