package artifact

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"gocloud.dev/gcerrors"
)

// Logs keeps the logs of jobs: one stream for each try of a step, in numbered
// chunks of JSON lines, because a bucket cannot append. A stream can be read
// while it is written.
type Logs struct {
	store *Store
}

// Line is one line of a job's log.
type Line struct {
	Time    time.Time  `json:"time"`
	Level   slog.Level `json:"level"` // written as DEBUG, INFO, WARN, ERROR
	Attempt int        `json:"attempt"`
	Step    string     `json:"step"`
	Try     int        `json:"try"`
	Item    string     `json:"item,omitempty"` // the document, where it is about one
	Message string     `json:"message"`        // no control characters but tabs
}

// LogStream says which log a line belongs to.
type LogStream struct {
	Job     string
	Attempt int    // of the job, from 1
	Ordinal int    // place of the step in its pipeline, 0 to 99; steps are read in this order
	Step    string // such as "build"
	Try     int    // of the step, from 1
}

const (
	maxAttempt = 9999
	maxTry     = 99_999
	maxOrdinal = 99
	maxStep    = 64 // bytes of a step's name
)

func (s LogStream) check() error {
	switch {
	case !validSegment(s.Job):
		return fmt.Errorf("log of job %q: not a Job ID", s.Job)
	case !validStep(s.Step):
		return fmt.Errorf("log of job %s: %q is not a step's name: 1 to %d lower-case letters, digits and dashes", s.Job, s.Step, maxStep)
	case s.Attempt < 1 || s.Attempt > maxAttempt, s.Ordinal < 0 || s.Ordinal > maxOrdinal, s.Try < 1 || s.Try > maxTry:
		return fmt.Errorf("log of job %s, step %s: attempt %d, ordinal %d or try %d is out of range", s.Job, s.Step, s.Attempt, s.Ordinal, s.Try)
	}
	return nil
}

func validStep(s string) bool {
	if s == "" || len(s) > maxStep || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// name sorts by attempt, then place of the step, then try.
func (s LogStream) name() string {
	return fmt.Sprintf("%04d.%02d-%s.%05d", s.Attempt, s.Ordinal, s.Step, s.Try)
}

func (s LogStream) chunk(n int) string {
	return fmt.Sprintf("%s%s/%s/%06d.jsonl", logsPrefix, s.Job, s.name(), n)
}

// parseStream is the reverse of name.
func parseStream(job, name string) (LogStream, bool) {
	attempt, rest, _ := strings.Cut(name, ".")
	step, try, _ := strings.Cut(rest, ".")
	ordinal, step, _ := strings.Cut(step, "-")
	s := LogStream{Job: job, Step: step}
	s.Attempt, _ = strconv.Atoi(attempt)
	s.Ordinal, _ = strconv.Atoi(ordinal)
	s.Try, _ = strconv.Atoi(try)
	return s, s.check() == nil && s.name() == name
}

// Delete removes the logs of a job's first attempts, up to the given one.
func (l *Logs) Delete(ctx context.Context, job string, attempt int) error {
	if !validSegment(job) {
		return fmt.Errorf("log of job %q: not a Job ID", job)
	}
	folder := logsPrefix + job + "/"
	end := folder + fmt.Sprintf("%04d.", attempt+1)
	for key, err := range l.store.list(ctx, folder, "") {
		if err != nil {
			return err
		}
		if key >= end {
			return nil // those of later attempts follow
		}
		if err := l.store.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return storeError("delete", key, err)
		}
	}
	return nil
}
