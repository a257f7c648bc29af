package workflows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

const (
	// pastJobs is how many of the newest jobs of a kind are looked at.
	pastJobs = 20
	// fewestPast is how many it takes to expect anything.
	fewestPast = 3
	// pastAge is how long what is known of them is good enough, and newPastAge while
	// they are too few.
	pastAge    = time.Minute
	newPastAge = 5 * time.Second
	// pastTimeout bounds how long a submission or a reader waits for it.
	pastTimeout = 2 * time.Second
	// pastsKept bounds how many kinds of work are remembered.
	pastsKept = 1000
)

// A course names jobs that take their course in the same way: those of a kind, tenant
// and target.
type course struct {
	tenant string
	kind   job.Kind
	target string
}

// A past is how the newest jobs of a course went.
type past struct {
	at   time.Time
	jobs []took
}

// age is how long the past is good enough.
func (p *past) age() time.Duration {
	if len(p.jobs) < fewestPast {
		return newPastAge
	}
	return pastAge
}

// took is how long the steps of a job took.
type took struct {
	items int
	steps map[string]time.Duration
}

// history remembers how earlier jobs went.
type history struct {
	find shared[course, *past]
	mu   sync.Mutex
	old  map[course]*past
}

// past returns how the newest jobs of the course went, or nil if that cannot be had.
func (s *Service) past(ctx context.Context, c course) *past {
	s.history.mu.Lock()
	known := s.history.old[c]
	s.history.mu.Unlock()
	if known != nil && time.Since(known.at) < known.age() {
		return known
	}
	ctx, cancel := context.WithTimeout(ctx, pastTimeout)
	defer cancel()
	known, err := s.history.find.look(ctx, c, func(ctx context.Context) (*past, error) { return s.findPast(ctx, c) })
	if err != nil {
		return nil
	}
	return known
}

// findPast asks visibility for the jobs and reads their records.
func (s *Service) findPast(ctx context.Context, c course) (*past, error) {
	target := AttributeTarget.GetName() + " IS NULL"
	if c.target != "" {
		target = equals(AttributeTarget.GetName(), c.target)
	}
	resp, err := s.c.Client.WorkflowService().ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: s.c.Namespace,
		PageSize:  pastJobs,
		Query: fmt.Sprintf("%s AND %s AND %s AND %s IS NULL AND %s IN ('%s', '%s')",
			equals(AttributeTenant.GetName(), c.tenant), equals(AttributeKind.GetName(), string(c.kind)), target,
			AttributeParent.GetName(), AttributeState.GetName(), job.StateCompleted, job.StatePartial),
	})
	if err != nil {
		return nil, err
	}
	found := &past{at: time.Now()}
	for _, info := range resp.GetExecutions() {
		rec, err := s.c.Records.Latest(ctx, job.ID(info.GetExecution().GetWorkflowId()))
		if err != nil || rec.RunID != info.GetExecution().GetRunId() {
			continue
		}
		if t, ok := tookOf(&rec.Status); ok {
			found.jobs = append(found.jobs, t)
		}
	}
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	if s.history.old == nil || len(s.history.old) >= pastsKept {
		s.history.old = map[course]*past{}
	}
	s.history.old[c] = found
	return found, nil
}

// tookOf returns how long the steps of a job took. It reports false for a job that did
// not do all of them itself: that says nothing about the next one.
func tookOf(status *job.Status) (took, bool) {
	t := took{items: status.Items.Total, steps: map[string]time.Duration{}}
	if status.Items.Reused > 0 {
		return t, false
	}
	for _, s := range status.Steps {
		if s.Reused || s.StartedAt == nil || s.FinishedAt == nil {
			return t, false
		}
		if s.Name != approveStep.name { // which is a person's time
			t.steps[s.Name] = s.FinishedAt.Sub(*s.StartedAt)
		}
	}
	return t, true
}

