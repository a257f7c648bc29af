package workflows

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// Events implements [job.Service]. What earlier attempts recorded comes first,
// then what the newest has to tell; a follower waits for more on Temporal's
// history, which needs no worker and no polling.
func (s *Service) Events(ctx context.Context, id job.ID, q job.EventQuery) iter.Seq2[job.Event, error] {
	return func(yield func(job.Event, error) bool) {
		for last := q.After; ; {
			goOn, err := s.eventsOfRun(ctx, id, q.Follow, &last, func(e job.Event) bool { return yield(e, nil) })
			if err != nil && !errors.Is(err, errStopped) {
				yield(job.Event{}, err)
			}
			if !goOn || !sleep(ctx, time.Second) {
				return
			}
		}
	}
}

// eventsOfRun passes on events for as long as one watch of the job lasts. It reports
// whether there may be more: when the watch broke off, or the next attempt has begun.
func (s *Service) eventsOfRun(ctx context.Context, id job.ID, follow bool, last *int64, pass func(job.Event) bool) (goOn bool, err error) {
	var changed <-chan struct{}
	if follow {
		var leave func()
		changed, leave = s.watch(ctx, id) // before the first look, so that nothing falls in between
		defer leave()
	}
	for {
		v, err := s.load(ctx, id)
		if err == nil {
			err = s.eventsAfter(ctx, v, last, pass)
		}
		if err != nil || !follow || !v.running {
			return false, err
		}
		select {
		case <-ctx.Done():
			return false, nil
		case _, more := <-changed:
			if !more {
				return true, nil
			}
		}
	}
}

// errStopped says that who reads wants no more.
var errStopped = errors.New("stopped reading")

// eventsAfter passes on the events after the given number and moves it along.
func (s *Service) eventsAfter(ctx context.Context, v *view, last *int64, pass func(job.Event) bool) error {
	newest := v.rec
	for n := 1; n < newest.Status.Attempt && missing(newest, *last); n++ {
		earlier, err := s.c.Records.Attempt(ctx, newest.Status.ID, n)
		if errors.Is(err, record.ErrNotFound) {
			continue
		}
		if err != nil {
			return unavailable(newest.Status.ID, err)
		}
		if err := passEvents(earlier, last, pass); err != nil {
			return err
		}
	}
	return passEvents(newest, last, pass)
}

// missing reports whether events between last and the record's first are to
// be found in earlier attempts.
func missing(rec *record.Record, last int64) bool {
	return len(rec.Events) > 0 && rec.Events[0].Number > last+1
}

func passEvents(rec *record.Record, last *int64, pass func(job.Event) bool) error {
	for _, e := range rec.Events {
		if e.Number <= *last {
			continue
		}
		if !pass(e) {
			return errStopped
		}
		*last = e.Number
	}
	return nil
}

// watch returns a channel that is sent to when something has happened in the
// job's workflow since it was called, and closed when the workflow has closed. All who
// watch a job share one look at its history.
func (s *Service) watch(ctx context.Context, id job.ID) (changed <-chan struct{}, leave func()) {
	return s.events.listen(ctx, id, func(ctx context.Context, happened func()) {
		history := s.c.Client.GetWorkflowHistory(ctx, string(id), "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			if _, err := history.Next(); err != nil {
				return
			}
			happened()
		}
	})
}

// logPoll is how often a follower looks for new lines of a log.
const logPoll = 500 * time.Millisecond

// Logs implements [job.Service].
func (s *Service) Logs(ctx context.Context, id job.ID, q job.LogQuery) iter.Seq2[job.LogLine, error] {
	return func(yield func(job.LogLine, error) bool) {
		cursors := map[job.ID]*artifact.Cursor{}
		for {
			// Whether the job runs is asked before reading: what it logged
			// before it ended is then never missed.
			v, err := s.loadAttempt(ctx, id, q.Attempt)
			if err == nil && v.rec.Status.State == job.StateExpired {
				err = job.Gone(&v.rec.Status)
			}
			if err == nil {
				err = s.logsOf(ctx, v, q, cursors, func(l job.LogLine) bool { return yield(l, nil) })
			}
			if errors.Is(err, errStopped) {
				return
			}
			if err != nil {
				yield(job.LogLine{}, err)
				return
			}
			pause := max(logPoll, time.Duration(len(cursors))*logPoll/10) // the more there is to look at
			if !q.Follow || !v.running || !sleep(ctx, pause) {
				return
			}
		}
	}
}

// logsOf passes on the new lines of the job, and those of its batches if they are asked
// for, by a document or by the step that the batches are: what is said of a document is
// said where it is worked on.
func (s *Service) logsOf(ctx context.Context, v *view, q job.LogQuery, cursors map[job.ID]*artifact.Cursor, pass func(job.LogLine) bool) error {
	status := &v.rec.Status
	ids := []job.ID{status.ID}
	if q.Item != "" || q.Step == convertStep.name {
		for n := range status.Batches {
			ids = append(ids, status.ID.Batch(n+1))
		}
	}
	if q.Step != "" && status.Step(q.Step) == nil {
		return job.Invalid(job.Fault{Field: "step", Message: fmt.Sprintf("the job has no step %.80q; its steps are %s.", q.Step, stepList(status))})
	}
	for _, id := range ids {
		if cursors[id] == nil {
			cursors[id] = new(artifact.Cursor)
		}
		query := artifact.LogQuery{Attempt: status.Attempt, Step: q.Step, After: *cursors[id]}
		if id != status.ID && q.Step == convertStep.name {
			query.Step = "" // all that a batch does
		}
		if err := s.logsAfter(ctx, id, query, q.Item, cursors[id], pass); err != nil {
			return err
		}
	}
	return nil
}

// stepList names the steps of a job.
func stepList(status *job.Status) string {
	names := make([]string, len(status.Steps))
	for i, step := range status.Steps {
		names[i] = step.Name
	}
	return strings.Join(names, ", ")
}

// logsAfter passes on the lines that the query finds, about the item if one is named, and
// moves the cursor along.
func (s *Service) logsAfter(ctx context.Context, id job.ID, q artifact.LogQuery, item string, cursor *artifact.Cursor, pass func(job.LogLine) bool) error {
	for {
		page, err := s.c.Logs.Read(ctx, string(id), q)
		if err != nil {
			return unavailable(id, err)
		}
		for _, l := range page.Lines {
			if item != "" && l.Item != item {
				continue
			}
			if !pass(job.LogLine{
				Time: l.Time, Level: strings.ToLower(l.Level.String()), Attempt: l.Attempt,
				Step: l.Step, Try: l.Try, Item: l.Item, Message: l.Message,
			}) {
				return errStopped
			}
		}
		q.After, *cursor = page.Next, page.Next
		if !page.More {
			return nil
		}
	}
}

// sleep waits and reports whether ctx still goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
