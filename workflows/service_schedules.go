package workflows

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/job"
)

var _ job.Scheduler = (*Service)(nil)

// schedulePrefix begins the IDs of schedules in Temporal. Neither tenants nor names have a dot.
const schedulePrefix = "schedule."

func scheduleID(tenant, name string) string { return schedulePrefix + tenant + "." + name }

// PutSchedule implements [job.Scheduler]. What the job asks for is checked now, not at night.
func (s *Service) PutSchedule(ctx context.Context, name string, spec job.ScheduleSpec) (*job.Schedule, error) {
	if err := job.NormalizeSchedule(name, &spec); err != nil {
		return nil, err
	}
	caller := job.CallerFrom(ctx)
	if caller.Name != "" && (spec.Submission.Submitter == "" || !caller.May(job.ScopeAdmin)) {
		spec.Submission.Submitter = caller.Name
	}
	asked, err := json.Marshal(spec.Submission) // every run is examined anew, and finds its own source
	if err != nil {
		return nil, err
	}
	if _, err := s.examine(ctx, spec.Submission); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(asked, &spec.Submission); err != nil {
		return nil, err
	}
	spec.Submission.Labels = labelled(spec.Submission.Labels, name)
	options := scheduleOptions(caller.Tenant, name, spec)
	known, err := s.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	replaces := slices.ContainsFunc(known, func(k job.Schedule) bool { return k.Name == name })
	if len(known) >= job.MaxSchedules && !replaces {
		return nil, job.Invalid(job.Fault{Field: "name", Message: fmt.Sprintf("would be one schedule more than %d.", job.MaxSchedules)})
	}
	// An upload is kept for the runs to come, however long after one another they are.
	if err := s.c.Holds.Put(ctx, options.ID, 1, "source", spec.Submission); err != nil {
		return nil, unavailable("", err)
	}
	schedules := s.c.Client.ScheduleClient()
	_, err = schedules.Create(ctx, options)
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		err = s.replaceSchedule(ctx, options)
	}
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return nil, job.Invalid(job.Fault{Field: "cron", Message: "cannot be read: " + strings.TrimPrefix(invalid.Error(), "Invalid schedule spec: ") + "."})
	}
	if err != nil {
		return nil, unavailable("", err)
	}
	return s.Schedule(ctx, name)
}

func labelled(labels []string, name string) []string {
	label := job.ScheduleLabel(name)
	if slices.Contains(labels, label) {
		return labels
	}
	return append(slices.Clone(labels), label)
}

func scheduleOptions(tenant, name string, spec job.ScheduleSpec) client.ScheduleOptions {
	id := scheduleID(tenant, name)
	return client.ScheduleOptions{
		ID:   id,
		Spec: client.ScheduleSpec{CronExpressions: []string{spec.Cron}, TimeZoneName: spec.TimeZone},
		Action: &client.ScheduleWorkflowAction{
			ID: id, Workflow: Scheduled, TaskQueue: TaskQueue,
			Args: []any{activities.ScheduledRun{Tenant: tenant, Schedule: name, Submission: spec.Submission}},
		},
		Overlap:               enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow:         scheduleCatchup,
		Note:                  spec.Cron, // as it was written; the server keeps it in another form
		TypedSearchAttributes: temporal.NewSearchAttributes(AttributeTenant.ValueSet(tenant)),
	}
}

func (s *Service) replaceSchedule(ctx context.Context, o client.ScheduleOptions) error {
	return s.c.Client.ScheduleClient().GetHandle(ctx, o.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			next := in.Description.Schedule
			next.Action, next.Spec = o.Action, &o.Spec
			next.State.Note = o.Note
			return &client.ScheduleUpdate{Schedule: &next}, nil
		},
	})
}

// Schedule implements [job.Scheduler].
func (s *Service) Schedule(ctx context.Context, name string) (*job.Schedule, error) {
	if !job.ValidSchedule(name) {
		return nil, job.NoSchedule(name)
	}
	tenant := job.CallerFrom(ctx).Tenant
	described, err := s.c.Client.ScheduleClient().GetHandle(ctx, scheduleID(tenant, name)).Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil, job.NoSchedule(name)
	}
	if err != nil {
		return nil, unavailable("", err)
	}
	run, err := runOf(described.Schedule.Action)
	if err != nil { // it can be replaced and deleted all the same
		return &job.Schedule{Name: name, Error: "What it submits cannot be read: " + err.Error()}, nil
	}
	found := &job.Schedule{Name: name, ScheduleSpec: job.ScheduleSpec{Submission: run.Submission}}
	if described.Schedule.State != nil {
		found.Cron = described.Schedule.State.Note
	}
	if described.Schedule.Spec != nil && described.Schedule.Spec.TimeZoneName != "UTC" {
		found.TimeZone = described.Schedule.Spec.TimeZoneName
	}
	found.Next = described.Info.NextActionTimes[:min(3, len(described.Info.NextActionTimes))]
	for _, action := range slices.Backward(described.Info.RecentActions) {
		if action.StartWorkflowResult == nil {
			continue
		}
		kind := run.Submission.Kind()
		if action.ActualTime.Before(described.Info.LastUpdateAt) { // the schedule may have submitted something else then
			kind = s.submittedKind(ctx, action.StartWorkflowResult, kind)
		}
		found.Runs = append(found.Runs, job.ScheduledRun{
			At:    action.ActualTime,
			JobID: job.DeriveID(kind, "key", tenant, action.StartWorkflowResult.WorkflowID),
		})
	}
	if len(found.Runs) > 0 {
		last := described.Info.RecentActions[len(described.Info.RecentActions)-1]
		found.Runs[0].Error = s.scheduledFailure(ctx, last.StartWorkflowResult)
	}
	return found, nil
}