// courseOf names the jobs that are like this one.
func courseOf(tenant string, status *job.Status) course {
	return course{tenant, status.Kind, targetOf(status.Kind, status.Params)}
}

// grows reports whether a step of a job of this kind takes the longer the more items
// the job has.
func grows(kind job.Kind, step string) bool {
	switch kind {
	case job.KindConvert:
		return step != fetchStep.name
	case job.KindResubmit:
		return step == resubmitSteps[1].name
	}
	return false
}

// expected returns how long an attempt may take, or nil while too few jobs were like it.
// It is slack enough that a busy day is no alarm.
func (p *past) expected(kind job.Kind) *record.Expected {
	if p == nil || len(p.jobs) < fewestPast {
		return nil
	}
	var fixed, perItem []time.Duration
	var items []int
	for _, t := range p.jobs {
		var f, g time.Duration
		for step, d := range t.steps {
			if grows(kind, step) {
				g += d
			} else {
				f += d
			}
		}
		fixed, perItem = append(fixed, f), append(perItem, g/time.Duration(max(t.items, 1)))
		items = append(items, t.items)
	}
	limit := func(of []time.Duration) time.Duration { return max(3*middle(of), 3*slices.Max(of)/2) }
	return &record.Expected{
		Usual: record.Span{Fixed: middle(fixed), PerItem: middle(perItem)},
		Limit: record.Span{Fixed: limit(fixed) + time.Minute, PerItem: limit(perItem)},
		Items: middle(items),
	}
}

// middle returns the median.
func middle[N cmp.Ordered](of []N) N { return quantileOf(of, 2) }

// quantileOf returns the n-th quartile.
func quantileOf[N cmp.Ordered](of []N, n int) N {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[(len(sorted)-1)*n/4]
}

// estimate returns when the job will end, going by what earlier jobs took for what is
// left of it, and by how far the step that runs has come. It is nil when too little is
// known, and when the step takes longer than ever.
func (p *past) estimate(status *job.Status, now time.Time) *job.Estimate {
	if p == nil {
		return nil
	}
	var lefts []time.Duration
	for _, t := range p.jobs {
		if left, ok := t.left(status, now); ok {
			lefts = append(lefts, left)
		}
	}
	if len(lefts) < fewestPast {
		return nil
	}
	at := func(n int) time.Time { return now.Add(quantileOf(lefts, n)).UTC().Truncate(time.Second) }
	return &job.Estimate{End: at(2), Earliest: at(1), Latest: at(3), Jobs: len(lefts)}
}

// left returns how long the job still takes if it goes on as this one went. It reports
// false where that says nothing.
func (t took) left(status *job.Status, now time.Time) (left time.Duration, ok bool) {
	for _, s := range status.Steps {
		if s.State != job.StepQueued && s.State != job.StepProcessing {
			continue
		}
		d, known := t.steps[s.Name]
		if !known {
			return 0, false
		}
		if grows(status.Kind, s.Name) {
			if t.items == 0 || status.Items.Total == 0 {
				return 0, false
			}
			d = time.Duration(float64(d) * float64(status.Items.Total) / float64(t.items))
		}
		if s.State == job.StepProcessing {
			if d, ok = leftOf(s, d, now); !ok {
				return 0, false
			}
		}
		left += d
	}
	return left, true
}

// leftOf returns what is left of a step that runs, which took so long in an earlier job.
// The further the step has come, the more its own pace counts.
func leftOf(s job.Step, before time.Duration, now time.Time) (time.Duration, bool) {
	if s.StartedAt == nil {
		return before, true
	}
	elapsed := now.Sub(*s.StartedAt)
	p := s.Progress
	if p == nil || p.Total <= 0 || p.Done <= 0 || p.Done > p.Total {
		return before - elapsed, elapsed < before
	}
	done := float64(p.Done) / float64(p.Total)
	pace := float64(elapsed) * (1 - done) / done
	return time.Duration((1-done)*float64(max(before-elapsed, 0)) + done*pace), true
}
