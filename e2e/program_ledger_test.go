package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

// A ledger is what clients were told while processes were killed under them.
type ledger struct {
	mu   sync.Mutex
	told map[string]job.ID // by the work
}

// submit submits work until somebody acknowledges it, as a script does that is told to
// try again. Whoever asks for the same work is told the same Job ID.
func (l *ledger) submit(ctx context.Context, t *testing.T, address, work string) {
	c, err := client.New(address)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	for ctx.Err() == nil {
		receipt, err := c.Submit(ctx, job.Submission{Params: &job.Probe{Nonce: work}, Labels: []string{"ledger"}})
		if err != nil {
			select { // nobody answers; a person would wait a little too
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if known, ok := l.told[work]; ok && known != receipt.ID {
			t.Errorf("%s is %s and %s", work, known, receipt.ID)
		}
		l.told[work] = receipt.ID
		return
	}
	t.Errorf("nobody took %s", work)
}

// submitAll submits so many jobs, each twice, from some clients at once.
func (l *ledger) submitAll(ctx context.Context, t *testing.T, address string, jobs int) (done <-chan struct{}) {
	work := make(chan string)
	go func() {
		defer close(work)
		for i := range jobs {
			for range 2 {
				work <- fmt.Sprintf("ledger %d", i)
			}
		}
	}()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for w := range work {
				l.submit(ctx, t, address, w)
			}
		})
	}
	ended := make(chan struct{})
	go func() { defer close(ended); group.Wait() }()
	return ended
}

// settle holds what became of the jobs against the ledger.
func (l *ledger) settle(t *testing.T, p *program, jobs int) {
	t.Helper()
	require.Len(t, l.told, jobs, "every job was acknowledged")
	ids := map[job.ID]bool{}
	for _, id := range l.told {
		require.False(t, ids[id], "%s is two works", id)
		ids[id] = true
		status := p.finished(id)
		require.Equal(t, job.StateCompleted, status.State, "%s: %v", id, status.Error)
		require.Equal(t, 1, status.Attempt, id)
		var told []string
		for _, e := range p.events(id) { // which must be numbered without gaps
			told = append(told, e.Type)
		}
		require.Equal(t, []string{
			"job.queued", "job.processing", "step.started", "step.completed", "step.started", "step.completed",
			"step.started", "step.completed", "job.completed",
		}, told, id)
	}
	waitFor(t, "the list of all jobs", func() bool {
		listed := map[job.ID]bool{}
		f := job.Filter{Label: "ledger", Limit: job.MaxLimit}
		for {
			page, err := p.List(t.Context(), f)
			require.NoError(t, err)
			for _, j := range page.Jobs {
				require.True(t, ids[j.ID], "%s was never acknowledged", j.ID)
				listed[j.ID] = j.State == job.StateCompleted
			}
			if page.Next == "" {
				break
			}
			f.Cursor = page.Next
		}
		for id := range ids {
			if !listed[id] {
				return false
			}
		}
		return true
	})
}

// heard holds what a receiver was told of the jobs against the ledger: every change of
// state of every job at least once, and always under the same ID.
func (l *ledger) heard(t *testing.T, r *receiver) {
	t.Helper()
	type event struct {
		id     job.ID
		number int64
	}
	missing := map[event]string{}
	for _, id := range l.told {
		missing[event{id, 1}], missing[event{id, 2}], missing[event{id, 9}] = "job.queued", "job.processing", "job.completed"
	}
	ids, repeated, patience := map[event]string{}, 0, limited(t, 4*time.Minute)
	for len(missing) > 0 {
		select {
		case m := <-r.got:
			e := event{m.message.Data.JobID, m.message.Data.Event}
			if want, ok := missing[e]; ok {
				require.Equal(t, want, m.message.Type)
			} else {
				require.Contains(t, ids, e, "nobody was told that there is such a job or event")
				require.Equal(t, ids[e], m.id)
				repeated++
			}
			delete(missing, e)
			ids[e] = m.id
		case <-patience.Done():
			require.Empty(t, missing)
		}
	}
	t.Logf("%d events were told, %d of them again", len(ids), repeated)
}

// moment waits for a short time that nobody chose.
func moment(random *rand.Rand) { <-time.After(time.Duration(100+random.IntN(900)) * time.Millisecond) }

// Whatever is killed, and when: no job that was acknowledged is lost, none runs twice,
// and the same work is the same job for everybody.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	const jobs = 100
	seed := rand.Uint64()
	t.Logf("seed %d", seed)

	t.Run("everything is killed", func(t *testing.T) {
		t.Parallel()
		random := rand.New(rand.NewPCG(seed, 1))
		data, l, r := t.TempDir(), &ledger{told: map[string]job.ID{}}, newReceiver(t)
		config := write(t, r.configuration())
		p := up(t, data, "--config", config)
		done := l.submitAll(limited(t, 4*time.Minute), t, p.addresses.HTTP, jobs)
		for range 10 {
			moment(random)
			p.kill()
			p = p.again(data, "--config", config)
		}
		<-done
		l.settle(t, p, jobs)
		l.heard(t, r)
		p.stop()
	})
	t.Run("the API or the worker is killed", func(t *testing.T) {
		t.Parallel()
		random := rand.New(rand.NewPCG(seed, 2))
		l, r := &ledger{told: map[string]job.ID{}}, newReceiver(t)
		c := newCluster(t)
		c.configure(r.configuration())
		api, data := c.api(), t.TempDir()
		worker := c.start("worker", data)
		done := l.submitAll(limited(t, 4*time.Minute), t, api.addresses.HTTP, jobs)
		for range 10 {
			moment(random)
			if random.IntN(2) == 0 {
				worker.kill()
				worker = c.start("worker", data)
				continue
			}
			api.kill()
			address, err := url.Parse(api.addresses.HTTP)
			require.NoError(t, err)
			again := c.start("api", t.TempDir(), "--http", address.Host)
			again.addresses = api.addresses
			again.connect(api.addresses.HTTP)
			api = again
		}
		<-done
		l.settle(t, api, jobs)
		l.heard(t, r)
	})
}
