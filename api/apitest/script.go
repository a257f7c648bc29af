package apitest

import (
	"maps"
	"mime"
	"path"
	"slices"
	"time"

	"github.com/docjobs/docjobs/job"
)

// Retention is how long after its end a job expires.
const Retention = 7 * 24 * time.Hour

// Begin takes the job out of the queue.
func (s *Server) Begin(id job.ID) {
	s.change(id, func(a *attempt) *job.Event {
		a.status.State = job.StateProcessing
		return &job.Event{Type: job.StateEvent(job.StateProcessing)}
	})
}

// Step completes a step of the job.
func (s *Server) Step(id job.ID, name string) {
	s.change(id, func(a *attempt) *job.Event {
		a.status.Steps = append(a.status.Steps, job.Step{Name: name, State: job.StepCompleted, Try: 1})
		return &job.Event{Type: job.EventStepCompleted, Step: name}
	})
}

// Log adds a line to the log of the job.
func (s *Server) Log(id job.ID, step, message string) {
	s.change(id, func(a *attempt) *job.Event {
		a.logs = append(a.logs, job.LogLine{
			Time: s.clock, Level: "info", Attempt: a.status.Attempt, Step: step, Message: message,
		})
		return nil
	})
}

// LogItem adds a line about a document to the log.
func (s *Server) LogItem(id job.ID, step, item, message string) {
	s.change(id, func(a *attempt) *job.Event {
		a.logs = append(a.logs, job.LogLine{
			Time: s.clock, Level: "info", Attempt: a.status.Attempt, Step: step, Item: item, Message: message,
		})
		return nil
	})
}

// SetItems sets the documents of the job.
func (s *Server) SetItems(id job.ID, items ...job.Item) {
	s.change(id, func(a *attempt) *job.Event {
		a.items = items
		a.status.Items.Total = len(items)
		return nil
	})
}

// Finish ends the job in the state, with files as its artifacts: content by
// path.
func (s *Server) Finish(id job.ID, state job.State, files map[string]string) {
	s.end(id, state, files, nil)
}

// Fail ends the job as failed.
func (s *Server) Fail(id job.ID, failure *job.Error) {
	s.end(id, job.StateFailed, nil, failure)
}

func (s *Server) end(id job.ID, state job.State, files map[string]string, failure *job.Error) {
	s.change(id, func(a *attempt) *job.Event {
		now := s.clock
		expires := now.Add(Retention)
		a.status.State, a.status.FinishedAt, a.status.ExpiresAt, a.status.Error = state, &now, &expires, failure
		a.addOutputs(s, files)
		return &job.Event{Type: job.StateEvent(state), Error: failure}
	})
}

// addOutputs adds files to the outputs of the attempt. s.mu is held.
func (a *attempt) addOutputs(s *Server, files map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		a.status.Outputs = append(a.status.Outputs, job.Output{
			Path: name, MediaType: mime.TypeByExtension(path.Ext(name)),
			SHA256: s.store([]byte(files[name])), Size: int64(len(files[name])),
		})
	}
}

// Expire deletes the artifacts of the job.
func (s *Server) Expire(id job.ID) {
	s.change(id, func(a *attempt) *job.Event {
		ended := a.status.State
		a.status.Transitions = append(a.status.Transitions, job.Transition{State: ended, At: *a.status.FinishedAt}, job.Transition{State: job.StateExpired, At: s.clock})
		a.status.State = job.StateExpired
		return &job.Event{Type: job.StateEvent(job.StateExpired)}
	})
}

// change does f to the newest attempt and records the event that it returns.
// It panics when there is no such job, which is a mistake in the test.
func (s *Server) change(id job.ID, f func(*attempt) *job.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.jobs[id]
	if e == nil {
		panic("apitest: there is no job " + string(id))
	}
	s.changeEntry(id, e, f)
}

func (s *Server) changeEntry(id job.ID, e *entry, f func(*attempt) *job.Event) {
	now := s.tick()
	a := e.newest()
	event := f(a)
	a.status.UpdatedAt = now
	if event != nil {
		event.Number = int64(len(e.events)) + 1
		event.At, event.JobID, event.Attempt, event.State = now, id, a.status.Attempt, a.status.State
		e.events = append(e.events, *event)
		a.status.LastEvent = event.Number
	}
	s.announce()
}

func (e *entry) newest() *attempt { return e.attempts[len(e.attempts)-1] }
