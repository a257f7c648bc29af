package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

type uploadInput struct{}

// upload takes in the archive that is the body. It answers 201 for content
// that is new and 200 for content that is known.
func (s *server) upload(c *gin.Context, _ *uploadInput) error {
	if c.Request.ContentLength > s.MaxUpload {
		return uploadTooLarge(s.MaxUpload)
	}
	control := http.NewResponseController(c.Writer)
	body := http.MaxBytesReader(c.Writer, c.Request.Body, s.MaxUpload)
	u, created, err := s.Uploads.Receive(c.Request.Context(), &uploadReader{r: body, control: control})
	if err != nil {
		return err
	}
	_ = control.SetReadDeadline(time.Time{})
	c.Header("Location", uploadPath(u.ID))
	c.Header("Cache-Control", noStore)
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	c.JSON(status, u)
	return nil
}

// uploadReader reads an archive. Every read has a deadline of its own, and the
// error of one that is too large is a [job.Error], so that it stays what it is
// on its way through whoever reads.
type uploadReader struct {
	r       io.Reader
	control *http.ResponseController
}

// Read implements io.Reader.
func (u *uploadReader) Read(b []byte) (int, error) {
	// A connection that knows no deadlines has none.
	_ = u.control.SetReadDeadline(time.Now().Add(patience))
	n, err := u.r.Read(b)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = uploadTooLarge(tooLarge.Limit)
	}
	return n, err
}

func uploadTooLarge(limit int64) *job.Error {
	return &job.Error{
		Code: job.CodeTooLarge, Cause: job.CauseRequest,
		Message: "The archive is too large: this server takes at most " + byteSize(limit) + ".",
		Hint:    "Leave out what the documentation does not need, or ask the operator for a higher limit.",
	}
}

func uploadPath(id string) string { return "/v1/uploads/" + id }

type findUploadInput struct {
	ID string `path:"id" doc:"The ID of the upload: sha256: and 64 hexadecimal digits."`
}

type findUploadOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         *job.Upload
}

// findUpload answers what is known of an upload.
func (s *server) findUpload(ctx context.Context, in *findUploadInput) (*findUploadOutput, error) {
	u, err := s.Uploads.Find(ctx, in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return &findUploadOutput{CacheControl: noStore, Body: u}, nil
}

// headUpload answers whether an upload is known, without a body.
func (s *server) headUpload(c *gin.Context, in *findUploadInput) error {
	if _, err := s.Uploads.Find(c.Request.Context(), in.ID); err != nil {
		return err
	}
	c.Header("Content-Type", "application/json")
	c.Header("Cache-Control", noStore)
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	return nil
}