// runOf reads what a schedule submits.
func runOf(action client.ScheduleAction) (run activities.ScheduledRun, err error) {
	start, ok := action.(*client.ScheduleWorkflowAction)
	if !ok || len(start.Args) != 1 {
		return run, errors.New("it is none that docjobs made")
	}
	payload, ok := start.Args[0].(*commonpb.Payload)
	if !ok {
		return run, fmt.Errorf("its input is a %T", start.Args[0])
	}
	return run, converter.GetDefaultDataConverter().FromPayload(payload, &run)
}

// submittedKind is the kind of job that a run submitted, by the input that it was
// started with; otherwise for one whose history is gone.
func (s *Service) submittedKind(ctx context.Context, run *client.ScheduleWorkflowExecution, otherwise job.Kind) job.Kind {
	history := s.c.Client.GetWorkflowHistory(ctx, run.WorkflowID, run.FirstExecutionRunID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	if !history.HasNext() {
		return otherwise
	}
	first, err := history.Next()
	if err != nil {
		return otherwise
	}
	var input activities.ScheduledRun
	err = converter.GetDefaultDataConverter().FromPayloads(first.GetWorkflowExecutionStartedEventAttributes().GetInput(), &input)
	if err != nil || input.Submission.Params == nil {
		return otherwise
	}
	return input.Submission.Kind()
}

// scheduledFailure says why a run started no job, or "".
func (s *Service) scheduledFailure(ctx context.Context, run *client.ScheduleWorkflowExecution) string {
	if run == nil {
		return ""
	}
	described, err := s.c.Client.DescribeWorkflowExecution(ctx, run.WorkflowID, run.FirstExecutionRunID)
	if err != nil || described.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_FAILED {
		return ""
	}
	err = s.c.Client.GetWorkflow(ctx, run.WorkflowID, run.FirstExecutionRunID).Get(ctx, nil)
	if err == nil {
		return ""
	}
	return failureOf(err, "").Error()
}

// Schedules implements [job.Scheduler].
func (s *Service) Schedules(ctx context.Context) ([]job.Schedule, error) {
	tenant := job.CallerFrom(ctx).Tenant
	list, err := s.c.Client.ScheduleClient().List(ctx, client.ScheduleListOptions{Query: equals(AttributeTenant.GetName(), tenant)})
	if err != nil {
		return nil, unavailable("", err)
	}
	found := []job.Schedule{}
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return nil, unavailable("", err)
		}
		name, ours := strings.CutPrefix(entry.ID, schedulePrefix+tenant+".")
		if !ours {
			continue
		}
		one, err := s.Schedule(ctx, name)
		if job.CodeOf(err) == job.CodeNotFound {
			continue // deleted a moment ago
		}
		if err != nil {
			return nil, err
		}
		found = append(found, *one)
	}
	slices.SortFunc(found, func(a, b job.Schedule) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// DeleteSchedule implements [job.Scheduler].
func (s *Service) DeleteSchedule(ctx context.Context, name string) error {
	if !job.ValidSchedule(name) {
		return job.NoSchedule(name)
	}
	err := s.c.Client.ScheduleClient().GetHandle(ctx, scheduleID(job.CallerFrom(ctx).Tenant, name)).Delete(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return job.NoSchedule(name)
	}
	if err == nil {
		err = s.c.Holds.Release(ctx, scheduleID(job.CallerFrom(ctx).Tenant, name), 1)
	}
	if err != nil {
		return unavailable("", err)
	}
	return nil
}

// RunSchedule implements [job.Scheduler].
func (s *Service) RunSchedule(ctx context.Context, name, key string) (*job.Receipt, error) {
	schedule, err := s.Schedule(ctx, name)
	if err != nil {
		return nil, err
	}
	if schedule.Error != "" {
		return nil, conflictOf(fmt.Sprintf("The schedule %s submits nothing. %s", name, schedule.Error), "Make it anew, or delete it.")
	}
	if key == "" {
		key = rand.Text()
	}
	schedule.Submission.IdempotencyKey = key
	return s.Submit(ctx, schedule.Submission)
}
