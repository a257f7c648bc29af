package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	wait = 10 * time.Second
	tick = time.Millisecond
)

func TestHowManyTasksComeFirst(t *testing.T) {
	t.Parallel()
	now := time.Now()
	stats := func(tasks int64, age time.Duration) *taskqueuepb.TaskQueueStats {
		return &taskqueuepb.TaskQueueStats{ApproximateBacklogCount: tasks, ApproximateBacklogAge: durationpb.New(age)}
	}
	q := queueOf(&workflowservice.DescribeTaskQueueResponse{
		Pollers: []*taskqueuepb.PollerInfo{
			{LastAccessTime: timestamppb.New(now.Add(-time.Hour))}, {LastAccessTime: timestamppb.New(now.Add(-time.Minute))},
		},
		StatsByPriorityKey: map[int32]*taskqueuepb.TaskQueueStats{1: stats(4, time.Minute), 3: stats(11, 100*time.Second), 5: stats(1, time.Hour)},
	}, now)
	require.True(t, q.alive())
	for _, c := range []struct {
		priority int
		waited   time.Duration
		want     int
	}{
		{1, time.Minute, 0},
		{1, 59 * time.Second, 1},
		{1, -time.Second, 4},
		{2, 0, 4},
		{3, 100 * time.Second, 4},
		{0, 50 * time.Second, 4 + 5},
		{3, time.Nanosecond, 4 + 9},
		{3, 0, 4 + 11},
		{5, time.Hour, 15},
		{5, time.Second, 15},
	} {
		require.Equal(t, c.want, q.ahead(c.priority, now.Add(-c.waited)), "priority %d after %v", c.priority, c.waited)
	}
	require.False(t, queueOf(&workflowservice.DescribeTaskQueueResponse{}, now).alive(), "nobody ever polled")
	require.False(t, (*queue)(nil).alive())
}
