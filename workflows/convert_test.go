package workflows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

const convertID job.ID = "convert-3f9k2m7qx1ab4c5d"

// convertRecord is the record that a convert job begins with.
func convertRecord(batchSize int) *record.Record {
	params := &job.Convert{
		Source: job.Source{Upload: "sha256:00", Digest: "tree:00"}, BatchSize: batchSize, DITA: "1.2",
	}
	raw, _ := json.Marshal(params)
	w := &work{kind: job.KindConvert, tenant: job.DefaultTenant, digest: "d1", params: raw, summary: params.Summary(), priority: 3}
	return w.newRecord(convertID, nil)
}

// A conversionBench runs convert jobs over documents that there are not: failed
// says which of them cannot be converted.
type conversionBench struct {
	*bench
	mu        sync.Mutex
	batches   []activities.BatchInput
	collected activities.CollectInput
}

func newConversionBench(t *testing.T, documents int, failed ...int) *conversionBench {
	b := &conversionBench{bench: newBench(t)}
	b.RegisterActivity(&activities.Convert{})
	b.on("PlanDocuments", func(context.Context, activities.PlanInput) (r activities.PlanResult, err error) {
		r.Documents, r.Items = documents, &job.ItemCounts{Total: documents}
		return r, nil
	})
	b.on("ValidateDocuments", func(_ context.Context, in activities.ValidateInput) (r activities.BatchResult, err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.batches = append(b.batches, in.BatchInput)
		r.Items = outcomeOf(in.From, in.To, failed)
		r.Outputs = []job.Output{{Path: activities.DocumentsPath, SHA256: string(in.ID), Size: 1}}
		return r, nil
	})
	b.on("CollectDocuments", func(_ context.Context, in activities.CollectInput) (r activities.CollectResult, err error) {
		b.collected = in
		r.Items = &job.ItemCounts{Total: documents}
		for _, ref := range in.Batches {
			part := &job.ItemCounts{Failed: ref.To - ref.From}
			if ref.Documents.SHA256 != "" {
				part = outcomeOf(ref.From, ref.To, failed)
			}
			r.Items.Completed += part.Completed
			r.Items.Failed += part.Failed
		}
		return r, nil
	})
	return b
}

// outcomeOf counts what becomes of a range of documents.
func outcomeOf(from, to int, failed []int) *job.ItemCounts {
	counts := &job.ItemCounts{Total: to - from, Completed: to - from}
	for _, n := range failed {
		if from <= n && n < to {
			counts.Completed--
			counts.Failed++
		}
	}
	return counts
}

func (b *conversionBench) run(batchSize int) *record.Record {
	b.t.Helper()
	b.onOthers()
	b.OnActivity("ConvertDocuments", mock.Anything, mock.Anything).Return(activities.BatchResult{}, nil).Maybe()
	start := convertRecord(batchSize)
	var params job.Convert
	require.NoError(b.t, json.Unmarshal(start.Status.Params, &params))
	b.ExecuteWorkflow(Convert, start, &params)
	require.True(b.t, b.IsWorkflowCompleted())
	rec, err := b.records.Latest(b.t.Context(), convertID)
	require.NoError(b.t, err, "%v", b.GetWorkflowError())
	requireGapless(b.t, rec.Events)
	return rec
}

func TestAConversionIsDoneInBatches(t *testing.T) {
	t.Parallel()
	b := newConversionBench(t, 105)
	rec := b.run(2)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, job.StateCompleted, rec.Status.State)
	require.Equal(t, job.ItemCounts{Total: 105, Completed: 105}, rec.Status.Items)
	require.Equal(t, 53, rec.Status.Batches)

	slices.SortFunc(b.batches, func(x, y activities.BatchInput) int { return x.From - y.From })
	require.Len(t, b.batches, 53)
	require.Equal(t, convertID.Batch(7), b.batches[6].ID)
	require.Equal(t, [2]int{12, 14}, [2]int{b.batches[6].From, b.batches[6].To})
	require.Equal(t, [2]int{104, 105}, [2]int{b.batches[52].From, b.batches[52].To})

	batch, err := b.records.Latest(t.Context(), convertID.Batch(7))
	require.NoError(t, err)
	require.Equal(t, job.StateCompleted, batch.Status.State)
	require.Equal(t, convertID, batch.Status.Parent)
	require.Equal(t, map[string]job.StepState{"convert": job.StepCompleted, "validate": job.StepCompleted}, stepStates(batch))

	for i, ref := range b.collected.Batches {
		require.Equal(t, convertID.Batch(i+1), ref.ID)
		require.Equal(t, artifact.Ref{SHA256: string(ref.ID), Size: 1}, ref.Documents)
		require.False(t, ref.StartedAt.IsZero() || ref.FinishedAt.IsZero())
	}
}

func TestHowAConversionEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failed []int
		state  job.State
		parts  []job.State // of the batches
	}{
		"all good":     {nil, job.StateCompleted, []job.State{job.StateCompleted, job.StateCompleted}},
		"one failed":   {[]int{1}, job.StatePartial, []job.State{job.StatePartial, job.StateCompleted}},
		"a bad batch":  {[]int{0, 1}, job.StatePartial, []job.State{job.StateFailed, job.StateCompleted}},
		"nothing good": {[]int{0, 1, 2, 3}, job.StateFailed, []job.State{job.StateFailed, job.StateFailed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newConversionBench(t, 4, c.failed...)
			rec := b.run(2)
			require.Equal(t, c.state, rec.Status.State)
			require.Equal(t, len(c.failed), rec.Status.Items.Failed)
			for i, want := range c.parts {
				batch, err := b.records.Latest(t.Context(), convertID.Batch(i+1))
				require.NoError(t, err)
				require.Equal(t, want, batch.Status.State)
			}
			for _, ref := range b.collected.Batches {
				require.Nil(t, ref.Error, "a batch whose documents all failed has got to its end")
			}
			if c.state == job.StateFailed {
				require.Equal(t, job.CodeItemsFailed, rec.Status.Error.Code)
			}
		})
	}
}

// A batch that cannot go on costs its own documents only.
func TestABatchThatBreaks(t *testing.T) {
	t.Parallel()
	b := newConversionBench(t, 6)
	b.OnActivity("ConvertDocuments", mock.Anything, mock.MatchedBy(func(in activities.BatchInput) bool { return in.From == 2 })).
		Return(activities.BatchResult{}, activityError(&job.Error{Code: job.CodeInternal, Message: "The disk is broken."}))
	rec := b.run(2)
	require.Equal(t, job.StatePartial, rec.Status.State)
	require.Equal(t, job.ItemCounts{Total: 6, Completed: 4, Failed: 2}, rec.Status.Items)
	require.Equal(t, "The disk is broken.", b.collected.Batches[1].Error.Message)
	require.Empty(t, b.collected.Batches[1].Documents)
}

func TestABatchIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newConversionBench(t, 2)
	b.OnActivity("ConvertDocuments", mock.Anything, mock.Anything).
		Return(activities.BatchResult{}, activityError(&job.Error{Code: job.CodeUnavailable, Message: "Away.", Retryable: true})).Times(3)
	require.Equal(t, job.StateCompleted, b.run(2).Status.State)
}

func TestACancelReachesEveryBatch(t *testing.T) {
	t.Parallel()
	b := newConversionBench(t, 100)
	begun := 0
	b.OnActivity("ConvertDocuments", mock.Anything, mock.Anything).Return(activities.BatchResult{}, temporal.NewCanceledError()).
		Run(func(mock.Arguments) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if begun++; begun == 1 {
				b.CancelWorkflow()
			}
		})
	rec := b.run(1)
	require.Equal(t, job.StateCancelled, rec.Status.State)
	require.Equal(t, job.StepCancelled, rec.Status.Step("convert").State)
	require.Equal(t, job.StepSkipped, rec.Status.Step("collect").State)
	require.Less(t, begun, 100, "no batch is begun after the cancel")
	require.Empty(t, b.collected.Batches)
}

func TestProgressOfBatches(t *testing.T) {
	t.Parallel()
	began := time.Unix(1000, 0)
	step := &job.Step{StartedAt: &began}
	p := estimated(step, 50, 200, began.Add(time.Minute))
	require.Equal(t, int64(50), p.PerMinute)
	require.Equal(t, began.Add(4*time.Minute).UTC(), *p.Estimate)
	require.Nil(t, estimated(step, 0, 200, began.Add(time.Minute)).Estimate)
	require.Equal(t, int64(200), estimated(step, 300, 200, began.Add(time.Minute)).Done)
}

// Pages of items go on from one list to the next.
func TestItemsOfSeveralBatches(t *testing.T) {
	t.Parallel()
	var seen []string
	q := job.ItemQuery{State: job.StepFailed, Limit: 3}
	for {
		r, err := newItemReader(q)
		require.NoError(t, err)
		for n := range 20 {
			state := job.StepCompleted
			if n%2 == 0 {
				state = job.StepFailed
			}
			if !r.add(job.Item{Document: fmt.Sprint(n), State: state}) {
				break
			}
		}
		for _, item := range r.page.Items {
			seen = append(seen, item.Document)
		}
		if q.Cursor = r.page.Next; q.Cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"0", "2", "4", "6", "8", "10", "12", "14", "16", "18"}, seen)
}
