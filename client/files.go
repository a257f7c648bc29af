package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/docjobs/docjobs/job"
)

// Upload makes sure that the server has a source, and returns what it knows of
// it. Open returns the source as archive (.zip, .tar.gz or .tar) and may be
// called more than once. Id is the ID that the content will get, "" when it is
// not known; a server that has it already is sent nothing.
func (c *Client) Upload(ctx context.Context, id string, open func() (io.ReadCloser, error)) (*job.Upload, error) {
	if id != "" {
		known, err := c.FindUpload(ctx, id)
		if err == nil || job.CodeOf(err) != job.CodeNotFound {
			return known, err
		}
	}
	u, err := askFor[job.Upload](ctx, c, request{
		method: http.MethodPost, path: "/v1/uploads", body: func() (io.Reader, error) { return open() },
		header: map[string]string{"Content-Type": "application/octet-stream", "Expect": "100-continue"},
	})
	if err == nil && id != "" && u.ID != id {
		return nil, &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent, Retryable: true,
			Message: "The source changed while it was being sent.", Hint: "Submit it again when nothing writes to it.",
		}
	}
	return u, err
}

// FindUpload returns what the server knows of an upload.
func (c *Client) FindUpload(ctx context.Context, id string) (*job.Upload, error) {
	return askFor[job.Upload](ctx, c, request{method: http.MethodGet, path: "/v1/uploads/" + url.PathEscape(id)})
}

// Artifacts yields what an ended attempt made, in the order of the paths.
// Number 0 is the newest attempt, here and below.
func (c *Client) Artifacts(ctx context.Context, id job.ID, number int) iter.Seq2[job.Artifact, error] {
	return array[job.Artifact](ctx, c, request{method: http.MethodGet, path: jobPath(id, "/artifacts"), query: attempt(number)})
}

// Download writes one artifact to w. A connection that breaks is taken up where
// it broke. The content is compared with the digest that the server names; an
// error after the last byte means that what was written is not what was made.
func (c *Client) Download(ctx context.Context, id job.ID, number int, path string, w io.Writer) error {
	sum := sha256.New()
	out := &counter{w: io.MultiWriter(w, sum)}
	r := request{
		method: http.MethodGet, path: jobPath(id, "/artifacts/"+escapePath(path)), query: attempt(number),
		header: map[string]string{"Accept-Encoding": "identity"},
	}
	var tag string
	for try := 1; ; try++ {
		resp, err := c.do(ctx, r)
		if err != nil {
			return err
		}
		if out.n > 0 && (resp.StatusCode != http.StatusPartialContent || resp.Header.Get("ETag") != tag) {
			drain(resp)
			return c.garbled(ctx, errors.New("the file is another one than before"))
		}
		tag = resp.Header.Get("ETag")
		_, err = io.Copy(out, resp.Body)
		resp.Body.Close()
		if err == nil {
			return checkDigest(path, tag, hex.EncodeToString(sum.Sum(nil)))
		}
		if out.err != nil {
			return out.err
		}
		if ctx.Err() != nil || try >= c.backoff.Tries || tag == "" {
			return c.garbled(ctx, err)
		}
		if out.n > 0 {
			r.header["Range"], r.header["If-Range"] = fmt.Sprintf("bytes=%d-", out.n), tag
		}
	}
}

// checkDigest compares what came with the strong ETag, which is the SHA-256.
func checkDigest(path, tag, got string) error {
	if want := strings.Trim(tag, `"`); want != got {
		return &job.Error{
			Code: job.CodeUnavailable, Cause: job.CauseService, Retryable: true,
			Message: path + " was damaged on its way: its SHA-256 is not the one that the server names.",
			Hint:    "Download it again.",
		}
	}
	return nil
}

// Archive writes everything that an ended attempt made to w, in one archive of
// the format "zip" or "tar.gz".
func (c *Client) Archive(ctx context.Context, id job.ID, number int, format string, w io.Writer) error {
	query := attempt(number)
	query.Set("format", format)
	return c.copyTo(ctx, w, request{method: http.MethodGet, path: jobPath(id, "/artifacts"), query: query})
}

// Ticket writes what a support ticket needs to say of an attempt, as text.
func (c *Client) Ticket(ctx context.Context, id job.ID, number int, w io.Writer) error {
	return c.copyTo(ctx, w, request{method: http.MethodGet, path: jobPath(id, "/ticket"), query: attempt(number)})
}

// ListCSV writes all jobs that the filter chooses, as CSV with a head and a line for each
// document. It returns what the server says that they lack, as [job.Page] does.
func (c *Client) ListCSV(ctx context.Context, f job.Filter, w io.Writer) (behind string, err error) {
	resp, err := c.do(ctx, request{
		method: http.MethodGet, path: "/v1/jobs", query: listQuery(f), header: map[string]string{"Accept": "text/csv"},
	})
	if err != nil {
		return "", err
	}
	return resp.Header.Get("Docjobs-Behind"), c.copyBody(ctx, w, resp)
}

// copyTo writes the answer to a request.
func (c *Client) copyTo(ctx context.Context, w io.Writer, r request) error {
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	return c.copyBody(ctx, w, resp)
}

// copyBody writes an answer and closes it.
func (c *Client) copyBody(ctx context.Context, w io.Writer, resp *http.Response) error {
	defer resp.Body.Close()
	out := &counter{w: w}
	if _, err := io.Copy(out, resp.Body); err != nil {
		if out.err != nil {
			return out.err
		}
		return c.garbled(ctx, err)
	}
	return nil
}

// escapePath escapes the segments of a path.
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}

// counter counts what was written and keeps the writer's own error apart from
// that of the reader.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}
