package api

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/docjobs/docjobs/job"
)

// maxSubmission bounds a submission, in bytes. It becomes the input of a
// workflow, which Temporal keeps in its history.
const maxSubmission = 256 << 10

type submitInput struct {
	Key         string `header:"Idempotency-Key" doc:"Names the work instead of its content: the same key finds the same job. A string, bare or in double quotes." example:"\"release-1.4\""`
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"application/json"`
}

type submitOutput struct {
	Status       int
	Location     string `header:"Location" doc:"The job resource."`
	RetryAfter   string `header:"Retry-After" doc:"Seconds after which to ask again, while the job has not ended."`
	Sunset       string `header:"Sunset" doc:"When the artifacts are deleted (RFC 8594)."`
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Body         Receipt
}

// submit takes a job. It answers 202 when an attempt was started, and 200 when
// the work was known already or nothing was to be started.
func (s *server) submit(ctx context.Context, in *submitInput) (*submitOutput, error) {
	submission, err := decodeSubmission(in)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	receipt, err := s.Service.Submit(ctx, *submission)
	if err != nil {
		return nil, s.problemOf(ctx, "", err)
	}
	return s.taken(receipt, time.Now()), nil
}

// taken is the answer to a submission.
func (s *server) taken(receipt *job.Receipt, now time.Time) *submitOutput {
	header := headerOf(&receipt.Status, now)
	out := &submitOutput{
		Status: http.StatusAccepted, Location: jobPath(receipt.ID), CacheControl: noStore,
		RetryAfter: header.retryAfter, Sunset: header.sunset,
		Body: Receipt{Receipt: *receipt, Links: s.links(&receipt.Status)},
	}
	if receipt.Deduplicated || receipt.DryRun {
		out.Status = http.StatusOK
	}
	return out
}

// decodeSubmission reads a submission. What cannot be read at all is a bad
// request; what can be read and breaks a rule names every field that does.
func decodeSubmission(in *submitInput) (*job.Submission, error) {
	if !isJSON(in.ContentType) {
		return nil, unsupportedMediaType()
	}
	key, err := parseIdempotencyKey(in.Key)
	if err != nil {
		return nil, err
	}
	if !json.Valid(in.RawBody) {
		return nil, badRequest(http.StatusBadRequest, "The body of the request is not JSON.", "Send one JSON object, encoded in UTF-8.")
	}
	var submission job.Submission
	if err := submission.UnmarshalJSON(in.RawBody); err != nil {
		return nil, err
	}
	submission.IdempotencyKey = key
	return &submission, nil
}

// isJSON reports whether the media type is JSON. None at all counts as JSON.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"))
}

// maxIdempotencyKey bounds a key, in bytes.
const maxIdempotencyKey = 255

// parseIdempotencyKey reads the header field of
// draft-ietf-httpapi-idempotency-key-header: a string as structured field
// (RFC 9651), in double quotes. Many clients leave the quotes out, so a bare
// value is taken as it is.
func parseIdempotencyKey(value string) (string, error) {
	if strings.HasPrefix(value, `"`) {
		item, err := httpsfv.UnmarshalItem([]string{value})
		if err != nil {
			return "", badKey("is not a quoted string as RFC 9651 describes it.")
		}
		quoted, _ := item.Value.(string) // what begins with a quote is a string
		if quoted == "" {
			return "", badKey("is empty; leave the header out.")
		}
		value = quoted
	}
	if len(value) > maxIdempotencyKey {
		return "", badKey("is longer than 255 bytes.")
	}
	for _, r := range value {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return "", badKey("has characters that cannot be printed.")
		}
	}
	return value, nil
}

func badKey(message string) *Problem {
	return badRequest(http.StatusBadRequest, "The request has errors.", "",
		job.Fault{Field: "Idempotency-Key", Message: message})
}
