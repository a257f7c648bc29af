package api

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

type artifactsInput struct {
	ID      string `path:"id" doc:"The Job ID."`
	Attempt int    `query:"attempt" minimum:"1" doc:"Which attempt; the newest when left out."`
	Format  string `query:"format" enum:"json,zip,tar.gz" doc:"In which form; it wins over Accept."`
	Accept  string `header:"Accept" hidden:"true"`
}

// artifacts answers the list of everything that an ended attempt made, or all
// of it in one archive.
func (s *server) artifacts(c *gin.Context, in *artifactsInput) error {
	result, err := s.findResult(c.Request.Context(), &attemptInput{ID: in.ID, Attempt: in.Attempt})
	if err != nil {
		return err
	}
	files := s.Artifacts.Files(c.Request.Context(), result.Outputs)
	format, chosen := archiveFormats[in.Format]
	if !chosen && in.Format == "" {
		format, chosen = archiveFor(in.Accept)
	}
	if !chosen {
		return writeArray(c, "artifacts", files)
	}
	if err := s.writeArchive(c, format, result, files); err != nil {
		return err
	}
	s.fetched(c, result)
	return nil
}

type artifactInput struct {
	ID      string `path:"id" doc:"The Job ID."`
	Path    string `path:"path" doc:"Path of the file; it may have slashes." example:"reports/links.html"`
	Attempt int    `query:"attempt" minimum:"1" doc:"Which attempt; the newest when left out."`
}

// artifactPolicy keeps what jobs made from acting in this server's name. An
// artifact is as trustworthy as its source: it may be HTML with scripts.
const artifactPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'none'"

// artifact answers one file, whole or in ranges.
func (s *server) artifact(c *gin.Context, in *artifactInput) error {
	ctx := c.Request.Context()
	result, err := s.findResult(ctx, &attemptInput{ID: in.ID, Attempt: in.Attempt})
	if err != nil {
		return err
	}
	file, info, err := s.Artifacts.Open(ctx, result.Outputs, strings.TrimPrefix(in.Path, "/"))
	if err != nil {
		return err
	}
	defer file.Close()
	setArtifactHeader(c.Writer.Header(), info, result)
	if err := sendFile(c, file); err != nil {
		return err
	}
	s.fetched(c, result)
	return nil
}

// sendFile sends a file, whole or in ranges, whose header is set.
func sendFile(c *gin.Context, file io.ReadSeeker) error {
	w := &fileWriter{ResponseWriter: c.Writer, patient: newPatientWriter(c)}
	http.ServeContent(w, c.Request, "", time.Time{}, file)
	if w.refused {
		return badRequest(http.StatusRequestedRangeNotSatisfiable, "The range is outside of the file.",
			"Content-Range says how long the file is.")
	}
	c.Writer.WriteHeaderNow()
	return nil
}

// setArtifactHeader describes the file. The digest is that of the whole file
// also where only a range of it is sent (RFC 9530, section 3).
func setArtifactHeader(h http.Header, info *job.Artifact, result *job.Result) {
	h.Set("Content-Type", orDefault(info.MediaType, "application/octet-stream"))
	h.Set("Content-Security-Policy", artifactPolicy)
	h.Set("Cache-Control", "private, no-cache")
	if digest, err := hex.DecodeString(info.SHA256); err == nil && len(digest) == 32 {
		h.Set("ETag", `"`+info.SHA256+`"`)
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest)+":")
	}
	if result.ExpiresAt != nil {
		h.Set("Sunset", result.ExpiresAt.UTC().Format(http.TimeFormat))
	}
}

// fileWriter holds back the plain text with which http.ServeContent refuses a
// range, and gives every write its deadline.
type fileWriter struct {
	http.ResponseWriter
	patient *patientWriter
	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (w *fileWriter) WriteHeader(status int) {
	if status == http.StatusRequestedRangeNotSatisfiable {
		w.refused = true
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *fileWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.patient.Write(b)
}
