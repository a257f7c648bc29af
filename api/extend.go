package api

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// ExtendRequest is the body of a request to keep a result longer.
type ExtendRequest struct {
	_     struct{}   `additionalProperties:"false"`
	Until *time.Time `json:"until,omitempty" doc:"Keep the result until then."`
	For   string     `json:"for,omitempty" maxLength:"20" doc:"Keep it for so long from now on: a whole number and s, m, h, d or w." example:"14d"`
	Pin   *bool      `json:"pin,omitempty" doc:"true keeps it until somebody unpins it; false unpins it."`
}

type extendInput struct {
	ID   string `path:"id" doc:"The Job ID."`
	Body ExtendRequest
}

// extend changes how long the result of a job is kept.
func (s *server) extend(ctx context.Context, in *extendInput) (*jobOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	st, err := s.Service.Extend(ctx, id, job.Extension{Until: in.Body.Until, For: in.Body.For, Pin: in.Body.Pin})
	if err != nil {
		return nil, s.problemOf(ctx, in.ID, err)
	}
	return s.jobAnswer(http.StatusOK, st), nil
}

const (
	// fetchesKept bounds how many results this process remembers as fetched.
	fetchesKept = 1000
	// fetchesNoted bounds how many are being noted at the same time. One more is noted
	// with the next file that is fetched of it.
	fetchesNoted = 16
	// fetchTimeout bounds how long that takes.
	fetchTimeout = 10 * time.Second
)

// A fetch is a result that somebody has fetched.
type fetch struct {
	id      job.ID
	attempt int
}

// fetches notes which results were fetched: once each and beside the download, which
// does not wait for it.
type fetches struct {
	note  func(ctx context.Context, id job.ID, attempt int) error
	mu    sync.Mutex
	known []fetch // noted lately, the last one last
	doing int
}

// fetched notes that a file of the result, or all of it, was sent whole.
func (s *server) fetched(c *gin.Context, r *job.Result) {
	f := fetch{r.ID, r.Attempt}
	if s.fetches.note == nil || c.Request.Method != http.MethodGet || c.Request.Context().Err() != nil || !s.fetches.begin(f) {
		return
	}
	ctx := context.WithoutCancel(c.Request.Context())
	go func() {
		ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
		defer cancel()
		err := s.fetches.note(ctx, f.id, f.attempt)
		if err != nil {
			s.Logger.Warn("That a result was fetched could not be noted.", "job_id", f.id, "error", err)
		}
		s.fetches.end(f, err == nil)
	}()
}

// begin reports whether the fetch is to be noted. It counts as noted from then on.
func (f *fetches) begin(of fetch) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.doing == fetchesNoted || slices.Contains(f.known, of) {
		return false
	}
	f.doing++
	f.known = append(f.known, of)
	if len(f.known) > fetchesKept {
		f.known = slices.Delete(f.known, 0, 1)
	}
	return true
}

// end ends the noting of a fetch. One that was not noted is the next time.
func (f *fetches) end(of fetch, noted bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.doing--
	if !noted {
		f.known = slices.DeleteFunc(f.known, func(k fetch) bool { return k == of })
	}
}
