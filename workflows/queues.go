package workflows

import (
	"context"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// queues are the task queues as the server describes them. Each is asked about once
// in a while at most, however many want to know.
type queues struct {
	client    workflowservice.WorkflowServiceClient
	namespace string
	known     shared[queueName, *queue]

	mu  sync.Mutex
	old map[queueName]*queue
}

// A queueName names a task queue: those of workflows and of activities are two.
type queueName struct {
	name string
	kind enumspb.TaskQueueType
}

// jobQueue is the task queue of workflow tasks, which every worker polls.
var jobQueue = queueName{TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW}

const (
	// queueAge is how long what is known of a queue is good enough.
	queueAge = time.Second
	// queueTimeout bounds how long the server is waited for.
	queueTimeout = time.Second
	// pollerAge is how long after its last poll a worker counts as alive. One that has
	// nothing to do polls once a minute.
	pollerAge = 75 * time.Second
	// usualPriority is that of tasks which have none of their own.
	usualPriority = 3
)

// A queue is a task queue at one moment.
type queue struct {
	at      time.Time
	polled  time.Time // when a worker last asked for a task
	backlog map[int]backlog
}

// A backlog are the tasks of one priority that wait, as far as the server counts them.
type backlog struct {
	tasks  int
	oldest time.Time
}

// find returns what is known of the queue, or nil if the server does not tell.
func (q *queues) find(ctx context.Context, name queueName) *queue {
	q.mu.Lock()
	known := q.old[name]
	q.mu.Unlock()
	if known != nil && time.Since(known.at) < queueAge {
		return known
	}
	known, err := q.known.look(ctx, name, func(ctx context.Context) (*queue, error) { return q.ask(ctx, name) })
	if err != nil {
		return nil
	}
	return known
}

// ask asks the server.
func (q *queues) ask(ctx context.Context, name queueName) (*queue, error) {
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	resp, err := q.client.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace:     q.namespace,
		TaskQueue:     &taskqueuepb.TaskQueue{Name: name.name, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		TaskQueueType: name.kind,
		ReportStats:   true,
	})
	if err != nil {
		return nil, err
	}
	found := queueOf(resp, time.Now())
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.old == nil {
		q.old = map[queueName]*queue{}
	}
	q.old[name] = found
	return found, nil
}

// queueOf is what a description says.
func queueOf(resp *workflowservice.DescribeTaskQueueResponse, now time.Time) *queue {
	found := &queue{at: now, backlog: map[int]backlog{}}
	for _, poller := range resp.GetPollers() {
		if at := poller.GetLastAccessTime().AsTime(); at.After(found.polled) {
			found.polled = at
		}
	}
	for priority, stats := range resp.GetStatsByPriorityKey() {
		found.backlog[int(priority)] = backlog{int(stats.GetApproximateBacklogCount()), now.Add(-stats.GetApproximateBacklogAge().AsDuration())}
	}
	return found
}

// alive reports whether a worker has polled lately. A worker all of whose slots are
// taken does not poll.
func (q *queue) alive() bool { return q != nil && q.at.Sub(q.polled) < pollerAge }

// ahead returns about how many tasks come before one of this priority that waits since
// then: all of higher priority, and of its own those that are older, if tasks came
// evenly. Whose turn it is among tenants is not counted.
func (q *queue) ahead(priority int, since time.Time) int {
	if priority == 0 {
		priority = usualPriority
	}
	n := 0
	for p, b := range q.backlog {
		switch {
		case p < priority:
			n += b.tasks
		case p == priority:
			n += b.before(since, q.at)
		}
	}
	return n
}

// before returns about how many of the tasks are older than one that waits since then,
// and is one of them unless it came after they were counted.
func (b backlog) before(since, counted time.Time) int {
	if !since.Before(counted) {
		return b.tasks
	}
	if b.tasks < 2 || !since.After(b.oldest) {
		return 0
	}
	share := float64(since.Sub(b.oldest)) / float64(counted.Sub(b.oldest))
	return max(1, int(float64(b.tasks-1)*share))
}
