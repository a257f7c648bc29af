package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
)

// A stepPolicy says where a step runs, for how long, and when it is tried
// again.
type stepPolicy struct {
	name    string // of the step, and the ID of its activity
	queue   string // "" for the workflow's own
	longest time.Duration
	retry   temporal.RetryPolicy
}

const (
	// heartbeatTimeout is how long a step's worker may be silent until it is
	// taken for dead. Activities beat every second, so a worker starved of
	// processor for a while is not taken for dead, while a cancelled job whose
	// worker was killed still ends within ten seconds.
	heartbeatTimeout = 8 * time.Second

	// outageTimeout is how long a step may take with all its tries and with
	// waiting for a worker: a farm that is down overnight costs no job.
	outageTimeout = 24 * time.Hour
)

var (
	// patient is for the world outside, which is often well again in a minute.
	patient = temporal.RetryPolicy{
		InitialInterval:    time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    time.Minute,
		MaximumAttempts:    8, // about 2 minutes
	}

	// brief is for work on this side that fails for a reason: activities say
	// themselves what is worth trying again, and a build that killed three
	// workers would kill a fourth.
	brief = temporal.RetryPolicy{
		InitialInterval:    time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    10 * time.Second,
		MaximumAttempts:    4,
	}
)

// options returns the activity options of the policy.
func (p stepPolicy) options(summary string, priority int) workflow.ActivityOptions {
	retry := p.retry
	return workflow.ActivityOptions{
		ActivityID:             p.name,
		TaskQueue:              p.queue,
		StartToCloseTimeout:    p.longest,
		ScheduleToCloseTimeout: outageTimeout,
		HeartbeatTimeout:       heartbeatTimeout,
		WaitForCancellation:    true, // the step cleans up before the job counts as cancelled
		RetryPolicy:            &retry,
		Summary:                summary,
		Priority:               temporal.Priority{PriorityKey: priority},
	}
}

// untilBack is for what a job cannot go on without: it is tried until the artifact store
// or Temporal is back.
func untilBack() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second}
}

// recordOptions are for the local activities that keep the record. The artifact
// store may be away for a while; the job waits for it, because a job that ended
// without a record would be forgotten.
func recordOptions(summary string) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: outageTimeout,
		StartToCloseTimeout:    30 * time.Second,
		Summary:                summary,
		RetryPolicy:            untilBack(),
	}
}

// turnOptions are for what jobs and targets ask of the server about each other.
func turnOptions(summary string) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: outageTimeout,
		StartToCloseTimeout:    10 * time.Second,
		Summary:                summary,
		RetryPolicy:            untilBack(),
	}
}

// cleanupOptions are for removing a job's temporary files. It is tried twice
// and then left to the sweep that every worker does.
func cleanupOptions() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              TaskQueueIO,
		ScheduleToCloseTimeout: 4 * time.Second,
		StartToCloseTimeout:    2 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, MaximumAttempts: 2},
		Summary:                "remove temporary files",
	}
}

// settleOptions are for finding out how a job ended. That takes as long as its
// workflow takes to close, and the artifact store may be away for a while.
func settleOptions() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              TaskQueueNotify,
		ScheduleToCloseTimeout: outageTimeout,
		StartToCloseTimeout:    time.Minute,
		Summary:                "how the job ended",
		RetryPolicy:            untilBack(),
	}
}

// noteOptions are for the log of deliveries, and for passing one on.
func noteOptions() workflow.ActivityOptions {
	options := settleOptions()
	options.Summary = "note"
	return options
}

// deliverLatestOptions are those of a delivery that gives way to a later one. The
// request in hand is waited for: whether it was taken decides what is sent next.
func deliverLatestOptions() workflow.ActivityOptions {
	options := deliverOptions()
	options.WaitForCancellation = true
	return options
}

// deliverOptions are for telling an endpoint: ten tries in something less than three
// days, so that one which is away over a weekend is told. An endpoint that asks for
// more time gets it.
func deliverOptions() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              TaskQueueNotify,
		ScheduleToCloseTimeout: 12 * 24 * time.Hour,
		StartToCloseTimeout:    time.Minute, // a request takes 15 seconds at most
		Summary:                "send",
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    10 * time.Second,
			BackoffCoefficient: 4,
			MaximumInterval:    24 * time.Hour,
			MaximumAttempts:    10,
		},
	}
}

// archiveOptions are for copying a result into an archive. It is tried until the
// archive is there, because the result is kept until then; what takes longer than a
// day each time is too much for one archive.
func archiveOptions(e activities.Ended) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           TaskQueueIO,
		StartToCloseTimeout: 24 * time.Hour,
		HeartbeatTimeout:    time.Minute, // it does not beat while it waits for the job to close
		Summary:             "archive the result in " + e.Terms.Archive,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Hour},
		Priority:            temporal.Priority{PriorityKey: e.Priority},
	}
}

// expireOptions are for letting go of a result, which is tried until it is done: what
// is not let go of is never deleted.
func expireOptions(priority int) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           TaskQueueIO,
		StartToCloseTimeout: time.Hour,
		Summary:             "let go of the result",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute},
		Priority:            temporal.Priority{PriorityKey: priority},
	}
}
