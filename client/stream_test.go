package client_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// cutter breaks the connection after the first event of an answer.
type cutter struct {
	http.ResponseWriter
	writes int
}

func (c *cutter) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.Flush()
	if c.writes++; c.writes == 1 {
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func (c *cutter) Flush() { c.ResponseWriter.(http.Flusher).Flush() }

func TestEventsGoOnBehindTheLastOne(t *testing.T) {
	t.Parallel()
	connections := make(chan string, 100)
	s, c := startBehind(t, func(_ int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
		connections <- r.Header.Get("Last-Event-ID")
		pass.ServeHTTP(&cutter{ResponseWriter: w}, r)
	})
	id := submitted(t, s, "a")
	s.Begin(id)
	s.Step(id, "one")
	s.Step(id, "two")
	var numbers []int64
	for event, err := range c.Events(t.Context(), id, job.EventQuery{Follow: true}) {
		require.NoError(t, err)
		numbers = append(numbers, event.Number)
		if event.Step == "two" {
			s.Finish(id, job.StateCompleted, nil)
		}
	}
	require.Equal(t, []int64{1, 2, 3, 4, 5}, numbers)
	require.Greater(t, len(connections), 1, "the connection was cut")
	require.Empty(t, <-connections)
	require.NotEmpty(t, <-connections)
}

func TestEventsGoOnIntoTheNextAttempt(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	id := submitted(t, s, "a")
	s.Fail(id, &job.Error{Code: job.CodeTimeout, Message: "Too slow."})
	_, err := s.Resubmit(t.Context(), id, job.Resubmission{})
	require.NoError(t, err)
	var attempts []int
	for event, err := range c.Events(t.Context(), id, job.EventQuery{Follow: true}) {
		require.NoError(t, err)
		if attempts = append(attempts, event.Attempt); event.Number == 3 {
			s.Finish(id, job.StateCompleted, nil)
		}
	}
	require.Equal(t, []int{1, 1, 2, 2}, attempts)
}

func TestEventsOfAnEndedJob(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	id := submitted(t, s, "a")
	s.Finish(id, job.StateCompleted, nil)
	events, err := all(c.Events(t.Context(), id, job.EventQuery{After: 2, Follow: true}))
	require.NoError(t, err)
	require.Empty(t, events)
}

func TestAFailureInTheStreamIsTheError(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	id := submitted(t, s, "a")
	for event, err := range c.Events(t.Context(), id, job.EventQuery{Follow: true}) {
		if event.Number == 1 {
			s.Break(&job.Error{Code: job.CodeGone, Message: "The record has gone."})
			continue
		}
		require.EqualError(t, err, "The record has gone.")
		require.Equal(t, job.CodeGone, job.CodeOf(err))
	}
}

func TestALogThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	s, c := startBehind(t, func(_ int64, w http.ResponseWriter, r *http.Request, pass http.Handler) {
		pass.ServeHTTP(&cutter{ResponseWriter: w}, r)
	})
	id := submitted(t, s, "a")
	const sent = 2000
	for range sent {
		s.Log(id, "one", "line")
	}
	s.Finish(id, job.StateCompleted, nil)
	lines, err := all(c.Logs(t.Context(), id, job.LogQuery{}))
	require.Less(t, len(lines), sent)
	require.ErrorContains(t, err, "broke off")
}
