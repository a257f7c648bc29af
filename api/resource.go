package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/docjobs/docjobs/job"
)

// A Job is the job resource: a [job.Status] and where to go from it.
type Job struct {
	job.Status
	Links Links `json:"links"`
}

// A Receipt is the job resource as a submission answers it.
type Receipt struct {
	job.Receipt
	Links Links `json:"links"`
}

// Links are references from a job. Those without a host are relative to the
// server.
type Links struct {
	Self      string `json:"self"`
	Events    string `json:"events"`
	Logs      string `json:"logs"`
	Result    string `json:"result"`
	Artifacts string `json:"artifacts"`
	Preview   string `json:"preview,omitempty" doc:"The built site, while it waits for an approval."`
	Site      string `json:"site,omitempty" doc:"Where readers find the released site."`
	UI        string `json:"ui,omitempty" doc:"The workflow in the Temporal UI."`
}

// links returns the links of a job.
func (s *server) links(st *job.Status) Links {
	self := jobPath(st.ID)
	l := Links{
		Self: self, Events: self + "/events", Logs: self + "/logs",
		Result: self + "/result", Artifacts: self + "/artifacts",
	}
	if st.Approval != nil {
		l.Preview = st.Approval.Preview
	}
	if st.Release != nil {
		l.Site = st.Release.URL
		if _, served := s.Sites[st.Release.Target]; served && l.Site == "" {
			l.Site = "/sites/" + st.Release.Target + "/"
		}
	}
	if s.UI != "" {
		l.UI = s.UI + "/namespaces/" + url.PathEscape(s.Namespace) + "/workflows/" + string(st.ID)
	}
	return l
}

// jobPath returns the path of the job resource. An ID needs no escaping.
func jobPath(id job.ID) string { return "/v1/jobs/" + string(id) }

// jobHeader are the header fields that go with a job resource.
type jobHeader struct {
	retryAfter string
	sunset     string
}

// headerOf returns the header fields for a job at the moment now: until it has
// ended when to ask again, and when its artifacts go (Sunset, RFC 8594).
func headerOf(st *job.Status, now time.Time) jobHeader {
	var h jobHeader
	if !st.Ended() {
		h.retryAfter = strconv.Itoa(retryAfter(now.Sub(st.CreatedAt)))
	}
	if st.ExpiresAt != nil {
		h.sunset = st.ExpiresAt.UTC().Format(http.TimeFormat)
	}
	return h
}

// Bounds of Retry-After for a running job, in seconds.
const (
	minRetryAfter = 1
	maxRetryAfter = 300
)

// retryAfter returns after how many seconds a client should ask again for a job
// of this age: a tenth of the age, so that whoever follows the advice learns of
// the end at most a tenth late.
func retryAfter(age time.Duration) int {
	return min(max(int(age.Seconds()/10), minRetryAfter), maxRetryAfter)
}
