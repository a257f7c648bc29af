package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// The steps of a convert job and of its batches. What a batch has converted is
// kept, so that a try that took too long is gone on with, not begun again; it must
// stay shorter than the age at which a workspace is swept.
var (
	planStep    = stepPolicy{name: "plan", queue: TaskQueueCPU, longest: 30 * time.Minute, retry: brief}
	convertStep = stepPolicy{name: "convert"} // the batches
	collectStep = stepPolicy{name: "collect", queue: TaskQueueIO, longest: time.Hour, retry: patient}

	convertSteps = []stepPolicy{fetchStep, planStep, convertStep, collectStep}

	convertBatchStep  = stepPolicy{name: "convert", queue: TaskQueueBatches, longest: 90 * time.Minute, retry: patient}
	validateBatchStep = stepPolicy{name: "validate", queue: TaskQueueBatches, longest: 30 * time.Minute, retry: brief}

	convertBatchSteps = []stepPolicy{convertBatchStep, validateBatchStep}
)

// Convert is the workflow of a convert job: fetch the source, list its documents,
// convert them in batches, put together what the batches made.
func Convert(ctx workflow.Context, start *record.Record, params *job.Convert) (*job.Status, error) {
	return live(ctx, start, func(ctx workflow.Context, l *lifecycle) error { return convert(ctx, l, params) })
}

func convert(ctx workflow.Context, l *lifecycle, params *job.Convert) error {
	defer cleanup(ctx, l)

	var p *activities.Publish
	source, err := step(ctx, l, fetchStep, p.Fetch, activities.FetchInput{Job: l.job(), Source: params.Source})
	if err != nil {
		return err
	}
	var a *activities.Convert
	plan, err := step(ctx, l, planStep, a.PlanDocuments, activities.PlanInput{
		Job: l.job(), Source: source.Source, BatchSize: params.BatchSize,
		StyleMap: params.StyleMap, StyleMapFile: params.StyleMapFile, Include: params.Include, Exclude: params.Exclude,
	})
	if err != nil {
		return err
	}
	whole := activities.BatchInput{
		Job: l.job(), Tenant: l.rec.Tenant, Source: source.Source, Plan: plan.Plan,
		StyleMap: plan.StyleMap, DITA: params.DITA, To: plan.Documents,
	}
	parts := split(whole, params.BatchSize)
	ends, err := l.inBatches(ctx, convertStep.name, conversion(parts))
	if err != nil {
		return err
	}
	_, err = step(ctx, l, collectStep, a.CollectDocuments, activities.CollectInput{
		BatchInput: whole, Title: l.rec.Status.Summary, Batches: batchRefs(parts, ends),
	})
	if err != nil {
		return err
	}
	return l.nothingDone()
}

// ConvertBatch is the workflow of one batch of a convert job: convert the
// documents, validate what was made.
func ConvertBatch(ctx workflow.Context, start *record.Record, in activities.BatchInput) (*job.Status, error) {
	return live(ctx, start, func(ctx workflow.Context, l *lifecycle) error { return convertBatch(ctx, l, in) })
}

func convertBatch(ctx workflow.Context, l *lifecycle, in activities.BatchInput) error {
	defer cleanup(ctx, l)

	in.Job = l.job()
	var a *activities.Convert
	done, err := step(ctx, l, convertBatchStep, a.ConvertDocuments, in)
	if err != nil {
		return err
	}
	_, err = step(ctx, l, validateBatchStep, a.ValidateDocuments, activities.ValidateInput{BatchInput: in, Documents: done.Documents})
	if err != nil {
		return err
	}
	return l.nothingDone()
}

// split cuts the documents of a job into batches.
func split(whole activities.BatchInput, size int) (parts []activities.BatchInput) {
	for from := 0; from < whole.To; from += size {
		part := whole
		part.From, part.To = from, min(from+size, whole.To)
		parts = append(parts, part)
	}
	return parts
}

// conversion is the fan-out over batches.
func conversion(parts []activities.BatchInput) fanOut {
	f := fanOut{workflow: ConvertBatch, steps: convertBatchSteps}
	for _, part := range parts {
		f.sizes = append(f.sizes, part.To-part.From)
	}
	f.input = func(n int, id job.ID) (string, any) {
		part := parts[n]
		part.ID = id
		return fmt.Sprintf("Convert documents %d to %d of %d", part.From+1, part.To, parts[len(parts)-1].To), part
	}
	return f
}

// batchRefs says what there is to collect of the batches.
func batchRefs(parts []activities.BatchInput, ends []batchEnd) []activities.BatchRef {
	refs := make([]activities.BatchRef, len(ends))
	for i, end := range ends {
		ref := activities.BatchRef{ID: end.id, From: parts[i].From, To: parts[i].To, Error: end.err}
		ref.StartedAt, ref.FinishedAt = end.span()
		if o, ok := end.output(activities.DocumentsPath); ok {
			ref.Documents, ref.Error = artifact.Ref{SHA256: o.SHA256, Size: o.Size}, nil
		}
		refs[i] = ref
	}
	return refs
}

// nothingDone is why a job of which not one item was done is not even partial.
func (l *lifecycle) nothingDone() error {
	items := l.rec.Status.Items
	if items.Total == 0 || items.Failed < items.Total {
		return nil
	}
	return &job.Error{
		Code: job.CodeItemsFailed, Cause: job.CauseContent,
		Message: itemsFailed(items),
		Hint:    "See why with docjobs items " + string(l.rec.Status.ID) + " --state failed, mend the documents and submit them again.",
	}
}
