package weblinks

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// userAgent says who asks. Many servers answer only what looks like a browser.
const userAgent = "Mozilla/5.0 (compatible; docjobs-linkcheck)"

// maxBody bounds what is read of a body so that a connection can be used again.
const maxBody = 4 << 10

// tries bounds how often one address is asked by the same method.
const tries = 3

// ask finds out about one address: by HEAD, and by GET where the answer to that is not a good one. Many servers do not
// know HEAD, or refuse it.
func (r *run) ask(ctx context.Context, h *host, target string) Answer {
	if u, err := url.Parse(target); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Answer{URL: target, State: Unknown, Reason: ReasonMalformed, Message: "The address cannot be read."}
	}
	answer := r.try(ctx, h, http.MethodHead, target)
	if answer.State == OK || answer.Status == 0 || answer.Reason == ReasonTooMany {
		return answer
	}
	return r.try(ctx, h, http.MethodGet, target)
}

// try asks by one method, again after Retry-After or a lost connection.
func (r *run) try(ctx context.Context, h *host, method, target string) (answer Answer) {
	for n := range tries {
		if err := h.wait(ctx); err != nil {
			return unasked(target)
		}
		var later time.Duration
		answer, later = r.request(ctx, method, target)
		switch {
		case later > 0 && later <= r.MaxWait:
			h.pause(later)
		case answer.Reason == ReasonUnreachable && n == 0 && answer.Message != timedOut:
		default:
			return answer
		}
	}
	return answer
}

var timedOut = ofError("", context.DeadlineExceeded).Message

// request asks once. later is for how long the server does not want to be asked again.
func (r *run) request(ctx context.Context, method, target string) (answer Answer, later time.Duration) {
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return Answer{URL: target, State: Unknown, Reason: ReasonMalformed, Message: "The address cannot be read."}, 0
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	trail := &trail{permanent: true}
	client := *r.client
	client.CheckRedirect = trail.follow
	resp, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return unasked(target), 0
		}
		answer = ofError(target, err)
		answer.redirected = trail.last != ""
		return answer, 0
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxBody)
	answer = ofStatus(target, resp.StatusCode)
	answer.redirected = trail.last != ""
	if answer.State == OK && trail.permanent && trail.last != "" {
		answer.Moved = trail.last
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		later = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	return answer, later
}

// trail remembers where redirects lead, and whether all of them are for good.
type trail struct {
	permanent bool
	last      string
}

func (t *trail) follow(req *http.Request, via []*http.Request) error {
	if err := checkRedirect(req, via); err != nil {
		return err
	}
	code := req.Response.StatusCode
	t.permanent = t.permanent && (code == http.StatusMovedPermanently || code == http.StatusPermanentRedirect)
	t.last = req.URL.String()
	return nil
}

// retryAfter reads the header field (RFC 9110, 10.2.3): seconds, or a date. 0 is none.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return max(time.Duration(seconds)*time.Second, time.Millisecond)
	} else if errors.Is(err, strconv.ErrRange) {
		return 1 << 62
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), time.Millisecond)
	}
	return 0
}
