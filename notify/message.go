package notify

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/docjobs/docjobs/job"
)

// MaxBody bounds a message, in bytes.
const MaxBody = 20_000

// A Message is what is told of an event. It holds no content of documents, only
// links to it.
type Message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of the event
	Data      Data      `json:"data"`
}

// Data is what happened to the job.
type Data struct {
	JobID     job.ID          `json:"job_id"`
	Event     int64           `json:"event"` // number of the event
	Attempt   int             `json:"attempt"`
	Kind      job.Kind        `json:"kind"`
	State     job.State       `json:"state"`
	Submitter string          `json:"submitter,omitempty"`
	Labels    []string        `json:"labels,omitempty"`
	Summary   string          `json:"summary,omitempty"` // what the job does
	Step      string          `json:"step,omitempty"`
	Message   string          `json:"message,omitempty"`
	Items     *job.ItemCounts `json:"items,omitempty"`
	Error     *Failure        `json:"error,omitempty"`
	Release   *Released       `json:"release,omitempty"`
	Links     Links           `json:"links"`
}

// Failure is why something failed.
type Failure struct {
	Code      job.Code  `json:"code"`
	Cause     job.Cause `json:"cause,omitempty"`
	Message   string    `json:"message"`
	File      string    `json:"file,omitempty"`
	Line      int       `json:"line,omitempty"`
	Hint      string    `json:"hint,omitempty"`
	Retryable bool      `json:"retryable"`
}

// Released is what went live.
type Released struct {
	ID     string `json:"id"`
	Target string `json:"target"`
	URL    string `json:"url,omitempty"`
}

// Links lead to where more is known.
type Links struct {
	Job    string `json:"job"`
	Events string `json:"events"`
	Logs   string `json:"logs"`
	Result string `json:"result,omitempty"` // once the job has ended
}

// NewMessage returns what is told of an event of the job that summary describes.
// base is the address of the API.
func NewMessage(base string, summary job.Summary, items job.ItemCounts, e job.Event) Message {
	m := Message{Type: e.Type, Timestamp: e.At.UTC(), Data: Data{
		JobID: e.JobID, Event: e.Number, Attempt: e.Attempt, Kind: summary.Kind, State: e.State,
		Submitter: clip(summary.Submitter, 200), Labels: clipped(summary.Labels), Summary: clip(summary.Summary, 500),
		Step: clip(e.Step, 100), Message: clip(e.Message, 1000), Links: links(base, e),
	}}
	if items.Total > 0 {
		m.Data.Items = &items
	}
	if f := e.Error; f != nil {
		m.Data.Error = &Failure{
			Code: f.Code, Cause: f.Cause, Message: clip(f.Message, 1000), File: clip(f.File, 500), Line: f.Line,
			Hint: clip(f.Hint, 500), Retryable: f.Retryable,
		}
	}
	if r := e.Release; r != nil {
		m.Data.Release = &Released{ID: clip(r.ID, 300), Target: clip(r.Target, 100), URL: clip(r.URL, 500)}
	}
	return m
}

func links(base string, e job.Event) Links {
	self := strings.TrimSuffix(base, "/") + "/v1/jobs/" + string(e.JobID)
	l := Links{Job: self, Events: self + "/events", Logs: self + "/logs"}
	if e.State.Terminal() {
		l.Result = self + "/result"
	}
	return l
}

// Encode returns the message as JSON, at most [MaxBody] bytes of it.
func (m Message) Encode() ([]byte, error) {
	return encode(m) // escaped HTML would make long what was clipped
}

// maxClippedLabels bounds how many labels are told.
const maxClippedLabels = 20

func clipped(labels []string) []string {
	out := make([]string, 0, min(len(labels), maxClippedLabels))
	for _, label := range labels[:min(len(labels), maxClippedLabels)] {
		out = append(out, clip(label, 100))
	}
	return out
}

// clip returns s cut to at most n bytes, without what JSON has to escape at length.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-len("…")], "") + "…"
}
