package apitest

import (
	"bytes"
	"context"
	"io"
	"iter"

	"github.com/docjobs/docjobs/job"
)

// Events implements job.Service.
func (s *Server) Events(ctx context.Context, id job.ID, q job.EventQuery) iter.Seq2[job.Event, error] {
	return follow(ctx, s, id, 0, q.Follow, func(e *entry, _ *attempt, n int) []job.Event {
		return e.events[min(int(q.After)+n, len(e.events)):]
	})
}

// Logs implements job.Service.
func (s *Server) Logs(ctx context.Context, id job.ID, q job.LogQuery) iter.Seq2[job.LogLine, error] {
	if st, err := s.Get(ctx, id, job.StatusQuery{Attempt: q.Attempt}); err == nil && st.State == job.StateExpired {
		return func(yield func(job.LogLine, error) bool) { yield(job.LogLine{}, job.Gone(st)) }
	}
	return follow(ctx, s, id, q.Attempt, q.Follow, func(_ *entry, a *attempt, n int) (lines []job.LogLine) {
		for _, line := range a.logs {
			if (q.Step == "" || q.Step == line.Step) && (q.Item == "" || q.Item == line.Item) {
				lines = append(lines, line)
			}
		}
		return lines[min(n, len(lines)):]
	})
}

// follow yields what rest returns of a job, given how much was yielded before,
// and goes on until the job has ended if that is wanted.
func follow[T any](ctx context.Context, s *Server, id job.ID, number int, wait bool, rest func(*entry, *attempt, int) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for n := 0; ; {
			s.mu.Lock()
			e, a, err := s.find(id, number)
			var values []T
			ended := false
			if err == nil {
				values, ended = append(values, rest(e, a, n)...), a.status.State.Terminal()
			}
			changed := s.changed
			s.mu.Unlock()
			if err != nil {
				yield(none, err)
				return
			}
			for _, v := range values {
				if !yield(v, nil) {
					return
				}
			}
			n += len(values)
			if ended || !wait {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(none, ctx.Err())
				return
			}
		}
	}
}

// Find implements api.Uploads.
func (s *Server) Find(ctx context.Context, id string) (*job.Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.uploads[id]; u != nil && s.broken == nil {
		return u, nil
	}
	if s.broken != nil {
		return nil, s.broken
	}
	return nil, &job.Error{Code: job.CodeNotFound, Cause: job.CauseRequest, Message: "There is no such upload."}
}

// Receive implements api.Uploads. The ID is the digest of the bytes; nothing is
// unpacked.
func (s *Server) Receive(ctx context.Context, archive io.Reader) (*job.Upload, bool, error) {
	content, err := io.ReadAll(archive)
	if err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, false, s.broken
	}
	id := "sha256:" + s.store(content)
	_, known := s.uploads[id]
	s.uploads[id] = &job.Upload{ID: id, Format: "tar", Files: 1, Bytes: int64(len(content)), Size: int64(len(content))}
	return s.uploads[id], !known, nil
}

// Files implements api.Artifacts.
func (s *Server) Files(ctx context.Context, outputs []job.Output) iter.Seq2[job.Artifact, error] {
	return func(yield func(job.Artifact, error) bool) {
		for _, o := range outputs {
			if !yield(job.Artifact{Path: o.Path, Size: o.Size, MediaType: o.MediaType, SHA256: o.SHA256}, nil) {
				return
			}
		}
	}
}

// Open implements api.Artifacts.
func (s *Server) Open(ctx context.Context, outputs []job.Output, path string) (io.ReadSeekCloser, *job.Artifact, error) {
	for a, err := range s.Files(ctx, outputs) {
		if err == nil && a.Path == path {
			s.mu.Lock()
			defer s.mu.Unlock()
			return nopCloser{bytes.NewReader(s.files[a.SHA256])}, &a, nil
		}
	}
	return nil, nil, &job.Error{Code: job.CodeNotFound, Cause: job.CauseRequest, Message: "The job has no such artifact."}
}
