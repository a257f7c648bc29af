package workflows

import (
	"encoding/json"

	"go.temporal.io/sdk/worker"

	"github.com/docjobs/docjobs/job"
)

// pipelines are the workflows by kind of job, with their steps.
var pipelines = map[job.Kind]struct {
	workflow any
	steps    []stepPolicy
}{
	job.KindPublish:  {Publish, publishSteps},
	job.KindConvert:  {Convert, convertSteps},
	job.KindRollback: {Rollback, rollbackSteps},
	job.KindResubmit: {Resubmit, resubmitSteps},
	job.KindProbe:    {Probe, probeSteps},
}

// Register adds every workflow to a worker, to a test environment or to a
// replayer.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflow(Publish)
	r.RegisterWorkflow(Convert)
	r.RegisterWorkflow(ConvertBatch)
	r.RegisterWorkflow(Rollback)
	r.RegisterWorkflow(Resubmit)
	r.RegisterWorkflow(Target)
	r.RegisterWorkflow(Probe)
	r.RegisterWorkflow(Scheduled)
	r.RegisterWorkflow(Deliver)
	r.RegisterWorkflow(Retention)
	r.RegisterWorkflow(Sweep)
	r.RegisterWorkflow(DeliverLatest)
}

// newSteps returns the steps of a job, none begun.
func newSteps(kind job.Kind, params json.RawMessage) []job.Step {
	if kind == job.KindPublish {
		var p job.Publish
		if json.Unmarshal(params, &p) == nil {
			return queuedSteps(publishStepsOf(&p))
		}
	}
	return queuedSteps(pipelines[kind].steps)
}

// queuedSteps returns steps none of which has begun.
func queuedSteps(policies []stepPolicy) []job.Step {
	steps := make([]job.Step, len(policies))
	for i, p := range policies {
		steps[i] = job.Step{Name: p.name, State: job.StepQueued}
	}
	return steps
}
