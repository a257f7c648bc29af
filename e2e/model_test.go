package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// A modelled job is what the contract says of one: docs/jobs.md in a few lines.
type modelled struct {
	id        job.ID
	attempts  []job.State // of each attempt; the newest is queued while nobody works
	cancelled bool        // the newest attempt was asked to stop
	brief     bool        // its result is kept for a second
	expired   int         // attempts whose results have expired
}

func (m *modelled) state() job.State {
	if len(m.attempts) == 0 {
		return ""
	}
	return m.shown(len(m.attempts))
}

// shown is the state in which an attempt is shown.
func (m *modelled) shown(attempt int) job.State {
	if attempt <= m.expired {
		return job.StateExpired
	}
	return m.attempts[attempt-1]
}

func (m *modelled) begin() { m.attempts, m.cancelled = append(m.attempts, job.StateQueued), false }

func (m *modelled) end(s job.State) { m.attempts[len(m.attempts)-1] = s }

// A contract plays random requests against the service and against the model of it.
// No worker runs meanwhile, so that what a request must answer is certain; in settle
// one does, until nothing is left to do.
type contract struct {
	*engine
	random  *rand.Rand
	jobs    []*modelled
	cancels sync.WaitGroup // requests to cancel that wait for the job to stop
}

func (c *contract) nonce(m *modelled) job.Submission {
	for i, known := range c.jobs {
		if known == m {
			s := probe(fmt.Sprintf("model %d", i))
			if m.brief {
				s.Retention = "1s"
			}
			return s
		}
	}
	panic("not a job of this contract")
}

// play makes one random request of a random job.
func (c *contract) play() {
	m := c.jobs[c.random.IntN(len(c.jobs))]
	if m.state() == "" {
		c.submitted(m)
		return
	}
	[]func(*modelled){c.submitted, c.submitted, c.resubmitted, c.resubmitted, c.cancel, c.terminate}[c.random.IntN(6)](m)
}

func (c *contract) submitted(m *modelled) {
	receipt, err := c.Submit(c.t.Context(), c.nonce(m))
	require.NoError(c.t, err)
	switch m.state() {
	case job.StateQueued, job.StateCompleted:
		require.True(c.t, receipt.Deduplicated, "%s was %s", m.id, m.state())
	default:
		require.False(c.t, receipt.Deduplicated, "%s was %s", m.id, m.state())
		m.begin()
	}
	if m.id == "" {
		m.id = receipt.ID
	}
	require.Equal(c.t, m.id, receipt.ID)
	require.Equal(c.t, len(m.attempts), receipt.Attempt)
}

func (c *contract) resubmitted(m *modelled) {
	status, err := c.Resubmit(c.t.Context(), m.id, job.Resubmission{})
	switch m.state() {
	case job.StateQueued, job.StateCompleted:
		require.Equal(c.t, job.CodeConflict, job.CodeOf(err), "%s was %s", m.id, m.state())
	default:
		require.NoError(c.t, err, "%s was %s", m.id, m.state())
		m.begin()
		require.Equal(c.t, len(m.attempts), status.Attempt)
	}
}

func (c *contract) cancel(m *modelled) {
	if m.state() == job.StateQueued { // it answers when a worker has seen to it
		m.cancelled = true
		asked := make(chan struct{})
		c.cancels.Go(func() {
			close(asked)
			if _, err := c.Cancel(context.WithoutCancel(c.t.Context()), m.id, "model"); err != nil {
				c.t.Errorf("cancelling %s: %v", m.id, err)
			}
		})
		<-asked
		c.shownAs(m, job.StateCancelled)
		return
	}
	_, err := c.Cancel(c.t.Context(), m.id, "model")
	if m.state() == job.StateCancelled {
		require.NoError(c.t, err, "cancelling twice is the same")
		return
	}
	require.Equal(c.t, job.CodeConflict, job.CodeOf(err), "%s was %s", m.id, m.state())
}

// shownAs waits until everybody who asks is told the state.
func (c *contract) shownAs(m *modelled, state job.State) {
	waitFor(c.t, fmt.Sprintf("%s being shown as %s", m.id, state), func() bool {
		status, err := c.Get(c.t.Context(), m.id, job.StatusQuery{})
		require.NoError(c.t, err)
		return status.State == state
	})
}

// terminate is what an operator does in the Temporal UI.
func (c *contract) terminate(m *modelled) {
	if m.state() != job.StateQueued || m.cancelled {
		return
	}
	require.NoError(c.t, c.client.TerminateWorkflow(c.t.Context(), string(m.id), "", "model"))
	m.end(job.StateFailed)
	c.shownAs(m, job.StateFailed)
}

// settle lets a worker do what there is, and holds every job against the model: all of
// its attempts, its events, and its place in the list.
func (c *contract) settle() {
	stop := c.work()
	c.cancels.Wait()
	for _, m := range c.jobs {
		if m.state() == "" {
			continue
		}
		if m.state() == job.StateQueued {
			m.end(job.StateCompleted)
			if m.cancelled {
				m.end(job.StateCancelled)
			}
		}
		status, err := c.Get(c.t.Context(), m.id, job.StatusQuery{Wait: job.MaxWait})
		require.NoError(c.t, err)
		if m.brief {
			c.shownAs(m, job.StateExpired)
			m.expired = len(m.attempts)
			status, err = c.Get(c.t.Context(), m.id, job.StatusQuery{})
			require.NoError(c.t, err)
		}
		require.Equal(c.t, m.state(), status.State, "%s, attempts %v", m.id, m.attempts)
		require.Equal(c.t, len(m.attempts), status.Attempt)
		for i, ended := range m.attempts {
			earlier, err := c.Get(c.t.Context(), m.id, job.StatusQuery{Attempt: i + 1})
			require.NoError(c.t, err, "attempt %d of %s", i+1, m.id)
			require.Equal(c.t, m.shown(i+1), earlier.State, "attempt %d of %s", i+1, m.id)
			require.Equal(c.t, ended, earlier.Outcome(), "attempt %d of %s", i+1, m.id)
		}
		_, err = c.Result(c.t.Context(), m.id, 0)
		require.Equal(c.t, m.state() == job.StateExpired, job.CodeOf(err) == job.CodeGone, "%s was %s", m.id, m.state())
		number := int64(0)
		for event, err := range c.Events(c.t.Context(), m.id, job.EventQuery{}) {
			require.NoError(c.t, err)
			number++
			require.Equal(c.t, number, event.Number, m.id)
		}
		require.Equal(c.t, number, status.LastEvent)
	}
	stop()
}

// Whatever is asked in whatever order, the service answers as its contract says.
func TestTheContract(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := &contract{engine: newEngine(t), random: rand.New(rand.NewPCG(seed, 0))}
	for i := range 8 {
		c.jobs = append(c.jobs, &modelled{brief: i%2 == 1})
	}
	start := time.Now()
	for range 5 {
		for range 30 {
			c.play()
		}
		c.settle()
	}
	_, err := c.Get(t.Context(), "probe-000000000000", job.StatusQuery{})
	require.True(t, errors.Is(err, &job.Error{Code: job.CodeNotFound}))
	t.Logf("150 requests in %v", time.Since(start).Round(time.Millisecond))
}
