package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/job"
)

// unending is a client whose workflows do not close, and a run of them. It
// notes whether who waits for it set a deadline.
type unending struct {
	client.Client
	client.WorkflowRun
	waits, deadlines int
}

func (u *unending) GetWorkflow(context.Context, string, string) client.WorkflowRun { return u }

func (u *unending) Get(ctx context.Context, _ any) error {
	u.waits++
	if _, set := ctx.Deadline(); set {
		u.deadlines++
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestShortWaitsAreNoDeadlinesOfLongPolls(t *testing.T) {
	u := &unending{}
	s := &Service{c: ServiceConfig{Client: u}}
	require.Empty(t, s.awaitEnd(t.Context(), job.ID("docs-1"), time.Millisecond))
	require.Equal(t, 1, u.waits)
	require.Zero(t, u.deadlines, "Temporal answers a long poll within a second of its deadline at once, and the client asks again without a pause")

	gone, leave := context.WithCancel(t.Context())
	leave()
	require.Empty(t, s.awaitEnd(gone, job.ID("docs-1"), time.Hour), "nobody waits for who has gone")
}
